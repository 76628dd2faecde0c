#!/usr/bin/env python3
"""Writes wordpiece.json beside this script: texts and their WordPiece ids.

    /usr/bin/python3 tests/golden/make_wordpiece.py

The rules are those of the code published with Devlin et al. 2019 (tokenization.py), written here again without any
tokenizer library; lower case is taken letter by letter, as Hugging Face's tokenizers do.
"""

import json
import os
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = ("the a un able afford token izer ization don t stop cafe deja vu tokyo 東 京 tower 1 2 , . ! ? ' - — ( ) [ ] $ ^ "
         "e resume naive i istanbul σ ς ος λ x # hello world").split()
TEXTS = ["the unaffordable tokenizer", "The UNAFFORDABLE, Tokenization!", "don't stop", "Café déjà vu", "東京tower 東 京",
         "  a\tb\nc\r\n", "hello\u00a0world\u3000x", "zero\u200bwidth\u200djoiner", "nul\u0000l \ufffd bad", "İstanbul",
         "ΛΟΓΟΣ ος", "résumé—naïve", "a" * 100, "a" * 101, "x" * 3, "$12.50 (or 3^2) # [x]", "🙂 hello🙂", "", " ",
         "ǅ ﬁ Å", "the [MASK] stop [SEP]x", "un able unable", "e\u0301\u0327", "¿qué? «no»", "－ｆｕｌｌ", "x²"]


def vocabulary():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS
    tokens += ["##" + word for word in WORDS if word.isalnum()]
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    tokens += letters + ["##" + letter for letter in letters]
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


def is_control(char):
    return char not in "\t\n\r" and unicodedata.category(char).startswith("C")


def is_space(char):
    return char in " \t\n\r" or unicodedata.category(char) == "Zs"


def is_punctuation(char):
    code = ord(char)
    ascii_mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_mark or unicodedata.category(char).startswith("P")


def is_cjk(char):
    code = ord(char)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x2A6DF or 0xF900 <= code <= 0xFAFF


def words(text, lower):
    clean = ""
    for char in text:
        if ord(char) in (0, 0xFFFD) or is_control(char):
            continue
        clean += " " if is_space(char) else f" {char} " if is_cjk(char) else char
    if lower:
        clean = "".join(c for c in unicodedata.normalize("NFD", clean) if unicodedata.category(c) != "Mn")
        clean = "".join(c.lower() for c in clean)
    for word in clean.split():
        piece = ""
        for char in word:
            if is_punctuation(char):
                if piece:
                    yield piece
                yield char
                piece = ""
            else:
                piece += char
        if piece:
            yield piece


def pieces(word, vocab):
    found, start = [], 0
    if len(word) > 100:
        return [vocab["[UNK]"]]
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocab:
                break
        else:
            return [vocab["[UNK]"]]
        found.append(vocab[piece])
        start = end
    return found


def encode(text, vocab, lower):
    """[CLS] text [SEP]; special tokens in the text stay whole."""
    ids = [vocab["[CLS]"]]
    while text:
        at = min(((text.find(s), s) for s in ("[MASK]", "[SEP]") if s in text), default=(len(text), ""))
        for word in words(text[:at[0]], lower):
            ids += pieces(word, vocab)
        if at[1]:
            ids.append(vocab[at[1]])
        text = text[at[0] + len(at[1]):]
    return ids + [vocab["[SEP]"]]


if __name__ == "__main__":
    vocab = vocabulary()
    cases = [{"text": text, "lower": encode(text, vocab, True), "cased": encode(text, vocab, False)} for text in TEXTS]
    golden = {"made_by": "tests/golden/make_wordpiece.py", "vocab": vocab, "cases": cases}
    path = os.path.join(HERE, "wordpiece.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file, ensure_ascii=True, separators=(",", ":"))
        file.write("\n")
    print(f"{len(cases)} texts, {os.path.getsize(path) // 1024} KB")
