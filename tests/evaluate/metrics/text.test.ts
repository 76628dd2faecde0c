import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BleuOptions,
  type ChrfOptions,
  type RougeType,
  bleu,
  bleuWords,
  chrf,
  porterStem,
  rouge,
  rougeParts,
  sentenceBleu,
} from "gradlab";
import { golden, near } from "./golden.js";

// sacreBLEU's README and test/test_bleu.py: two references per sample.
const PREDICTIONS = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];
const REFERENCES = [
  ["The dog bit the man.", "The dog had bit the man."],
  ["It was not unexpected.", "No one was surprised."],
  ["The man bit him first.", "The man had bitten the dog."],
];

test("corpus BLEU gives sacreBLEU's published values", () => {
  const value = (options: BleuOptions): number => bleu(PREDICTIONS, REFERENCES, options).value;
  near(value({}), 48.530827, 1e-6);
  near(value({ tokenizer: "none" }), 49.1919566, 1e-6);
  near(value({ tokenizer: "intl" }), 43.91623493, 1e-6);
  near(value({ smooth: "none" }), 48.530827, 1e-6);
  assert.equal(bleu(["", "", ""], REFERENCES).value, 0);
  assert.equal(
    bleu(PREDICTIONS, REFERENCES).signature,
    "nrefs:2|bs:1000|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:gradlab",
  );
});

test("sentence BLEU gives sacreBLEU's published values", () => {
  // sacreBLEU test/test_sentence_bleu.py
  const reference = "producţia de zahăr brut se exprimă în zahăr alb;";
  const guess = "Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;";
  const cases: [BleuOptions, number][] = [
    [{}, 8.493],
    [{ smooth: "none" }, 0],
    [{ smooth: "floor" }, 4.51688],
    [{ smooth: "floor", smoothValue: 0.5 }, 10.1],
    [{ smooth: "add-k" }, 14.882],
    [{ smooth: "add-k", smoothValue: 2 }, 21.389],
    [{ tokenizer: "none" }, 7.347],
    [{ tokenizer: "intl" }, 8.493],
    [{ tokenizer: "char" }, 40.8759],
    [{ tokenizer: "char", lowercase: true }, 42.0267],
  ];
  for (const [options, expected] of cases)
    near(sentenceBleu([guess], [reference], options).value, expected, 1e-3);
  for (const smooth of ["exp", "none", "floor", "add-k"] as const)
    assert.equal(sentenceBleu(["this is a cat"], ["okay thanks"], { smooth }).value, 0);
});

test("corpus BLEU equals NLTK's where no order is without a match", () => {
  for (const { predictions, references, bleu: expected } of golden.bleu)
    near(bleu(predictions, references, { tokenizer: "none" }).value, expected, 1e-9);
});

test("the 13a and zh tokenizers cut where mteval cuts", () => {
  assert.deepEqual(bleuWords("It&apos;s &quot;1,000.5&quot; (US$) e-mail, 3-4."), [
    ..."It & apos ; s".split(" "),
    ...'" 1,000.5 " ( US $ ) e-mail , 3 - 4 .'.split(" "),
  ]);
  assert.deepEqual(
    bleuWords("大模型GPT-4很好。“真的”", "zh"),
    "大 模 型 GPT-4 很 好 。 “ 真 的 ”".split(" "),
  );
  assert.deepEqual(bleuWords("\u00a0a\u3000b \x1cc\t"), ["a", "b", "c"]);
});

test("Chinese BLEU counts characters", () => {
  near(bleu(["我喜欢大模型"], ["我喜欢大模型"], { tokenizer: "zh" }).value, 100, 1e-9);
  assert.equal(bleu(["我喜欢大模型"], ["我喜欢小模型"]).value, 0, "13a sees one word");
  const score = bleu(["我喜欢大模型"], ["我喜欢小模型"], { tokenizer: "zh" });
  // 5/6, 3/5, 1/4, and 1/(2·3) by exponential smoothing
  near(score.value, 100 * (((((5 / 6) * 3) / 5 / 4) * 1) / 6) ** 0.25, 1e-9);
});

test("chrF gives sacreBLEU's published values", () => {
  // sacreBLEU test/test_chrf.py
  const risk =
    "risk assessment must be made of those who are qualified and expertise in the sector - these are the scientists .";
  const riskReference =
    "risk assessment has to be undertaken by those who are qualified and expert in that area - that is the scientists .";
  const obama = "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.";
  const cases: [string[], string[], ChrfOptions, number][] = [
    [["abcdefg"], ["hijklmnop"], { beta: 3, epsSmoothing: true }, 0],
    [[""], ["b"], { beta: 3, epsSmoothing: true }, 0],
    [["aa"], ["ab"], { beta: 3, epsSmoothing: true }, 8.3333],
    [["a", "b"], ["a", "c"], { beta: 3, epsSmoothing: true }, 8.3333],
    [["a b c"], ["abc"], { beta: 3, epsSmoothing: true }, 50],
    [[risk], [riskReference], { beta: 3, epsSmoothing: true }, 63.36173],
    [
      [" Die    Beziehung zwischen  Obama und Netanjahu ist nicht gerade  freundlich. "],
      [obama],
      { beta: 3, epsSmoothing: true },
      64.1302698,
    ],
    [["a"], ["a"], { beta: 3 }, 100],
    [["a", "b"], ["a", "c"], { beta: 3 }, 50],
    [["aa"], ["ab"], { beta: 3 }, 25],
    [
      ["Die Beziehung zwischen Obama und Netanjahu ist nicht gerade freundlich."],
      [obama],
      { beta: 3, whitespace: true },
      67.3481606,
    ],
    [[risk], [riskReference], { beta: 3, whitespace: true }, 65.2414427],
    [
      ["Co nás nejvíc trápí, protože lékaři si vybírají, kdo bude žít a kdo zemře."],
      ["Nejvíce smutní jsme z toho, že musíme rozhodovat o tom, kdo bude žít a kdo zemře."],
      { epsSmoothing: true },
      39.14078509,
    ],
    [
      ["Nebo prostě nemají vybavení, které by jim pomohlo, uvedli lékaři."],
      ["A někdy nemáme ani potřebný materiál, abychom jim pomohli, popsali lékaři."],
      { epsSmoothing: true },
      31.22557079,
    ],
  ];
  for (const [guess, truth, options, expected] of cases)
    near(chrf(guess, truth, options).value, expected, 1e-4);
});

test("the stemmer equals NLTK's on 1500 words", () => {
  const wrong = golden.porter.filter(([word, stem]) => porterStem(word) !== stem);
  assert.deepEqual(wrong, []);
  assert.ok(golden.porter.length > 1500);
});

// rouge-score's testdata (random strings) and the values its tests took from ROUGE-1.5.5.
const TARGETS = [
  "ZfbCUIUuePaiLVUlCaUXxkpu XPeWing tUHfPMuZ',-Xd Y BrUgVJing M-HV.-DgdDaY.rFDJCRing Ht-LM EKBDXkME,yz'RBr q'wtion wIojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxer tKM L",
  "KsJdPByEtAor fE-Qg Dpdbring cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMtion psing sbKao Q m qiing LMmer HqqLFXe,XPY,J XsurkMer ,ed nB'wH'bWVHjWFEing tQ.saefZwJtKrTlixYpMMsJing UCAPwNHeYVjDing c T BUySKtion gMPfJpwGw p'NvxAoping eu pBwMBKV'I DNxqelhu,PHPxDEq,mtion SN",
] as const;
const GUESSES = [
  "rFDJCRtion Ht-LM EKtDXkME,yz'RBr q'wer wrojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxi",
  "nn cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMer pstion sbKao Q m qier LMmed HqqLFXe,XPY,J XsurkMeo ,ed nB'wH'bWVHjWFEer tQ.saefZwJtKrTlixYpMMNJtion UCAPwNHeYVjD",
] as const;

test("ROUGE gives the values of rouge-score's tests", () => {
  const cases: [RougeType, 0 | 1, boolean, number, number, number][] = [
    ["rouge1", 0, false, 0.6875, 0.40741, 0.51163],
    ["rouge1", 1, false, 0.65385, 0.40476, 0.5],
    ["rouge1", 0, true, 0.6875, 0.40741, 0.51163],
    ["rouge1", 1, true, 0.69231, 0.42857, 0.52941],
    ["rouge2", 0, false, 0.53333, 0.30769, 0.39024],
    ["rouge2", 1, false, 0.48, 0.29268, 0.36364],
    ["rouge2", 1, true, 0.48, 0.29268, 0.36364],
    ["rougeL", 0, false, 0.6875, 0.40741, 0.51163],
    ["rougeL", 1, false, 0.65385, 0.40476, 0.5],
  ];
  for (const [type, i, stemmer, p, r, f] of cases) {
    const parts = rougeParts(type, GUESSES[i], TARGETS[i], { stemmer });
    near(parts.precision, p, 5e-6);
    near(parts.recall, r, 5e-6);
    near(parts.fmeasure, f, 5e-6);
  }
  near(rougeParts("rouge2", "testing one", "testing one two").fmeasure, 2 / 3);
  near(rougeParts("rougeL", "testing two", "testing one two").fmeasure, 4 / 5);
  const summary = rougeParts("rougeLsum", "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5");
  near(summary.recall, 0.8);
  near(summary.precision, 0.4);
  for (const type of ["rouge1", "rouge2", "rougeL", "rougeLsum"] as const)
    for (const [guess, truth] of [
      ["", "w1 w2"],
      ["w1", ""],
      ["/", "w1 w2"],
    ] as const)
      assert.deepEqual(rougeParts(type, guess, truth), { precision: 0, recall: 0, fmeasure: 0 });
});

test("ROUGE of several samples is a mean, of several references the best", () => {
  const score = rouge("rouge1", ["testing", "a b"], [["nothing", "testing one two"], "a b"]);
  near(score.value, 0.75);
  assert.equal(score.n, 2);
  near(score.stderr, 0.25);
});

test("ROUGE reads Chinese only when told to, or by itself with auto", () => {
  assert.equal(rouge("rouge1", ["我喜欢猫"], ["我喜欢狗"]).value, 0);
  near(rouge("rouge1", ["我喜欢猫"], ["我喜欢狗"], { language: "zh" }).value, 0.75);
  near(rouge("rougeL", ["我喜欢GPT-4"], ["我喜欢GPT"], { language: "auto" }).value, 8 / 9);
});
