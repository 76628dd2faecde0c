const PIECES: readonly string[] = [
  ..."the of and  to\n\n \t a's I'm you'll WE'RE straße naïve café\r\n".split(/(?<= )/),
  "Question: what is 12 + 345? ",
  "def f(x):\n    return x ** 2  # ok\n",
  "for (let i = 0; i < n; ++i) { a[i] += 1e-9; }",
  '{"key": [1, 2.5, null, "\\u00e9"]}',
  "你好，世界。",
  "机器学习很有趣",
  "日本語テキスト",
  "русский текст",
  "العربية ١٢٣",
  "हिन्दी",
  "👨‍👩‍👧‍👦",
  "😀😀",
  "🇨🇭",
  "e\u0301",
  "\u0000\u0007\u001b[31m",
  "\u00a0\u2003\u3000",
  "\u200b\u200d",
  "\ufeff",
  "\u0085",
  "<|im_start|>",
  "<|im_end|>\n",
  "<|endoftext|>",
  "<|im_",
  "\ud800",
  "\udfff",
  "x\ud83d",
  "             ",
  "....!!!???",
  "-----=====",
];

/** A small generator (mulberry32), so that the same seed gives the same strings. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Strings mixed from prose, code, many scripts, emoji, control characters and broken UTF-16. */
export function* randomStrings(count: number, seed: number): Generator<string> {
  const random = randomNumbers(seed);
  const below = (n: number): number => Math.floor(random() * n);
  for (let i = 0; i < count; i++) {
    let text = "";
    for (let parts = below(12); parts > 0; parts--) {
      if (random() < 0.25) text += String.fromCharCode(below(random() < 0.5 ? 0x180 : 0x10000));
      else text += PIECES[below(PIECES.length)];
    }
    yield text;
  }
}
