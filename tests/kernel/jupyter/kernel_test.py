"""jupyter_kernel_test with TypeScript samples for every one of its twelve tests."""

import unittest

import jupyter_kernel_test


class Tests(jupyter_kernel_test.KernelTests):
    kernel_name = "gradlab"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "Math.ma", "matches": {"max"}},
        {"text": "[1,2].flatM", "matches": {"flatMap"}},
        {"text": "'abc'.trimS", "matches": {"trimStart"}},
    ]
    complete_code_samples = ["1", "const a: number = 1", "function f() {\n}", "await 5", "Math.max?"]
    incomplete_code_samples = ["function f() {", "`abc", "[1,", "if (a) {", "/* remark"]
    invalid_code_samples = ["const = 1", "import =", "1 2", "'abc", ")"]
    code_page_something = "Math.max?"
    code_generate_error = "throw new Error('x')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'a' + 1", "result": "'a1'"},
        {"code": "[1, 2]", "result": "[ 1, 2 ]"},
        {"code": "const a: bigint = 1n; a", "result": "1n"},
        {"code": "[{ a: 1 }]", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": "Jupyter.displayBundle({'image/svg+xml': '<svg/>'})", "mime": "image/svg+xml"},
        {"code": "display([{ a: 1 }])", "mime": "text/html"},
        {"code": "display(Jupyter.md`**a**`)", "mime": "text/markdown"},
    ]
    code_history_pattern = "[1[]*2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_clear_output = "Jupyter.clearOutput()"


unittest.main(argv=["kernel_test", "-v"])
