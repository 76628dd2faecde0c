// Request → Reply: one file for each thing the service answers.
import { chatCompletions } from "./chat-completions.js";
import { completions } from "./completions.js";
import { healthz } from "./healthz.js";
import { metricsText } from "./metrics.js";
import { models } from "./models.js";
import { openapi } from "./openapi.js";
import { predict } from "./predict.js";
import type { Route } from "./route.js";

export type { Exchange, Route } from "./route.js";

export const ROUTES: readonly Route[] = [
  completions,
  chatCompletions,
  models,
  predict,
  healthz,
  metricsText,
  openapi,
];
