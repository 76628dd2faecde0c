#!/usr/bin/env python3
"""Writes unigram.json beside this script: texts and their Unigram ids.

    /usr/bin/python3 tests/golden/make_unigram.py

Each word's segmentation is found by trying all of them, so that it shares no method with a Viterbi search. The table of
replacements is put into SentencePiece's format (a double array, darts-clone) by a builder of its own, and applied here by
plain replacement. No tokenizer library is used.
"""

import base64
import json
import os
import random
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = "\u2581"
REPLACED = {"\u00a0": " ", "\u3000": " ", "\t": " ", "\n": " ", "\uff21": "A", "\uff22": "B", "\ufb01": "fi", "e\u0301": "\u00e9",
            "\u200b": "", "\u2460": "1", "\u00bd": "1/2"}
TEXTS = ["ab a", "abc cab", " ab  c", "abcabcab", "d", "dd a", "adda", "a\u00a0b\u3000c", "\uff21\uff22a", "\ufb01a", "e\u0301a", "ea\u0301",
         "\u00e9", "a\u200bb", "\u2460\u00bd", "", " ", "a</s>b", "\U0001f642\U0001f642a", "\ta\nb", "aa", "A B", "</s> a", "caabbc"]
WORDS = ["<pad>", "</s>", "<unk>", MARK, MARK + "a", MARK + "ab", MARK + "c", "a", "b", "c", "ab", "bc", "abc", "ca", "ca" + "b", "A",
         "AB", MARK + "A", "f", "i", "fi", "\u00e9", MARK + "\u00e9", "1", "/", "2", "aa", "e"]


def segmentations(word, vocab, unknown, least):
    """Every way to cut a word, with its score and ids; a character without a piece of its own may be unknown."""
    if not word:
        yield 0.0, []
        return
    for end in range(1, len(word) + 1):
        if word[:end] in vocab:
            head = vocab[word[:end]]
        elif end == 1:
            head = (unknown, least - 10)
        else:
            continue
        for score, ids in segmentations(word[end:], vocab, unknown, least):
            yield head[1] + score, [head[0]] + ids


def encode_word(word, vocab, unknown, least):
    _, ids = max(segmentations(word, vocab, unknown, least), key=lambda found: found[0])
    return [id for i, id in enumerate(ids) if id != unknown or i == 0 or ids[i - 1] != unknown]


def encode(text, vocab, unknown, least):
    ids = []
    for i, section in enumerate(text.split("</s>")):
        if i > 0:
            ids.append(1)
        for before, after in REPLACED.items():
            section = section.replace(before, after)
        if section == "":
            continue
        marked = section.replace(" ", MARK)
        if not marked.startswith(MARK):
            marked = MARK + marked
        for word in marked.split(MARK)[1:]:
            ids += encode_word(MARK + word, vocab, unknown, least)
    return ids + [1]


def charsmap(table):
    """Bytes: size of the array, its units, the replacements with a zero byte behind each."""
    trie, blob = {}, b""
    for key, value in sorted(table.items()):
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = len(blob)
        blob += value.encode() + b"\0"
    units, taken, bases = [0] * 4096, {0}, set()

    def place(at, node):
        # A base belongs to one node: the label alone tells a child from another node's.
        base = next(b for b in range(1, 4096 - 256) if b not in bases and all((b ^ label) not in taken for label in node))
        bases.add(base)
        taken.update(base ^ label for label in node)
        units[at] |= (at ^ base) << 10 | (0x100 if 0 in node else 0)
        for label, child in node.items():
            units[base ^ label] = (1 << 31 | child) if label == 0 else label
        for label, child in node.items():
            if label != 0:
                place(base ^ label, child)

    place(0, trie)
    size = 4 * (max(taken) + 256)
    array = b"".join(struct.pack("<I", unit) for unit in units[: size // 4])
    return struct.pack("<I", size) + array + blob


if __name__ == "__main__":
    chance = random.Random(7)
    scores = [0, 0, 0] + [round(-1 - 8 * chance.random(), 3) for _ in WORDS[3:]]
    least = min(scores)
    vocab = {word: (i, scores[i]) for i, word in enumerate(WORDS)}
    cases = [{"text": text, "ids": encode(text, vocab, 2, least)} for text in TEXTS]
    letters = "abcd"
    for _ in range(60):
        text = " ".join("".join(chance.choice(letters) for _ in range(chance.randint(1, 9))) for _ in range(2))
        cases.append({"text": text, "ids": encode(text, vocab, 2, least)})
    golden = {"made_by": "tests/golden/make_unigram.py", "vocab": list(zip(WORDS, scores)), "cases": cases,
              "precompiled_charsmap": base64.b64encode(charsmap(REPLACED)).decode()}
    path = os.path.join(HERE, "unigram.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file, ensure_ascii=True, separators=(",", ":"))
        file.write("\n")
    print(f"{len(cases)} texts, {os.path.getsize(path) // 1024} KB")
