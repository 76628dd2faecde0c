"""Makes tokenizer.json here: ids of the reference implementation (pip install tokenizers==0.23.2) for strings that
separate its regular expressions, added tokens and templates from JavaScript's.

Run from the repository root: python tests/golden/make_tokenizer.py
"""

import json
from tokenizers import Tokenizer

SOURCE = "models/en-3m/tokenizer.json"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

STRINGS = [
    "Hello world", " leading", "trailing  ", "it's IT'S it'\u017f \u212a'\u212a we'LL", "a\ufeffb \ufeff c", "a\u0085b\u0085\u0085 c",
    "x\u00a0y\u2003z\u3000w\u200b.", "12345 1,234.56e-7 \u0663\u0664\u00bd\u2167", "\t\tif x:\n\t\t\treturn  1\n\n\n", "a\r\nb\r\rc \r\n d",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002", "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e8\U0001f1ed\U0001f600\U0001f600", "e\u0301 \u00e9 \u1e9e\u00df", "\u0000\u0001\u001f\u007f",
    "<|im_start|>user\nHi<|im_end|>\n", "<|im_start|<|im_start|>", "<|endoftext|><|endoftext|> <|pad|>x", "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940",
    "      ", "\n\n\n\n", " \n \n  x", "", "'", "''s", "__init__(self, *args, **kwargs):  # noqa: E501", "a" * 300, "ab" * 200, "\u2028x\u2029y",
]

VARIANTS = {
    "own": {},
    "gpt2": {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}},
    "prefix-space": {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}},
    "llama3": {
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": LLAMA3}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            ],
        },
        "post_processor": {
            "type": "Sequence",
            "processors": [
                {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
                {
                    "type": "TemplateProcessing",
                    "single": [
                        {"SpecialToken": {"id": "<|cls|>", "type_id": 0}},
                        {"Sequence": {"id": "A", "type_id": 0}},
                        {"SpecialToken": {"id": "<|sep|>", "type_id": 0}},
                    ],
                    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                    "special_tokens": {
                        "<|cls|>": {"id": "<|cls|>", "ids": [8], "tokens": ["<|cls|>"]},
                        "<|sep|>": {"id": "<|sep|>", "ids": [9], "tokens": ["<|sep|>"]},
                    },
                },
            ],
        },
    },
    "digits-then-gpt2": {
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Digits", "individual_digits": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            ],
        }
    },
    "nfc": {"normalizer": {"type": "NFC"}},
    "stripping": {"strip": True},
}
for behavior in ["Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"]:
    VARIANTS[f"split-{behavior}"] = {
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": r"\s"}, "behavior": behavior, "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            ],
        }
    }
    VARIANTS[f"split-{behavior}-inverted"] = json.loads(
        json.dumps(VARIANTS[f"split-{behavior}"]).replace('"invert": false', '"invert": true')
    )


def main():
    base = json.load(open(SOURCE))
    cases = []
    for name, change in VARIANTS.items():
        changed = dict(base, **{key: value for key, value in change.items() if key != "strip"})
        if change.get("strip"):
            changed["added_tokens"] = [
                dict(token, lstrip=True, rstrip=True, single_word=True) if token["id"] == 1 else token
                for token in base["added_tokens"]
            ]
        tokenizer = Tokenizer.from_str(json.dumps(changed))
        strings = STRINGS + (["a  <|pad|>  b", "a<|pad|>b", "\n<|pad|>\n"] if change.get("strip") else [])
        ids = [tokenizer.encode(text).ids for text in strings]
        cases.append({"name": name, "change": change, "texts": strings, "ids": ids})
    json.dump({"cases": cases}, open("tests/golden/tokenizer.json", "w"), ensure_ascii=True)


main()
