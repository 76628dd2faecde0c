#!/usr/bin/env python3
"""Writes clip-bpe.json beside this script: a tokenizer.json of CLIP's kind, and texts with their ids.

    /usr/bin/python3 tests/golden/make_clip_bpe.py

Encoding follows the code published with Radford et al. 2021 (simple_tokenizer.py): lower case, words, bytes as letters, a
mark behind each word's last letter, and merges by rank. No tokenizer library is used.
"""

import collections
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = ("a photo of a cat . a photo of a dog . photos of two cats and three dogs ! the cat's photo isn't here , it's there "
          "a caf\u00e9 photographer saw the dogs at 10 o'clock in 2021 ") * 3
TEXTS = ["a photo of a cat", "A  Photo of\ta DOG.", "cats' photos isn't", "2021 dogs!!!", "caf\u00e9 \u6771\u4eac", "", "zebra", "a<|endoftext|>b",
         "under_score x", "\U0001f642 cat"]
WORD = re.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+", re.IGNORECASE)


def byte_letters():
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters, extra = {}, 0
    for byte in range(256):
        if byte in printable:
            letters[byte] = chr(byte)
        else:
            letters[byte] = chr(256 + extra)
            extra += 1
    return letters


LETTERS = byte_letters()


def start(word):
    letters = [LETTERS[b] for b in word.encode()]
    return letters[:-1] + [letters[-1] + "</w>"]


def merged(symbols, pair):
    out, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            out.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return out


def learn(count):
    words, merges = [start(word) for word in WORD.findall(CORPUS)], []
    for _ in range(count):
        pairs = collections.Counter(pair for word in words for pair in zip(word, word[1:]))
        best = max(sorted(pairs), key=lambda pair: pairs[pair])
        merges.append(best)
        words = [merged(word, best) for word in words]
    return merges


def encode(text, vocab, ranks):
    ids = [vocab["<|startoftext|>"]]
    for word in WORD.findall(re.sub(r"\s+", " ", text).lower()):
        if word in ("<|startoftext|>", "<|endoftext|>"):
            ids.append(vocab[word])
            continue
        symbols = start(word)
        while True:
            pairs = [pair for pair in zip(symbols, symbols[1:]) if pair in ranks]
            if not pairs:
                break
            symbols = merged(symbols, min(pairs, key=ranks.get))
        ids += [vocab[symbol] for symbol in symbols]
    return ids + [vocab["<|endoftext|>"]]


if __name__ == "__main__":
    merges = learn(40)
    order = [LETTERS[b] for b in range(256)] + [LETTERS[b] + "</w>" for b in range(256)] + [a + b for a, b in merges]
    order += ["<|startoftext|>", "<|endoftext|>"]
    vocab = {token: i for i, token in enumerate(order)}
    ranks = {pair: i for i, pair in enumerate(merges)}
    ends = [[name, vocab[name]] for name in ("<|startoftext|>", "<|endoftext|>")]
    tokenizer = {
        "version": "1.0",
        "added_tokens": [{"id": i, "content": name, "special": True, "normalized": False} for name, i in ends],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"},
             "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}]},
        "post_processor": {"type": "RobertaProcessing", "sep": ends[1], "cls": ends[0], "trim_offsets": False,
                           "add_prefix_space": False},
        "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "unk_token": "<|endoftext|>", "continuing_subword_prefix": "",
                  "end_of_word_suffix": "</w>", "vocab": vocab, "merges": [f"{a} {b}" for a, b in merges]},
    }
    cases = [{"text": text, "ids": encode(text, vocab, ranks)} for text in TEXTS]
    path = os.path.join(HERE, "clip-bpe.json")
    with open(path, "w", encoding="utf-8") as file:
        made_by = "tests/golden/make_clip_bpe.py"
        json.dump({"made_by": made_by, "tokenizer": tokenizer, "cases": cases}, file, separators=(",", ":"))
        file.write("\n")
    print(f"{len(cases)} texts, {os.path.getsize(path) // 1024} KB")
