import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { EXECUTE, type Json, RawClient, type RawMessage, replyOf } from "./raw-client.js";

const isQuestion = ({ header }: RawMessage): boolean => header["msg_type"] === "input_request";

/** Runs a cell that asks; resolves with its id and its question. */
async function ask(client: RawClient, code: string): Promise<{ id: string; question: RawMessage }> {
  const id = await client.send("shell", "execute_request", { ...EXECUTE, code });
  await client.until(() => client.of(id).some(isQuestion));
  return { id, question: client.of(id).findLast(isQuestion) as RawMessage };
}

function resultOf(messages: readonly RawMessage[]): unknown {
  const found = messages.find(({ header }) => header["msg_type"] === "execute_result");
  return (found?.content["data"] as Json | undefined)?.["text/plain"];
}

async function answered(t: TestContext, code: string, content: Json): Promise<[RawMessage, unknown]> {
  const client = await RawClient.start(t);
  const { id, question } = await ask(client, code);
  await client.send("stdin", "input_reply", content, { parent: question.header });
  return [question, resultOf(await client.finished(id))];
}

test("prompt asks on stdin and returns the line", async (t) => {
  const [question, result] = await answered(t, "prompt('Name? ')", { value: "Ada 🙂" });
  assert.deepEqual(question.content, { prompt: "Name? ", password: false });
  assert.equal(result, "'Ada 🙂'");
});

test("a password is asked for as such", async (t) => {
  const [question, result] = await answered(t, "Jupyter.password('Key: ').length", { value: "secret" });
  assert.deepEqual(question.content, { prompt: "Key: ", password: true });
  assert.equal(result, "6");
});

test("confirm is true for yes; an empty line takes the fallback; no answer is null", async (t) => {
  const client = await RawClient.start(t);
  const say = async (code: string, content: Json): Promise<unknown> => {
    const { id, question } = await ask(client, code);
    await client.send("stdin", "input_reply", content, { parent: question.header });
    return resultOf(await client.finished(id));
  };
  assert.equal(await say("confirm('Sure?')", { value: "Yes" }), "true");
  assert.equal(await say("confirm('Sure?')", { value: "" }), "false");
  assert.equal(await say("prompt('n', '5')", { value: "" }), "'5'");
  assert.equal(await say("prompt('n', '5')", { value: "7" }), "'7'");
  assert.equal(await say("prompt()", { status: "error" }), "null");
});

test("a long answer arrives whole", async (t) => {
  const [, result] = await answered(t, "const a = prompt(); [a!.length, a!.at(-1)]", {
    value: `${"é".repeat(2_000_000)}!`,
  });
  assert.equal(result, "[ 2000001, '!' ]");
});

test("what was printed before a question is out before it", async (t) => {
  const client = await RawClient.start(t);
  const { id } = await ask(client, "console.log('before'); prompt()");
  // two sockets: the stream was handed over first, but may be read later
  await client.until(() => client.of(id).some(({ header }) => header["msg_type"] === "stream"));
  await client.send("stdin", "input_reply", { value: "" });
  assert.equal(replyOf(await client.finished(id))["status"], "ok");
});

test("without allow_stdin a question is an error that says so", async (t) => {
  const client = await RawClient.start(t);
  for (const code of ["prompt('a')", "confirm('a')", "Jupyter.input('a')", "Jupyter.password('a')"]) {
    const messages = await client.execute(code, { allow_stdin: false });
    assert.equal(replyOf(messages)["ename"], "StdinNotImplementedError");
    assert.match(String(replyOf(messages)["evalue"]), /allow_stdin/);
    assert.ok(!messages.some(isQuestion));
  }
});

test("a question can be interrupted, and a late answer to it is not the next one's", async (t) => {
  const client = await RawClient.start(t);
  const first = await ask(client, "const kept = 5; prompt('first')");
  await client.request("interrupt_request", {}, "control");
  assert.equal(replyOf(await client.finished(first.id))["ename"], "Interrupted");
  await client.send("stdin", "input_reply", { value: "late" }, { parent: first.question.header });
  const second = await ask(client, "[kept, prompt('second')]");
  await client.send("stdin", "input_reply", { value: "later" }, { parent: first.question.header });
  await client.send("stdin", "input_reply", { value: "right" }, { parent: second.question.header });
  assert.equal(resultOf(await client.finished(second.id)), "[ 5, 'right' ]");
});

test("the question goes to the client whose cell asks", async (t) => {
  const client = await RawClient.start(t);
  const other = await RawClient.join(t, client);
  const { id, question } = await ask(client, "prompt()");
  assert.ok(!other.received.some(isQuestion));
  await client.send("stdin", "input_reply", { value: "mine" }, { parent: question.header });
  assert.equal(resultOf(await client.finished(id)), "'mine'");
  assert.equal(resultOf(await other.execute("1")), "1");
});
