/** Fields of config.json that do not change what a model computes from its weights, by what they are about. */
const DESCRIBED: readonly string[] = [
  // The file itself.
  "model_type architectures auto_map torch_dtype dtype transformers_version torchscript use_bfloat16 name_or_path",
  // Read elsewhere: blocks of integers, the tokenizer's tokens, where texts end.
  "quantization_config tokenizer_class bos_token_id eos_token_id pad_token_id unk_token_id sep_token_id cls_token_id",
  // How weights start, and noise of training.
  "initializer_range initializer_factor attention_dropout attn_pdrop resid_pdrop embd_pdrop hidden_dropout dropout",
  "embedding_dropout classifier_dropout router_jitter_noise layerdrop attention_probs_dropout_prob",
  "hidden_dropout_prob dropout_rate qa_dropout seq_classif_dropout",
  // How the computation is cut up, and what else is given back.
  "use_cache output_past pretraining_tp gradient_checkpointing chunk_size_feed_forward return_dict output_attentions",
  "output_hidden_states use_return_dict low_cpu_mem_usage n_ctx is_decoder tie_encoder_decoder",
  // Heads for other tasks.
  "id2label label2id num_labels problem_type finetuning_task task_specific_params summary_type summary_use_proj",
  "summary_activation summary_proj_to_labels summary_first_dropout",
  // Defaults of text generation, which generate() takes as options.
  "max_length min_length max_new_tokens do_sample early_stopping num_beams num_beam_groups diversity_penalty",
  "temperature top_k top_p typical_p repetition_penalty length_penalty no_repeat_ngram_size num_return_sequences",
  "encoder_no_repeat_ngram_size bad_words_ids remove_invalid_values exponential_decay_length_penalty prefix",
];

const NAMES: ReadonlySet<string> = new Set(DESCRIBED.flatMap((line) => line.split(" ")));

/** Whether a field only describes; by custom, so do all names that begin with an underscore. */
export const describes = (field: string): boolean => field.startsWith("_") || NAMES.has(field);
