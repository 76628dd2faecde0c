/*
 * llama.cpp as a resident peer, with nothing between: libllama as shipped in @node-llama-cpp/linux-x64 3.22.1 (llama.cpp
 * v0.5.0). The few declarations below repeat its C interface; defaults are checked at the start so that another version
 * cannot be driven with a wrong layout unnoticed.
 *
 *   llama-peer LIB_DIR MODEL.gguf THREADS CONTEXT [norepack] [f32kv]
 *
 * norepack keeps the weights as they lie in the file; f32kv keeps keys and values in float32 instead of float16.
 *
 * Requests, one a line: {"mode":"decode","context":256,"run":64}  prefill (kept from the slice before), then 64 tokens
 *                       {"mode":"prefill","run":512}               one prompt of 512 tokens
 *                       {"mode":"logits","ids":[3,1,4]}            logits after each of the ids
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct llama_model_params {
    void *devices, *tensor_buft_overrides;
    int32_t n_gpu_layers, split_mode, load_mode, lazy_mode, main_gpu;
    const float *tensor_split;
    void *progress_callback, *progress_callback_user_data;
    const void *kv_overrides;
    bool vocab_only, check_tensors, use_extra_bufts, no_host, no_alloc, load_mtp;
};
struct llama_context_params {
    uint32_t n_ctx, n_batch, n_ubatch, n_seq_max, n_rs_seq, n_outputs_max, n_outputs_max_per_seq;
    int32_t n_threads, n_threads_batch;
    int32_t ctx_type, rope_scaling_type, pooling_type, attention_type, flash_attn_type;
    float rope_freq_base, rope_freq_scale, yarn_ext_factor, yarn_attn_factor, yarn_beta_fast, yarn_beta_slow;
    uint32_t yarn_orig_ctx;
    float defrag_thold;
    void *cb_eval, *cb_eval_user_data;
    int32_t type_k, type_v;
    void *abort_callback, *abort_callback_data;
    bool embeddings, offload_kqv, no_perf, op_offload, swa_full, kv_unified;
    void *samplers;
    size_t n_samplers;
    void *ctx_other;
};
struct llama_batch {
    int32_t n_tokens;
    int32_t *token;
    float *embd;
    int32_t *pos, *n_seq_id, **seq_id;
    int8_t *logits;
};
void ggml_backend_load_all_from_path(const char *dir);
void llama_log_set(void (*callback)(int level, const char *text, void *data), void *data);
void llama_backend_init(void);
struct llama_model_params llama_model_default_params(void);
struct llama_context_params llama_context_default_params(void);
void *llama_model_load_from_file(const char *path, struct llama_model_params params);
void *llama_init_from_model(void *model, struct llama_context_params params);
void *llama_get_memory(const void *ctx);
void llama_memory_clear(void *memory, bool data);
bool llama_memory_seq_rm(void *memory, int32_t seq, int32_t from, int32_t to);
struct llama_batch llama_batch_get_one(int32_t *tokens, int32_t n);
int32_t llama_decode(void *ctx, struct llama_batch batch);
float *llama_get_logits_ith(void *ctx, int32_t i);
const void *llama_model_get_vocab(const void *model);
int32_t llama_vocab_n_tokens(const void *vocab);

enum { WARM_UP = 16 }; /* untimed tokens at the start of every slice */
static void *ctx;
static int vocab;
static int kept; /* tokens of the prompt in the cache */

static void die(const char *why) {
    fprintf(stderr, "llama peer: %s\n", why);
    exit(1);
}

static void quiet(int level, const char *text, void *data) {
    (void)data;
    if (level >= 4) fputs(text, stderr); /* errors only */
}

static double wall_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double cpu_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double peak_rss_mb(void) {
    char line[256];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f)) sscanf(line, "VmHWM: %lf", &kb);
    if (f) fclose(f);
    return kb / 1024;
}

/* the same hash as bench/weights/hash.ts */
static void prompt_ids(int32_t *ids, int n) {
    uint32_t seed = 0x811c9dc5u;
    for (const char *c = "prompt"; *c; c++) seed = (seed ^ (uint32_t)*c) * 0x01000193u;
    for (int i = 0; i < n; i++) {
        uint32_t x = (uint32_t)i * 0x9e3779b1u + seed;
        x = (x ^ (x >> 16)) * 0x85ebca6bu;
        x = (x ^ (x >> 13)) * 0xc2b2ae35u;
        ids[i] = (int32_t)((x ^ (x >> 16)) % (uint32_t)vocab);
    }
}

static void feed(int32_t *ids, int n) {
    if (llama_decode(ctx, llama_batch_get_one(ids, n)) != 0) die("llama_decode failed");
}

static int32_t argmax(void) {
    const float *logits = llama_get_logits_ith(ctx, -1);
    int32_t best = 0;
    for (int32_t i = 1; i < vocab; i++) if (logits[i] > logits[best]) best = i;
    return best;
}

static void decode(int context, int n) {
    int32_t *ids = malloc(sizeof(int32_t) * (size_t)(context + 1)), *out = malloc(sizeof(int32_t) * (size_t)(n + 1));
    prompt_ids(ids, context);
    if (kept != context - 1) {
        llama_memory_clear(llama_get_memory(ctx), true);
        feed(ids, context - 1);
        kept = context - 1;
    }
    int32_t next = ids[context - 1];
    for (int i = 0; i < WARM_UP; i++) feed(&next, 1); /* threads awake, weights in cache */
    llama_memory_seq_rm(llama_get_memory(ctx), 0, kept, -1);
    double wall = wall_ms(), cpu = cpu_ms();
    for (int i = 0; i < n; i++) {
        feed(&next, 1);
        out[i] = next = argmax();
    }
    wall = wall_ms() - wall, cpu = cpu_ms() - cpu;
    llama_memory_seq_rm(llama_get_memory(ctx), 0, kept, -1);
    printf("{\"wallMs\":%.4f,\"cpuMs\":%.4f,\"rssMb\":%.1f,\"tokens\":[", wall, cpu, peak_rss_mb());
    for (int i = 0; i < n; i++) printf(i ? ",%d" : "%d", out[i]);
    printf("]}\n");
    free(ids), free(out);
}

static void prefill(int n) {
    int32_t *ids = malloc(sizeof(int32_t) * (size_t)n);
    prompt_ids(ids, n);
    llama_memory_clear(llama_get_memory(ctx), true);
    feed(ids, n < 4 * WARM_UP ? n : 4 * WARM_UP);
    llama_memory_clear(llama_get_memory(ctx), true);
    kept = 0;
    double wall = wall_ms(), cpu = cpu_ms();
    feed(ids, n);
    int32_t next = argmax();
    printf("{\"wallMs\":%.4f,\"cpuMs\":%.4f,\"rssMb\":%.1f,\"tokens\":[%d]}\n", wall_ms() - wall, cpu_ms() - cpu,
           peak_rss_mb(), next);
    free(ids);
}

static void logits(const char *list) {
    llama_memory_clear(llama_get_memory(ctx), true);
    kept = 0;
    printf("{\"logits\":[");
    for (const char *at = list; at && *at != ']'; at = strpbrk(at, ",]")) {
        int32_t id = (int32_t)strtol(at + 1, NULL, 10);
        feed(&id, 1);
        const float *row = llama_get_logits_ith(ctx, -1);
        for (int i = 0; i < vocab; i++) printf(at == list && i == 0 ? "%.7g" : ",%.7g", row[i]);
        at++;
    }
    printf("]}\n");
}

static int number_of(const char *line, const char *key, int otherwise) {
    const char *at = strstr(line, key);
    return at ? atoi(at + strlen(key)) : otherwise;
}

static bool has(char **argv, const char *option) {
    while (*argv && strcmp(*argv, option) != 0) argv++;
    return *argv != NULL;
}

static void load(char **argv) {
    ggml_backend_load_all_from_path(argv[1]);
    llama_log_set(quiet, NULL);
    llama_backend_init();
    struct llama_model_params mp = llama_model_default_params();
    struct llama_context_params cp = llama_context_default_params();
    if (cp.n_ctx != 512 || cp.n_batch != 2048 || cp.n_ubatch != 512 || cp.type_k != 1 || cp.type_v != 1 || !cp.offload_kqv)
        die("the library's parameters do not have the layout of llama.cpp v0.5.0");
    if (has(argv, "norepack")) mp.use_extra_bufts = false;
    if (has(argv, "f32kv")) cp.type_k = cp.type_v = 0;
    void *model = llama_model_load_from_file(argv[2], mp);
    if (!model) die("cannot load the model");
    cp.n_threads = cp.n_threads_batch = atoi(argv[3]);
    cp.n_ctx = (uint32_t)atoi(argv[4]);
    cp.n_batch = cp.n_ubatch = 512;
    ctx = llama_init_from_model(model, cp);
    if (!ctx) die("cannot make a context");
    vocab = llama_vocab_n_tokens(llama_model_get_vocab(model));
}

int main(int argc, char **argv) {
    if (argc < 5) die("usage: llama-peer LIB_DIR MODEL THREADS CONTEXT [norepack] [f32kv]");
    load(argv);
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    printf("{\"ready\":true,\"versions\":{\"llama.cpp\":\"v0.5.0\"}}\n");
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        int n = number_of(line, "\"run\":", 1);
        if (strstr(line, "\"decode\"")) decode(number_of(line, "\"context\":", 256), n);
        else if (strstr(line, "\"prefill\"")) prefill(n);
        else if (strstr(line, "\"logits\"")) logits(strchr(line, '['));
        else die("unknown request");
        fflush(stdout);
    }
    return 0;
}
