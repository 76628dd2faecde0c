import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { median, repoRoot, round, runToEnd, table, type Bench, type ProcessCost } from "../harness/index.js";

function whyNot(): string | undefined {
  const scripts = (
    JSON.parse(readFileSync(join(repoRoot, "package.json"), "utf8")) as { scripts: { start?: string } }
  ).scripts;
  if (!scripts.start) return "package.json has no start script";
  const needed = ["lab/cli/dist/main.js", "tutorials/00-quickstart.ipynb"];
  const missing = needed.find((path) => !existsSync(join(repoRoot, path)));
  return missing && `${missing} does not exist yet`;
}

/** What a newcomer waits for: `npm start` from a built tree to the written notebook. */
export const quickstartBench: Bench = {
  name: "quickstart",
  title: "Quickstart: npm start, from a built tree to the finished notebook",
  async run({ rounds }) {
    const reason = whyNot();
    if (reason !== undefined) throw new Error(`not run: ${reason}`);
    const costs: ProcessCost[] = [];
    for (let r = 0; r < rounds; r++) {
      const cost = await runToEnd(["npm", "start", "--silent"], repoRoot);
      if (cost.code !== 0) throw new Error(`npm start ended with code ${cost.code}.\n${cost.stderr}`);
      costs.push(cost);
      process.stderr.write(`  round ${r + 1} of ${rounds}\n`);
    }
    const seconds = costs.map((c) => c.wallMs / 1000);
    const peak = Math.max(...costs.map((c) => c.peakRssMb));
    return table(
      ["wall s (median)", "best", "worst", "peak RSS of the process tree, MB"],
      [
        [
          round(median(seconds)),
          round(Math.min(...seconds)),
          round(Math.max(...seconds)),
          Math.round(peak).toString(),
        ],
      ],
    );
  },
};
