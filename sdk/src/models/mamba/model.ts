import { add } from "../../ops/index.js";
import type { Architecture, Block, Network } from "../architecture.js";
import { Layers } from "../layers.js";
import { parseMambaConfig, type MambaConfig } from "./config.js";
import { selectiveMixer } from "./mixer.js";

function assemble(layers: Layers, config: MambaConfig): Network {
  const { width, vocabSize, eps } = config;
  const embedding = layers.table("backbone.embeddings", vocabSize, width);
  const blocks = Array.from({ length: config.layers }, (_, i): Block => {
    const at = `backbone.layers.${i}`;
    const norm = layers.rmsNorm(`${at}.norm`, width, eps);
    return {
      mixer: selectiveMixer(layers, config, `${at}.mixer`),
      forward: (x, mix) => add(x, mix(norm(x))),
    };
  });
  const final = layers.rmsNorm("backbone.norm_f", width, eps);
  const head = config.tiedHead ? undefined : layers.linear("lm_head", width, vocabSize, { bias: false });
  return {
    linears: layers.linears,
    embedding,
    blocks,
    embed: (ids) => embedding.lookup(ids),
    head: (x) => (head ? head.forward(final(x)) : embedding.logits(final(x))),
    losses: (x, targets) => (head ?? embedding).losses(final(x), targets),
  };
}

/**
 * Mamba: selective state spaces in place of attention and feed-forward. Nothing grows with the text: a token costs the
 * same time and memory wherever it stands, and there is no longest text.
 *
 * @source Gu and Dao 2023; names and layout as Hugging Face's MambaForCausalLM
 */
export const mamba: Architecture<MambaConfig> = {
  modelTypes: ["mamba"],
  parse: parseMambaConfig,
  parameters: (config) => {
    const layers = new Layers();
    assemble(layers, config);
    return layers.specs;
  },
  build: (config, weights) => assemble(new Layers(weights), config),
  unadapted: ["out_proj"],
};
