import { createModel, Random, Tokenizer, type LanguageModel } from "gradlab";

const WORDS = [
  "red",
  "green",
  "blue",
  "one",
  "two",
  "three",
  "cat",
  "dog",
  "bird",
  "stone",
  "river",
  "cloud",
];

/** Rows with a rule to learn: the completion repeats the prompt's word. */
export function copyRows(count: number, seed = 1): { prompt: string; completion: string }[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const word = WORDS[random.integer(WORDS.length)];
    return { prompt: `say ${word} :`, completion: ` ${word} ${word}` };
  });
}

/** A small random Llama with a tokenizer of its own. */
export function tinyModel(seed = 3): LanguageModel {
  const texts = copyRows(200).map(({ prompt, completion }) => prompt + completion);
  const tokenizer = Tokenizer.train(texts, { vocabSize: 320 });
  const config = {
    model_type: "llama",
    vocab_size: tokenizer.vocabSize,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 64,
    tie_word_embeddings: true,
    hidden_act: "silu",
    eos_token_id: tokenizer.eosId,
  };
  return createModel(config, { seed, id: "tiny", tokenizer });
}
