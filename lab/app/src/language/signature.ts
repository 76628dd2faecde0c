import { type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, keymap, showTooltip, type Tooltip, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { CodeEditor } from "@jupyterlab/codeeditor";
import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { Languages } from "./languages.js";
import type { Answers } from "./protocol.js";
import { renderMarkdown } from "./render-markdown.js";

type Help = NonNullable<Answers["signatureHelp"]>;

const show = StateEffect.define<Tooltip | null>();

const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update: (tooltip, transaction) => {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return tooltip === null ? null : { ...tooltip, pos: transaction.changes.mapPos(tooltip.pos) };
  },
  provide: (field) => showTooltip.from(field),
});

/** The signature of the call that the cursor stands in, with its current parameter, while it is typed. */
export function signature(
  languages: Languages,
  model: CodeEditor.IModel,
  rendermime: IRenderMimeRegistry,
): Extension {
  class Watch {
    #round = 0;

    update(update: ViewUpdate): void {
      if (!update.docChanged && !update.selectionSet) return;
      const open = update.state.field(shown, false) ?? null;
      const typed = update.docChanged ? typedCharacter(update) : "";
      const triggers = languages.of(model)?.client?.hello?.signatureTriggers ?? [];
      if (open === null && !triggers.includes(typed)) return;
      void this.#ask(update.view);
    }

    async #ask(view: EditorView): Promise<void> {
      const round = ++this.#round;
      await new Promise((resolve) => setTimeout(resolve, 60));
      if (round !== this.#round) return;
      const pos = view.state.selection.main.head;
      const help = await languages.of(model)?.ask("signatureHelp", model, pos);
      if (round !== this.#round) return;
      const found = help && help.signatures.length > 0 ? help : undefined;
      const dom = found && (await draw(found, rendermime));
      if (round !== this.#round || view.state.selection.main.head !== pos) return;
      const tooltip = dom ? { pos, above: true, create: () => ({ dom }) } : null;
      if (tooltip !== null || view.state.field(shown) !== null) view.dispatch({ effects: show.of(tooltip) });
    }
  }
  const close = (view: EditorView): boolean => {
    if (view.state.field(shown) === null) return false;
    view.dispatch({ effects: show.of(null) });
    // The notebook still leaves the cell's edit mode at the same key.
    return false;
  };
  return [
    shown,
    ViewPlugin.fromClass(Watch),
    Prec.high(keymap.of([{ key: "Escape", run: close }])),
    EditorView.domEventHandlers({ blur: (_, view) => void setTimeout(() => close(view)) }),
  ];
}

/** The one character that a keystroke put in (an editor may add its closing pair), or "". */
function typedCharacter(update: ViewUpdate): string {
  let typed = "";
  update.changes.iterChanges((_from, _to, _fromB, _toB, inserted) => (typed += inserted.toString()));
  return typed.length === 1 || ["()", "<>"].includes(typed) ? typed.charAt(0) : "";
}

async function draw(help: Help, rendermime: IRenderMimeRegistry): Promise<HTMLElement> {
  const { label, parameters, documentation } = help.signatures[help.activeSignature] ?? help.signatures[0]!;
  const dom = document.createElement("div");
  dom.className = "gradlab-Language-tooltip gradlab-Language-signature";
  const line = document.createElement("code");
  const parameter = parameters[help.activeParameter];
  const [from, to] = parameter?.range ?? [label.length, label.length];
  const current = document.createElement("strong");
  current.textContent = label.slice(from, to);
  line.append(label.slice(0, from), current, label.slice(to));
  dom.append(line);
  if (help.signatures.length > 1) dom.append(` ${help.activeSignature + 1} of ${help.signatures.length}`);
  const docs = [parameter?.documentation, documentation].filter(Boolean).join("\n\n");
  if (docs !== "") dom.append(await renderMarkdown(rendermime, docs));
  return dom;
}
