import {
  CHATML,
  createModel,
  serve,
  Tokenizer,
  type ConfigJson,
  type LanguageModel,
  type ServeOptions,
  type Service,
} from "gradlab";

export const SENTENCES = [
  "the cat sat on the mat and looked at the moon",
  "a dog ran over the hill to the river",
  "the river is long and the hill is low",
  "on the mat the dog and the cat looked at the hill",
];

const SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

export const tokenizer = Tokenizer.train(SENTENCES, {
  vocabSize: 320,
  specialTokens: SPECIAL,
  config: { eos_token: "<|endoftext|>", chat_template: CHATML.source },
});

/** Without chat template. */
export const plainTokenizer = Tokenizer.train(SENTENCES, { vocabSize: 320, specialTokens: SPECIAL });

export const CONTEXT = 512;

const LLAMA: ConfigJson = {
  model_type: "llama",
  vocab_size: tokenizer.vocabSize,
  hidden_size: 48,
  intermediate_size: 80,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  num_key_value_heads: 1,
  max_position_embeddings: CONTEXT,
  tie_word_embeddings: false,
  hidden_act: "silu",
};

export interface TinyOptions {
  readonly config?: ConfigJson;
  readonly tokenizer?: Tokenizer | undefined;
}

/** A small random model whose predictions are less even than those of fresh weights, so that texts vary. */
export async function tinyModel(options: TinyOptions = {}): Promise<LanguageModel> {
  const use = "tokenizer" in options ? options.tokenizer : tokenizer;
  const model = createModel(
    { ...LLAMA, ...options.config },
    { id: "tiny", ...(use ? { tokenizer: use } : {}) },
  );
  for (const [name, parameter] of model.parameters) {
    if (!/norm/.test(name)) parameter.assign(parameter.mul(8));
    await parameter.settle();
  }
  return model;
}

/** A model whose steps take long enough to be interrupted. */
export const slowModel = (): Promise<LanguageModel> =>
  tinyModel({
    config: { hidden_size: 384, intermediate_size: 1024, num_hidden_layers: 4, num_attention_heads: 6 },
  });

export async function withService(
  model: LanguageModel,
  options: ServeOptions,
  use: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await serve(model, options);
  try {
    await use(service);
  } finally {
    await service.close();
  }
}
