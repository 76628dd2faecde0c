/** Series colours: told apart by people with any colour vision (after Okabe and Ito, 2008), dark enough on white. */
export const COLORS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#8a6d00",
  "#56b4e9",
  "#6a3d9a",
  "#5f6b76",
] as const;

export const colorOf = (index: number): string => COLORS[index % COLORS.length];

export const INK = "#1f2933";
export const MUTED = "#52606d";
export const GRID = "#e4e7eb";
export const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', sans-serif";

/** Colour maps by their stops: light to dark for amounts, blue–white–red for signed values. */
export const MAPS = {
  sequential: ["#f7fbff", "#d0e1f2", "#94c4df", "#4a98c9", "#1764ab", "#08306b"],
  diverging: ["#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b"],
} as const;

/** The colour at a place in [0, 1] of a map. */
export function mapColor(map: keyof typeof MAPS, place: number): string {
  const stops = MAPS[map];
  const at = Math.min(1, Math.max(0, place)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(at));
  const [from, to] = [channels(stops[index]), channels(stops[index + 1])];
  const mixed = from.map((channel, i) => Math.round(channel + (to[i] - channel) * (at - index)));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white, whichever is readable on the colour. */
export function inkOn(color: string): string {
  const [r, g, b] = channels(color);
  return 0.299 * r + 0.587 * g + 0.114 * b > 150 ? INK : "#ffffff";
}

const channels = (color: string): number[] =>
  [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));
