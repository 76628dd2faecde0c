import { GradlabError } from "../errors.js";
import type { LanguageModel } from "./language-model.js";
import { loadModel, type LoadModelOptions } from "./load.js";
import { isProxy } from "./proxy/make-proxy.js";

/** How a model that is given by its name is found; a live model is taken as it is. */
export interface NamedModelOptions {
  /**
   * "proxy" makes a small stand-in with random weights where the real ones are not on this machine; everything then carries
   * "@proxy". Default "require".
   */
  readonly weights?: "require" | "proxy";
  /** Branch, tag or commit of a model of a hub. Default "main". */
  readonly revision?: string;
}

export const NAMED_MODEL_OPTIONS: readonly (keyof NamedModelOptions)[] = ["weights", "revision"];

/** @throws E_CONFIG naming the option */
export function checkNamed({ weights = "require", revision = "main" }: NamedModelOptions): void {
  const refuse = (name: string, value: unknown, wanted: string): never => {
    throw new GradlabError("E_CONFIG", `${name} must be ${wanted}, got ${JSON.stringify(value)}.`, {
      where: name,
      hint: "Leave it out for the default.",
    });
  };
  if (weights !== "require" && weights !== "proxy") refuse("weights", weights, '"require" or "proxy"');
  if (typeof revision !== "string" || revision === "")
    refuse("revision", revision, "a branch, a tag or a commit");
}

/** A live model as it is, another by its name. @throws what loadModel throws */
export async function openModel(
  model: string | LanguageModel,
  { weights, revision }: NamedModelOptions,
  more: LoadModelOptions = {},
): Promise<LanguageModel> {
  if (typeof model !== "string") return model;
  return loadModel(model, {
    ...more,
    ...(weights === undefined ? {} : { weights }),
    ...(revision === undefined ? {} : { revision }),
  });
}

/** An event that says that a stand-in runs. */
export interface ProxyWarning {
  readonly type: "warning";
  readonly code: "W_PROXY_MODEL";
  readonly message: string;
  readonly hint: string;
}

/** The warning for a stand-in, none for another model. */
export function proxyWarnings(model: LanguageModel): readonly ProxyWarning[] {
  if (!isProxy(model)) return [];
  const message = `The weights are not on this machine; a small stand-in runs as ${model.id}.`;
  const hint = "Its figures say nothing about the real model.";
  return [{ type: "warning", code: "W_PROXY_MODEL", message, hint }];
}
