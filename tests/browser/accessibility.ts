import axe from "axe-core";
import type { Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** Serious accessibility faults of the parts below `selectors`. */
export async function faults(page: Page, ...selectors: readonly string[]): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(
    ([include]) =>
      (window as unknown as { axe: { run(context: object): Promise<unknown> } }).axe.run({ include }),
    [selectors],
  )) as { violations: readonly Violation[] };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
}
