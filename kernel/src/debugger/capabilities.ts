/** What initialize answers (DAP: Capabilities). */
export const CAPABILITIES = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsModulesRequest: true,
  supportsExceptionInfoRequest: true,
  supportsTerminateRequest: true,
  supportsDelayedStackTraceLoading: true,
  supportTerminateDebuggee: true,
  exceptionBreakpointFilters: [
    {
      filter: "caught",
      label: "Caught exceptions",
      description: "Stops where something is thrown that your code catches.",
      default: false,
    },
    {
      filter: "uncaught",
      label: "Uncaught exceptions",
      description: "Stops where something is thrown that ends the cell.",
      default: false,
    },
  ],
} as const;
