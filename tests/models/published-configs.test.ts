import assert from "node:assert/strict";
import { test } from "node:test";
import { createClip, createEncoder, createSeq2Seq, createVision } from "gradlab";

/** Fields of published config.json files, with sizes small enough to make the model. */
const BERT = {
  architectures: ["BertForMaskedLM"],
  attention_probs_dropout_prob: 0.1,
  gradient_checkpointing: false,
  hidden_act: "gelu",
  hidden_dropout_prob: 0.1,
  hidden_size: 8,
  initializer_range: 0.02,
  intermediate_size: 16,
  layer_norm_eps: 1e-12,
  max_position_embeddings: 16,
  model_type: "bert",
  num_attention_heads: 2,
  num_hidden_layers: 1,
  pad_token_id: 0,
  position_embedding_type: "absolute",
  transformers_version: "4.6.0.dev0",
  type_vocab_size: 2,
  use_cache: true,
  vocab_size: 20,
};
const MULTILINGUAL_BERT = {
  ...BERT,
  directionality: "bidi",
  pooler_fc_size: 768,
  pooler_num_attention_heads: 12,
  pooler_num_fc_layers: 3,
  pooler_size_per_head: 128,
  pooler_type: "first_token_transform",
};
const ROBERTA = {
  ...BERT,
  architectures: ["RobertaForMaskedLM"],
  bos_token_id: 0,
  eos_token_id: 2,
  layer_norm_eps: 1e-5,
  model_type: "roberta",
  pad_token_id: 1,
  type_vocab_size: 1,
};
const XLM_ROBERTA = {
  ...ROBERTA,
  architectures: ["XLMRobertaForMaskedLM"],
  model_type: "xlm-roberta",
  output_past: true,
};
const CAMEMBERT = { ...XLM_ROBERTA, architectures: ["CamembertForMaskedLM"], model_type: "camembert" };
const DISTILBERT_SST2 = {
  activation: "gelu",
  architectures: ["DistilBertForSequenceClassification"],
  attention_dropout: 0.1,
  dim: 8,
  dropout: 0.1,
  finetuning_task: "sst-2",
  hidden_dim: 16,
  id2label: { "0": "NEGATIVE", "1": "POSITIVE" },
  initializer_range: 0.02,
  label2id: { NEGATIVE: 0, POSITIVE: 1 },
  max_position_embeddings: 16,
  model_type: "distilbert",
  n_heads: 2,
  n_layers: 1,
  output_past: true,
  pad_token_id: 0,
  qa_dropout: 0.1,
  seq_classif_dropout: 0.2,
  sinusoidal_pos_embds: false,
  tie_weights_: true,
  vocab_size: 20,
};

test("published encoders' fields are understood", () => {
  for (const config of [BERT, MULTILINGUAL_BERT, ROBERTA, XLM_ROBERTA, CAMEMBERT]) {
    assert.equal(createEncoder(config).config.head, "masked-lm", config.model_type);
  }
  assert.deepEqual(createEncoder(DISTILBERT_SST2).labels, ["NEGATIVE", "POSITIVE"]);
});

const T5 = {
  architectures: ["T5ForConditionalGeneration"],
  d_ff: 16,
  d_kv: 4,
  d_model: 8,
  decoder_start_token_id: 0,
  dropout_rate: 0.1,
  eos_token_id: 1,
  initializer_factor: 1.0,
  is_encoder_decoder: true,
  layer_norm_epsilon: 1e-6,
  model_type: "t5",
  n_positions: 512,
  num_decoder_layers: 1,
  num_heads: 2,
  num_layers: 1,
  output_past: true,
  pad_token_id: 0,
  relative_attention_num_buckets: 32,
  task_specific_params: { summarization: { early_stopping: true, prefix: "summarize: " } },
  use_cache: true,
  vocab_size: 20,
};
const FLAN_T5 = {
  ...T5,
  classifier_dropout: 0.0,
  dense_act_fn: "gelu_new",
  feed_forward_proj: "gated-gelu",
  is_gated_act: true,
  relative_attention_max_distance: 128,
  tie_word_embeddings: false,
  torch_dtype: "float32",
};

test("published T5 fields are understood", () => {
  assert.deepEqual([createSeq2Seq(T5).config.gated, createSeq2Seq(T5).config.tiedHead], [false, true]);
  const mt5 = createSeq2Seq({ ...FLAN_T5, model_type: "mt5", tokenizer_class: "T5Tokenizer" });
  for (const { config } of [createSeq2Seq(FLAN_T5), mt5]) {
    assert.deepEqual([config.gated, config.tiedHead, config.activation], [true, false, "gelu_new"]);
  }
});

test("a published ViT's fields are understood", () => {
  const config = {
    architectures: ["ViTForImageClassification"],
    attention_probs_dropout_prob: 0.0,
    encoder_stride: 16,
    hidden_act: "gelu",
    hidden_dropout_prob: 0.0,
    hidden_size: 8,
    id2label: { "0": "tench, Tinca tinca", "1": "goldfish, Carassius auratus" },
    image_size: 4,
    initializer_range: 0.02,
    intermediate_size: 16,
    label2id: { "goldfish, Carassius auratus": "1", "tench, Tinca tinca": "0" },
    layer_norm_eps: 1e-12,
    model_type: "vit",
    num_attention_heads: 2,
    num_channels: 3,
    num_hidden_layers: 1,
    patch_size: 2,
    pooler_act: "tanh",
    pooler_output_size: 8,
    qkv_bias: true,
    transformers_version: "4.13.0.dev0",
  };
  assert.equal(createVision(config).labels[1], "goldfish, Carassius auratus");
});

test("a published CLIP's fields are understood; a …_config_dict counts instead", () => {
  const leftovers = {
    _name_or_path: "",
    add_cross_attention: false,
    architectures: null,
    attention_dropout: 0.0,
    bad_words_ids: null,
    bos_token_id: 0,
    dropout: 0.0,
    eos_token_id: 2,
    hidden_act: "quick_gelu",
    id2label: { "0": "LABEL_0", "1": "LABEL_1" },
    initializer_factor: 1.0,
    layer_norm_eps: 1e-5,
    max_length: 20,
    num_return_sequences: 1,
    pad_token_id: 1,
    projection_dim: 512,
    pruned_heads: {},
    return_dict: true,
    temperature: 1.0,
    tie_encoder_decoder: false,
    tie_word_embeddings: true,
    top_k: 50,
    torchscript: false,
  };
  const sizes = { hidden_size: 8, intermediate_size: 16, num_attention_heads: 2, num_hidden_layers: 1 };
  const config = {
    architectures: ["CLIPModel"],
    initializer_factor: 1.0,
    logit_scale_init_value: 2.6592,
    model_type: "clip",
    projection_dim: 6,
    text_config: {
      ...leftovers,
      ...sizes,
      model_type: "clip_text_model",
      vocab_size: 20,
      max_position_embeddings: 9,
    },
    text_config_dict: null,
    vision_config: { ...leftovers, ...sizes, model_type: "clip_vision_model", image_size: 4, patch_size: 2 },
    vision_config_dict: null,
  };
  assert.equal(createClip(config).config.text.end, "highest");
  const wider = { ...sizes, vocab_size: 20, hidden_size: 12 };
  assert.equal(createClip({ ...config, text_config_dict: wider }).config.text.width, 12);
});
