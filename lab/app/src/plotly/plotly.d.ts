declare module "plotly.js-dist-min" {
  export interface Figure {
    readonly data: readonly object[];
    readonly layout?: Readonly<Record<string, unknown>>;
    readonly config?: Readonly<Record<string, unknown>>;
    readonly frames?: readonly object[];
  }
  export function react(node: HTMLElement, figure: Figure): Promise<void>;
  export function purge(node: HTMLElement): void;
  export function addFrames(node: HTMLElement, frames: readonly object[]): Promise<void>;
  export function toImage(node: HTMLElement, options: object): Promise<string>;
  export const Plots: { resize(node: HTMLElement): void };
}
