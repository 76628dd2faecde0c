import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { KernelError } from "gradlab-kernel";

/** GRADLAB_PASSWORD, or what is typed unseen: a password among the arguments could be read by every user. */
export async function readPassword(): Promise<string> {
  const given = process.env["GRADLAB_PASSWORD"] ?? "";
  delete process.env["GRADLAB_PASSWORD"]; // kernels inherit the rest
  if (given !== "") return given;
  if (!process.stdin.isTTY) {
    throw new KernelError("E_USAGE", "There is no terminal to type the password in.", {
      hint: "Set GRADLAB_PASSWORD.",
    });
  }
  const first = await ask("Password: ");
  if (first === "") throw new KernelError("E_USAGE", "The password is empty.");
  if ((await ask("Again: ")) === first) return first;
  throw new KernelError("E_USAGE", "The two passwords are not the same.", { hint: "Type it again." });
}

async function ask(prompt: string): Promise<string> {
  process.stdout.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    process.stdout.write("\n");
  }
}
