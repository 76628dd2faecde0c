#!/usr/bin/env python3
"""Writes sentencepiece/*.model and sentencepiece/cases.json beside this script.

    pip install sentencepiece==0.2.2
    python3 tests/golden/make_sentencepiece.py

Small models of each kind, trained by Google's sentencepiece, and the ids it gives.
"""

import io
import json
import os
import random

import sentencepiece as spm

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sentencepiece")
WORDS = ("the quick brown fox jumps over a lazy dog while learning machines read their own language models and "
         "tokens return lower lowest newer newest wider 12 345 6789 def return(x) { } if else caf\u00e9 na\u00efve \u4f60\u597d "
         "\u4e16\u754c \u673a\u5668 \u5b66\u4e60").split()
PARTS = WORDS + [" ", "  ", "   ", "\t", "\n", "\u00a0", "\u3000", "\ufb01", "\uff21", "e\u0301", "\U0001f642", "\U0001f468\u200d\U0001f469", "\u0000", "\u0007",
                 "<sep>", "<tag>", "\u2581", "<0x41>", "\u0e33", "\u1112\u1161\u11ab", "q\u0307\u0323", "\u2460", "\u00bd", "\u200b", "\ufffd", "zzz", "\u043f\u0440\u0438"]
MODELS = {
    "unigram": dict(model_type="unigram", vocab_size=150),
    "unigram-bytes": dict(model_type="unigram", vocab_size=400, byte_fallback=True, normalization_rule_name="identity",
                          remove_extra_whitespaces=False, user_defined_symbols=["<sep>", "<tag>"]),
    "bpe-llama": dict(model_type="bpe", vocab_size=400, byte_fallback=True, normalization_rule_name="identity",
                      remove_extra_whitespaces=False, allow_whitespace_only_pieces=True, split_digits=True,
                      user_defined_symbols=["<sep>", "<tag>"]),
    "bpe-gemma": dict(model_type="bpe", vocab_size=400, byte_fallback=True, normalization_rule_name="identity",
                      remove_extra_whitespaces=False, add_dummy_prefix=False, user_defined_symbols=["  ", "\u2581\u2581", "\u2581\u2581\u2581", "\n", "\t"]),
    "bpe": dict(model_type="bpe", vocab_size=150, normalization_rule_name="identity"),
    "char": dict(model_type="char", vocab_size=60, normalization_rule_name="identity"),
}


def main():
    os.makedirs(HERE, exist_ok=True)
    rng = random.Random(1)
    corpus = [" ".join(rng.choice(WORDS) for _ in range(12)) for _ in range(400)]
    texts = ["", " ", "  ", "the", " the", "the ", "the  quick", "\U0001f642", "zzz"]
    for _ in range(150):
        texts.append("".join(rng.choice(PARTS) + rng.choice(["", "", " "]) for _ in range(rng.randint(1, 12))))
    cases = {"texts": texts, "ids": {}}
    for name, options in MODELS.items():
        model = io.BytesIO()
        spm.SentencePieceTrainer.train(sentence_iterator=iter(corpus), model_writer=model, hard_vocab_limit=False,
                                       minloglevel=2, num_threads=1, **options)
        with open(os.path.join(HERE, name + ".model"), "wb") as file:
            file.write(model.getvalue())
        processor = spm.SentencePieceProcessor(model_proto=model.getvalue())
        cases["ids"][name] = [processor.encode(text) for text in texts]
    with open(os.path.join(HERE, "cases.json"), "w") as file:
        json.dump(cases, file)
        file.write("\n")


if __name__ == "__main__":
    main()
