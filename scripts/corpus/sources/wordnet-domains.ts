import type { Synset } from "./wordnet.js";

export type Domain = "medical" | "legal" | "finance";

interface DomainRule {
  /** Everything below these in the hierarchy, themselves included; the word is checked against the offset. */
  readonly roots: Readonly<Record<string, string>>;
  readonly lexFiles: readonly number[];
  /** Definitions that open with one of these labels, such as "(pathology) …". */
  readonly label?: RegExp;
}

/** Expert fields that pre-training never sees, so that fine-tuning on them can be measured honestly. */
const RULES: Readonly<Record<Domain, DomainRule>> = {
  medical: {
    roots: {
      n14093842: "disease",
      n14323139: "symptom",
      n14075528: "ill health",
      n14309164: "injury",
      n03252323: "drug",
      n03745652: "medicine",
      n06052606: "medicine",
      n00613447: "medicine",
      n06055093: "medical science",
      n00658847: "medical care",
      n01026334: "medical procedure",
      n05227735: "body part",
      n14104857: "attack",
      n10184702: "health professional",
      n10325469: "medical practitioner",
      n03745184: "medical instrument",
      n03745009: "medical building",
      n13519607: "infection",
    },
    lexFiles: [],
    label:
      /^\((?:medicine|pathology|anatomy|psychiatry|physiology|obstetrics|dentistry|surgery|neurology|cardiology|oncology|ophthalmology|pharmacology|orthopedics|psychoanalysis|immunology)\)/,
  },
  legal: {
    roots: {
      n06491336: "legal document",
      n00767761: "crime",
      n01187304: "legal proceeding",
      n08458195: "law",
      n00612411: "law",
      n06171434: "jurisprudence",
      n08471014: "international law",
      n10269647: "lawyer",
    },
    lexFiles: [],
    label: /^\((?:[a-z]+ )?law\)/,
  },
  finance: {
    roots: {
      n08071473: "financial institution",
      n01100603: "finance",
      n01136358: "finance",
      n06160103: "finance",
      n10109789: "financier",
    },
    lexFiles: [21],
    label: /^\((?:finance|banking|accounting|insurance|stock market)\)/,
  },
};

const HYPONYMS: ReadonlySet<string> = new Set(["~", "~i"]);
/** "belongs to the topic": a synset about medicine points at medicine. */
const TOPIC = ";c";

/** The domain of every held-out synset; the first of medical, legal, finance that claims it. */
export function assignDomains(synsets: readonly Synset[]): Map<string, Domain> {
  const byId = new Map(synsets.map((synset) => [synset.id, synset]));
  const domains = new Map<string, Domain>();
  for (const domain of ["medical", "legal", "finance"] as const) {
    const members = membersOf(RULES[domain], synsets, byId);
    for (const id of members) if (!domains.has(id)) domains.set(id, domain);
  }
  return domains;
}

function membersOf(
  rule: DomainRule,
  synsets: readonly Synset[],
  byId: ReadonlyMap<string, Synset>,
): Set<string> {
  const members = new Set<string>();
  const queue = synsets
    .filter(({ lexFile, definition }) => rule.lexFiles.includes(lexFile) || rule.label?.test(definition))
    .map(({ id }) => id);
  for (const [id, word] of Object.entries(rule.roots)) {
    if (!byId.get(id)?.words.includes(word)) throw new Error(`WordNet ${id} is not "${word}".`);
    queue.push(id);
  }
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (members.has(id)) continue;
    members.add(id);
    for (const { symbol, target } of byId.get(id)?.pointers ?? [])
      if (HYPONYMS.has(symbol)) queue.push(target);
  }
  const topical = synsets.filter(({ pointers }) =>
    pointers.some(({ symbol, target }) => symbol === TOPIC && members.has(target)),
  );
  for (const { id } of topical) members.add(id);
  return members;
}
