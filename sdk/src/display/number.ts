const SUPERSCRIPT: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

/** 10 to a power, as people write it. */
export function powerOfTen(exponent: number): string {
  return `10${Array.from(String(exponent), (char) => SUPERSCRIPT[char] ?? "").join("")}`;
}

/**
 * A number for people: at most `digits` significant ones, thousands apart, very large and very small ones as powers.
 *
 * @example formatNumber(1234567) // "1,234,567"
 */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) {
    const exponent = Math.floor(Math.log10(size));
    return `${minus(Number((value / 10 ** exponent).toPrecision(Math.min(digits, 3))).toString())}×${powerOfTen(exponent)}`;
  }
  if (Number.isInteger(value)) return minus(value.toLocaleString("en-US"));
  const rounded = Number(value.toPrecision(digits));
  return minus(rounded.toLocaleString("en-US", { maximumFractionDigits: 10 }));
}

/** A tick's label: as many decimals as its step needs; thousands and millions by letter when the step allows. */
export function formatTick(value: number, step: number): string {
  const size = Math.max(Math.abs(value), Math.abs(step));
  if (value === 0) return "0";
  if (step < 1e-4 || size >= 1e12) {
    const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
    const mantissa = Number((value / 10 ** exponent).toPrecision(4));
    return mantissa === 1 ? powerOfTen(exponent) : `${minus(String(mantissa))}×${powerOfTen(exponent)}`;
  }
  for (const [unit, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ] as const)
    if (step >= unit / 10)
      return `${plainTick(value / (letter === "k" ? 1e3 : unit), step / (letter === "k" ? 1e3 : unit))}${letter}`;
  return plainTick(value, step);
}

function plainTick(value: number, step: number): string {
  let decimals = 0;
  while (decimals < 10 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6)
    decimals++;
  return minus(
    value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
  );
}

const minus = (text: string): string => text.replace("-", "−");
