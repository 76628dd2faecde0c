import { type Completion, type CompletionItem, type LspItem, withoutAlias } from "./answers.js";
import type { Documents } from "./documents.js";

interface Resolved {
  readonly detail?: string;
  readonly documentation?: string | { readonly value: string };
}

/** The first `count` items with their signatures and documentation. */
export async function resolveItems(
  documents: Documents,
  completion: Completion,
  count: number,
): Promise<Completion> {
  const first = completion.items.slice(0, count);
  const resolved = await Promise.all(first.map((item) => resolveItem(documents, item)));
  return { ...completion, items: [...resolved, ...completion.items.slice(count)] };
}

export async function resolveItem(documents: Documents, item: CompletionItem): Promise<CompletionItem> {
  const answer = (await documents
    .request("completionItem/resolve", item.lsp as LspItem)
    .catch(() => ({}))) as Resolved;
  const { detail, documentation } = answer;
  const text = typeof documentation === "string" ? documentation : documentation?.value;
  return {
    ...item,
    ...(detail === undefined ? {} : { detail: withoutAlias(detail) }),
    ...(text === undefined || text.trim() === "" ? {} : { documentation: text.trim() }),
  };
}
