#!/usr/bin/env node
// npm links commands at installation, before anything is built: this file is always there.
import { existsSync } from "node:fs";

const built = new URL("../dist/main.js", import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error("gradlab is not built yet. Run: npm run build");
  process.exitCode = 2;
}
