import { isMainThread } from "node:worker_threads";

/**
 * Sets a variable of the process itself. In a worker `process.env` is a copy that native libraries do
 * not see, so there the C library is asked.
 */
export async function setProcessVariable(name: string, value: string): Promise<void> {
  process.env[name] = value;
  if (isMainThread || process.platform === "win32") return;
  const koffi = await import("koffi");
  const setenv = koffi.load(null).func("int setenv(const char* name, const char* value, int overwrite)");
  setenv(name, value, 1);
}

// From version 1.29 on, ONNX Runtime reports usage on Linux unless this is set before the first session.
const SILENCE = "ORT_DISABLE_TELEMETRY";
process.env[SILENCE] = "1";

/** Keeps ONNX Runtime from reporting usage; to be awaited before its first session, in workers too. */
export const silenceTelemetry = (): Promise<void> => setProcessVariable(SILENCE, "1");
