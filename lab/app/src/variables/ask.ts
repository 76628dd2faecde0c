import type { IMimeBundle } from "@jupyterlab/nbformat";
import type { Kernel } from "@jupyterlab/services";

export interface Variable {
  readonly name: string;
  readonly type: string;
  /** One line. */
  readonly value: string;
}

let seq = 0;

/** The notebook's variables, by the debugger's request that needs no debugger. @throws what the kernel says. */
export async function askVariables(kernel: Kernel.IKernelConnection): Promise<Variable[]> {
  // without references the kernel keeps nothing alive for us
  const { variables } = (await ask(kernel, "inspectVariables", { references: false })) as {
    readonly variables?: readonly Partial<Variable>[];
  };
  return (variables ?? []).flatMap(({ name, type, value }) =>
    name === undefined ? [] : [{ name, type: type ?? "", value: value ?? "" }],
  );
}

/** What a cell that ends with the variable would show. */
export async function askValue(kernel: Kernel.IKernelConnection, variableName: string): Promise<IMimeBundle> {
  const { data } = (await ask(kernel, "richInspectVariables", { variableName })) as {
    readonly data?: IMimeBundle;
  };
  return data ?? {};
}

async function ask(kernel: Kernel.IKernelConnection, command: string, args: object): Promise<object> {
  const content = { seq: seq++, type: "request" as const, command, arguments: args };
  const reply = (await kernel.requestDebug(content).done) as unknown as {
    readonly content: { readonly success?: boolean; readonly message?: string; readonly body?: object };
  };
  const { success, message, body } = reply.content;
  if (success !== true) throw new Error(message ?? "The kernel does not list its variables.");
  return body ?? {};
}
