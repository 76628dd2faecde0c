/** What a download tells. */
export type HubEvent =
  /** Files that are needed; `missing` bytes of `total` are to be fetched. */
  | { readonly type: "plan"; readonly files: number; readonly total: number; readonly missing: number }
  /** Bytes that have arrived, at most four times a second. */
  | {
      readonly type: "progress";
      readonly file: string;
      readonly bytes: number;
      readonly size: number;
    }
  /** A file is whole; `index` counts from 0. */
  | {
      readonly type: "file";
      readonly name: string;
      readonly index: number;
      readonly of: number;
      readonly bytes: number;
      readonly from: "cache" | "network";
    }
  /** W_CACHE_DAMAGED, W_HUB_UNREACHABLE (the cache serves instead) or W_HUB_RETRY. */
  | { readonly type: "warning"; readonly code: string; readonly message: string };

/** For who does not listen: what a user should know is said as a warning of the process. */
export function warnAloud(event: HubEvent): void {
  if (event.type === "warning" && event.code !== "W_HUB_RETRY")
    process.emitWarning(event.message, "GradlabWarning", event.code);
}
