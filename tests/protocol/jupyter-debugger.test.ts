import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { installKernelSpec } from "gradlab-kernel";

/** Debian's Python, where its Jupyter packages are. */
const PYTHON = "/usr/bin/python3";

/** The steps of ipykernel's own tests of its debugger, over jupyter_client, with a TypeScript cell. */
const DRIVE = `
import jupyter_client, atexit, time
manager, client = jupyter_client.manager.start_new_kernel(kernel_name="gradlab")
atexit.register(lambda: manager.has_kernel and manager.shutdown_kernel(now=True))
info = client.kernel_info(reply=True, timeout=30)["content"]
assert info["debugger"] is True and "debugger" in info["supported_features"], info
assert manager.kernel_spec.metadata["debugger"] is True
seq = 0
def ask(command, arguments=None):
    global seq
    seq += 1
    message = client.session.msg("debug_request", {"type": "request", "seq": seq, "command": command, "arguments": arguments or {}})
    client.control_channel.send(message)
    while True:
        reply = client.get_control_msg(timeout=30)
        if reply["parent_header"]["msg_id"] == message["header"]["msg_id"]: break
    content = reply["content"]
    assert content["type"] == "response" and content["request_seq"] == seq and content["command"] == command, content
    return content
def event(name):
    while True:
        message = client.get_iopub_msg(timeout=30)
        if message["msg_type"] == "debug_event" and message["content"]["event"] == name: return message["content"].get("body")
def start():
    reply = ask("initialize", {"clientID": "test-client", "clientName": "testClient", "adapterID": "", "pathFormat": "path",
        "linesStartAt1": True, "columnsStartAt1": True, "supportsVariableType": True, "supportsVariablePaging": True,
        "supportsRunInTerminalRequest": True, "locale": "en"})
    assert reply["success"], reply
    assert ask("attach")["success"]
start()
event("initialized")
code = """function f(a: number, b: number) {
  const c = a + b;
  return c;
}

f(2, 3)"""
source = ask("dumpCell", {"code": code})["body"]["sourcePath"]
reply = ask("setBreakpoints", {"breakpoints": [{"line": 2}], "source": {"path": source}, "sourceModified": False})
assert reply["success"] and len(reply["body"]["breakpoints"]) == 1, reply
assert reply["body"]["breakpoints"][0]["verified"]
assert reply["body"]["breakpoints"][0]["source"]["path"] == source
assert source in [one["source"] for one in ask("debugInfo")["body"]["breakpoints"]]
assert ask("configurationDone")["success"]
request = client.execute(code)
assert event("stopped")["reason"] == "breakpoint"
stacks = ask("stackTrace", {"threadId": 1})["body"]["stackFrames"]
assert stacks[0]["source"]["path"] == source and stacks[0]["line"] == 2, stacks
scopes = ask("scopes", {"frameId": stacks[0]["id"]})["body"]["scopes"]
reference = next(scope for scope in scopes if scope["name"] == "Locals")["variablesReference"]
local = ask("variables", {"variablesReference": reference})["body"]["variables"]
rich = ask("richInspectVariables", {"variableName": local[0]["name"], "frameId": stacks[0]["id"]})
assert rich["body"]["data"] == {"text/plain": local[0]["value"]}, (rich, local)
assert ask("next", {"threadId": 1})["success"]
event("continued")
assert event("stopped")["reason"] == "step"
assert ask("continue", {"threadId": 1})["success"]
while True:
    reply = client.get_shell_msg(timeout=30)
    if reply["parent_header"].get("msg_id") == request: break
assert reply["content"]["status"] == "ok", reply
client.execute_interactive("const text = 'Hello the world'", timeout=30)
assert "text" in [one["name"] for one in ask("inspectVariables")["body"]["variables"]]
assert ask("richInspectVariables", {"variableName": "text"})["body"]["data"] == {"text/plain": "'Hello the world'"}
assert ask("disconnect", {"restart": False, "terminateDebuggee": True})["success"]
event("terminated")
reply = client.execute_interactive(code, timeout=30)
assert reply["content"]["status"] == "ok"
print("debugged")
`;

test("Debian's jupyter_client debugs a cell as ipykernel's tests do", (t) => {
  if (spawnSync(PYTHON, ["-c", "import jupyter_client"]).status !== 0) {
    return t.skip("python3-jupyter-client is not installed");
  }
  const folder = mkdtempSync(join(tmpdir(), "gradlab-jupyter-"));
  t.after(() => rmSync(folder, { recursive: true }));
  installKernelSpec({ prefix: folder });
  const env = {
    ...process.env,
    JUPYTER_PATH: join(folder, "share", "jupyter"),
    JUPYTER_RUNTIME_DIR: join(folder, "run"),
  };
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", DRIVE], { env, encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /debugged/);
});
