/**
 * ONNX Runtime's C API as data: slots of the OrtApi function table (append-only since version 1) and
 * their signatures for koffi. Every function that can fail returns an OrtStatus pointer, null for success.
 *
 * @source onnxruntime_c_api.h
 */
export const ORT_API_VERSION = 23;

export const ORT_FUNCTIONS = {
  getErrorMessage: [2, "const char* F(void* status)"],
  createEnv: [3, "void* F(int severity, const char* id, _Out_ void** env)"],
  createSessionFromArray: [
    8,
    "void* F(void* env, const uint8_t* model, size_t length, void* options, _Out_ void** session)",
  ],
  run: [
    9,
    "void* F(void* session, void* options, const void** inputNames, const void** inputs, size_t inputCount, const void** outputNames, size_t outputCount, void** outputs)",
  ],
  createSessionOptions: [10, "void* F(_Out_ void** options)"],
  // The prefix is char* everywhere but on Windows, where it is wide.
  enableProfiling: [
    14,
    `void* F(void* options, ${process.platform === "win32" ? "const char16_t*" : "const char*"} prefix)`,
  ],
  disableMemPattern: [17, "void* F(void* options)"],
  setSessionLogSeverityLevel: [22, "void* F(void* options, int level)"],
  setGraphOptimizationLevel: [23, "void* F(void* options, int level)"],
  setIntraOpNumThreads: [24, "void* F(void* options, int threads)"],
  createCustomOpDomain: [26, "void* F(const char* domain, _Out_ void** out)"],
  addCustomOp: [27, "void* F(void* domain, void* op)"],
  addCustomOpDomain: [28, "void* F(void* options, void* domain)"],
  createTensorWithData: [
    49,
    "void* F(void* info, void* data, size_t bytes, const int64_t* shape, size_t rank, int type, _Out_ void** value)",
  ],
  createCpuMemoryInfo: [69, "void* F(int allocator, int memory, _Out_ void** info)"],
  releaseStatus: [93, "void F(void* status)"],
  releaseSession: [95, "void F(void* session)"],
  releaseValue: [96, "void F(void* value)"],
  releaseSessionOptions: [100, "void F(void* options)"],
  releaseCustomOpDomain: [101, "void F(void* domain)"],
  addSessionConfigEntry: [130, "void* F(void* options, const char* key, const char* value)"],
  createAndRegisterAllocator: [144, "void* F(void* env, void* info, void* arenaConfig)"],
  addInitializer: [150, "void* F(void* options, const char* name, void* value)"],
} as const;

/** Functions that kernels made here call themselves: only their addresses are needed. */
export const KERNEL_FUNCTIONS = { getData: 51, getInput: 90, getOutput: 91, parallelFor: 274 } as const;

export type OrtFunctionName = keyof typeof ORT_FUNCTIONS;
