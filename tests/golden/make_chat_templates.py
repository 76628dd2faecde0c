#!/usr/bin/env python3
"""Makes chat-templates.json: conversations rendered by Jinja itself, set up as transformers sets it up.

Run from the repository root: /usr/bin/python3 tests/golden/make_chat_templates.py
The templates are written here in the manner of well-known families; they are nobody's files.
"""

import json

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEMPLATES = {
    # a header and an end for every turn, texts trimmed
    "headers": {
        "template": """{{- bos_token }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
        "variables": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
        "specials": ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"],
    },
    # instructions in brackets, the system's words in the first of them, the order of roles enforced
    "brackets": {
        "template": """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}{% if loop.first and system %}{% set content = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% else %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}""",
        "variables": {"bos_token": "<s>", "eos_token": "</s>"},
        "specials": ["<s>", "</s>", "<unk>"],
    },
    # a default system text; earlier thoughts of the assistant left out: changes what messages say
    "thoughts": {
        "template": """{%- if messages[0].role != 'system' %}
{{- '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'assistant' and '</think>' in message.content %}
{{- '<|im_start|>assistant\\n' + message.content.split('</think>')[-1].lstrip('\\n') + '<|im_end|>\\n' }}
{%- else %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- endif %}""",
        "variables": {"eos_token": "<|im_end|>"},
        "specials": ["<|im_start|>", "<|im_end|>"],
    },
    # another name for the assistant, macros, a filter
    "turns": {
        "template": """{%- macro turn(role, text) -%}<start_of_turn>{{ role }}
{{ text | trim }}<end_of_turn>
{% endmacro -%}
{{ bos_token }}{%- for message in messages if message.role != 'system' %}{% set role = 'model' if message.role == 'assistant' else message.role | lower %}{{ turn(role, message.content) }}{%- endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% endif %}""",
        "variables": {"bos_token": "<bos>"},
        "specials": ["<bos>", "<start_of_turn>", "<end_of_turn>"],
    },
}

CONVERSATIONS = [
    [("user", "What is 2 + 2?")],
    [("user", " Hello\n"), ("assistant", "  Hi there.\n\nWell? "), ("user", "你好 🙂"), ("assistant", "再见")],
    [("system", "Be brief."), ("user", "Sure?"), ("assistant", "Yes.")],
    [("user", "Think."), ("assistant", "<think>\nhm\n</think>\n\nDone."), ("user", "And?"), ("assistant", "No.")],
    [("user", "one"), ("user", "two")],
]


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def main():
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    environment.globals["raise_exception"] = refuse
    families = []
    for name, family in TEMPLATES.items():
        template = environment.from_string(family["template"])
        cases = []
        for conversation in CONVERSATIONS:
            messages = [{"role": role, "content": content} for role, content in conversation]
            for add in (False, True):
                try:
                    text = template.render(messages=messages, add_generation_prompt=add, **family["variables"])
                except jinja2.exceptions.TemplateError as error:
                    text, refused = None, str(error)
                    cases.append({"messages": messages, "addGenerationPrompt": add, "refused": refused})
                    continue
                cases.append({"messages": messages, "addGenerationPrompt": add, "text": text})
        families.append({"name": name, **family, "cases": cases})
    with open("tests/golden/chat-templates.json", "w") as file:
        json.dump({"made_by": "tests/golden/make_chat_templates.py", "jinja2": jinja2.__version__, "families": families}, file, ensure_ascii=False, indent=1)
        file.write("\n")


main()
