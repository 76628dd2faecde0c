import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { KernelClient, Message } from "gradlab-kernel";
import { kernelFor, show, value } from "./kernel-fixture.js";
import { type Json, modelSpecs, WidgetClient, widgetCell } from "./widget-client.js";

async function widgetsFor(t: TestContext): Promise<{ kernel: KernelClient; front: WidgetClient }> {
  const kernel = await kernelFor(t);
  return { kernel, front: new WidgetClient(kernel) };
}

const dataOf = (message: Message): Json => message.content["data"] as Json;

test("every model is one of the protocol's, with its attributes and defaults", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  await widgetCell(
    kernel,
    `const { Widget, Layout, Style, jslink, jsdlink, ...kinds } = widgets;
     for (const Kind of Object.values(kinds) as any[]) new Kind();
     const play = new widgets.Play(); jslink([play, "value"], [play, "max"]); jsdlink([play, "value"], [play, "max"]);`,
  );
  const specs = modelSpecs();
  const seen = new Set<string>();
  for (const { state, metadata } of front.models.values()) {
    assert.deepEqual(metadata, { version: "2.1.0" });
    const name = String(state["_model_name"]);
    const spec = specs.get(name);
    assert.ok(spec, name);
    seen.add(name);
    const attributes = new Map(spec.attributes.map((one) => [one.name, one]));
    assert.deepEqual(
      Object.keys(state).filter((key) => !attributes.has(key)),
      [],
      `${name} has only what the protocol knows`,
    );
    for (const [key, { default: initial }] of attributes) {
      if (key === "_dom_classes") continue; // may be left out: it then has its default
      assert.ok(key in state, `${name}.${key}`);
      if (initial === "reference to new instance") {
        assert.ok(front.models.has(String(state[key]).replace("IPY_MODEL_", "")), `${name}.${key}`);
      } else if (!["source", "target"].includes(key)) {
        // the schema writes the empty range slider's default of Python, which depends on nothing here
        assert.deepEqual(state[key], initial, `${name}.${key}`);
      }
    }
  }
  t.diagnostic(`${seen.size} kinds of models held against @jupyter-widgets/schema`);
  assert.ok(seen.size > 40);
});

test("a widget is shown by its view, with text where widgets cannot be shown", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  const { outputs } = await widgetCell(
    kernel,
    "new widgets.IntSlider({ value: 3, max: 10, layout: { width: '50%' } })",
  );
  const { id, state } = front.model("IntSlider");
  assert.deepEqual(outputs.find(({ type }) => type === "execute_result")?.content["data"], {
    "text/plain": "IntSlider(value=3, max=10)",
    "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: id },
  });
  assert.equal(state["value"], 3);
  const layout = front.models.get(String(state["layout"]).replace("IPY_MODEL_", ""));
  assert.equal(layout?.state["width"], "50%");
  const info = await kernel.request("comm_info_request", { target_name: "jupyter.widget" });
  assert.ok(Object.keys(info.content["comms"] as Json).includes(id));
});

test("the state goes both ways: update, echo_update, correction, request_state, close", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  await widgetCell(
    kernel,
    `const seen: unknown[] = [];
     const s = new widgets.IntSlider({ max: 10 });
     const stop = s.observe(({ name, old, new: now }) => seen.push([name, old, now]), "value");
     s.onChange((now) => seen.push(now));
     s.value = 4; s.value = 4; s.set({ min: 2, max: 6, value: 9 });`,
  );
  const { id, state } = front.model("IntSlider");
  assert.deepEqual([state["min"], state["max"], state["value"]], [2, 6, 6]);
  const updates = front.messages.filter(({ header }) => header.msg_type === "comm_msg").map(dataOf);
  assert.deepEqual(updates, [
    { method: "update", state: { value: 4 }, buffer_paths: [] },
    { method: "update", state: { max: 6, min: 2, value: 6 }, buffer_paths: [] },
  ]);
  assert.equal(await value(kernel, "seen"), "[ [ 'value', 0, 4 ], 4, [ 'value', 4, 6 ], 6 ]");
  await value(kernel, "seen.length = 0; stop(); 0");

  const same = await front.change(id, { value: 5, _view_count: 1 });
  assert.deepEqual(same.map(dataOf), [{ method: "echo_update", state: { value: 5 }, buffer_paths: [] }]);
  const corrected = await front.change(id, { value: 100 });
  assert.deepEqual(corrected.map(dataOf), [
    { method: "echo_update", state: { value: 100 }, buffer_paths: [] },
    { method: "update", state: { value: 6 }, buffer_paths: [] },
  ]);
  const refused = await front.change(id, { value: "hostile" });
  assert.deepEqual(dataOf(refused[1]), { method: "update", state: { value: 6 }, buffer_paths: [] });
  assert.equal(await value(kernel, "[s.value, seen]"), "[ 6, [ 5, 6 ] ]");
  const [whole] = await front.message(id, { method: "request_state" });
  assert.equal((dataOf(whole)["state"] as Json)["max"], 6);
  await value(kernel, "s.close(); 0");
  assert.ok(!front.models.has(id));
});

test("jupyter.widget.control tells all states at once", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  await widgetCell(kernel, "const b = new widgets.HBox({ children: [new widgets.Text({ value: 'a' })] });");
  kernel.send("comm_open", { comm_id: "control", target_name: "jupyter.widget.control", data: {} });
  const [answer] = await front.message("control", { method: "request_states" });
  const {
    method,
    states,
    buffer_paths: paths,
  } = dataOf(answer) as { method: string; states: Json; buffer_paths: unknown };
  assert.equal(method, "update_states");
  assert.deepEqual(paths, []);
  assert.deepEqual(new Set(Object.keys(states)), new Set(front.models.keys()));
  const { id, state } = front.model("HBox");
  assert.deepEqual(states[id], {
    model_name: "HBoxModel",
    model_module: "@jupyter-widgets/controls",
    model_module_version: "2.0.0",
    state,
  });
});

test("binary data is split out of the state and put back", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  await widgetCell(
    kernel,
    `class Bytes extends widgets.Widget<{ image: unknown; list: unknown[] }> {
       constructor() { super({ name: "Bytes", defaults: { image: null, list: [] } }, { image: { w: 1, data: new Uint8Array([1, 2]) }, list: [new Float32Array([1]), "x"] }); }
     }
     const bytes = new Bytes();`,
  );
  const opened = front.messages.find(({ content }) => JSON.stringify(content).includes("BytesModel"));
  assert.deepEqual((dataOf(opened!)["state"] as Json)["image"], { w: 1 });
  assert.deepEqual((dataOf(opened!)["state"] as Json)["list"], [null, "x"]);
  assert.deepEqual(dataOf(opened!)["buffer_paths"], [
    ["image", "data"],
    ["list", 0],
  ]);
  assert.deepEqual(
    opened!.buffers.map((one) => [...one]),
    [
      [1, 2],
      [0, 0, 128, 63],
    ],
  );
  const { id } = front.model("Bytes");
  await front.change(
    id,
    { image: { w: 2 } },
    [
      ["image", "data"],
      ["__proto__", "x"],
      ["no", "where"],
    ],
    [Buffer.from([7]), Buffer.from([8]), Buffer.from([9])],
  );
  assert.equal(await value(kernel, "(bytes.get('image') as any).data[0] + ({} as any).x"), "NaN");
});

test("choices: by value, by label, by object; index and value follow each other", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  await widgetCell(
    kernel,
    `const seen: unknown[] = [];
     const d = new widgets.Dropdown({ options: { slow: 1e-4, fast: 1e-2 }, value: 1e-2, description: "rate" });
     d.onChange((v) => seen.push(v)); d.observe(({ name, old, new: now }) => seen.push([name, old, now]), "value");
     const m = new widgets.SelectMultiple({ options: ["a", "b", "c"], value: ["c"] });
     const t = new widgets.ToggleButtons({ options: [["one", 1], ["two", 2]] });`,
  );
  const { id, state } = front.model("Dropdown");
  assert.deepEqual([state["_options_labels"], state["index"]], [["slow", "fast"], 1]);
  await front.change(id, { index: 0 });
  await front.change(front.model("SelectMultiple").id, { index: [0, 1] });
  assert.equal(
    await value(kernel, "[d.value, d.label, seen, m.value, t.value]"),
    "[ 0.0001, 'slow', [ 0.0001, [ 'value', 0.01, 0.0001 ] ], [ 'a', 'b' ], 1 ]",
  );
  await value(kernel, "d.value = 1e-2; t.value = 2; d.options = ['x']; 0");
  assert.deepEqual([state["_options_labels"], state["index"]], [["x"], 0]);
  const wrong = await show(kernel, "d.value = 'no' as never");
  assert.equal(wrong.reply.ename, "E_USAGE");
  assert.match(wrong.reply.evalue ?? "", /Dropdown: "no" is not one of its options/);
});

test("wrong settings are refused in the user's words and change nothing", async (t) => {
  const { kernel } = await widgetsFor(t);
  await widgetCell(kernel, "const s = new widgets.IntSlider();");
  for (const [code, message] of [
    ["s.value = 1.5", /IntSlider: value must be a whole number, got 1\.5\./],
    ["s.value = 'a' as never", /must be a whole number, got 'a'/],
    ["s.set({ min: 5, max: 1 })", /min is 5, above max, which is 1/],
    ["new widgets.Checkbox({ value: 1 as never })", /Checkbox: value must be a boolean, got 1/],
    ["new widgets.Text({ valeu: 'x' } as never)", /valeu is not one of its settings/],
  ] as const) {
    const { reply } = await show(kernel, code);
    assert.equal(reply.ename, "E_USAGE", code);
    assert.match(reply.evalue ?? "", message);
  }
  assert.equal(await value(kernel, "[s.value, s.min, s.max]"), "[ 0, 0, 100 ]");
});

test("clicks: output goes to the cell that shows the button, errors too", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  await widgetCell(kernel, "const b = new widgets.Button({ description: 'Go' });");
  const shown = await show(
    kernel,
    "b.onClick(async () => { await new Promise((r) => setTimeout(r, 5)); console.log('clicked'); throw new Error('oops') });\nb",
  );
  assert.ok(shown.reply.status === "ok");
  await value(kernel, "0");
  const cell = front.messages.filter(({ header }) => header.msg_type === "execute_result").at(-2)!.parent as {
    msg_id: string;
  };
  await front.custom(front.model("Button").id, { event: "click" });
  const text = front.messages
    .filter(
      ({ header, parent }) =>
        header.msg_type === "stream" && (parent as { msg_id: string }).msg_id === cell.msg_id,
    )
    .map(({ content }) => content["text"] as string)
    .join("");
  assert.match(text, /^clicked\nUncaught Error: oops/);
});

test("an Output names the request whose output it takes; append and clear change its state", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  const { outputs, reply } = await widgetCell(
    kernel,
    `const out = new widgets.Output();
     const got = await out.capture(async () => { console.log("inside"); await null; return 7 });
     console.log("outside", got);
     await out.capture(() => { throw new Error("shown inside") });
     await out.append([{ a: 1 }]); out.appendText("t");`,
  );
  assert.equal(reply.status, "ok");
  const { id, state } = front.model("Output");
  const cell = (
    front.messages.find(({ header }) => header.msg_type === "execute_input")!.parent as { msg_id: string }
  ).msg_id;
  const order = front.messages.flatMap(({ header, content }) => {
    if (header.msg_type === "stream") return [String(content["text"]).split("\n")[0]];
    const sent = (content["data"] as Json | undefined)?.["state"] as Json | undefined;
    return header.msg_type === "comm_msg" && sent !== undefined && "msg_id" in sent ? [sent["msg_id"]] : [];
  });
  assert.deepEqual(order, [cell, "inside", "", "outside 7", cell, "Error: shown inside", ""]);
  assert.equal(outputs.filter(({ type }) => type === "stream").length, 3);
  const [table, text] = state["outputs"] as Json[];
  assert.match(String((table["data"] as Json)["text/html"]), /<table>/);
  assert.deepEqual(text, { output_type: "stream", name: "stdout", text: "t" });
  const echoes = await front.change(id, { outputs: [] });
  assert.deepEqual(echoes, [], "outputs are not echoed");
  await value(kernel, "await out.append(1); out.clear(); 0");
  assert.deepEqual(state["outputs"], []);
});

test("interact: controls by example, and the result in an Output that follows them", async (t) => {
  const { kernel, front } = await widgetsFor(t);
  const { outputs } = await widgetCell(
    kernel,
    `const calls: unknown[] = [];
     const app = interact(({ x, n, on, name, mode, rate }) => { calls.push([x, n, on, name, mode, rate]); console.log("for", x); return { doubled: x * 2 } },
       { x: [0, 10, 0.5], n: [1, 5], on: true, name: "text", mode: ["a", "b"], rate: { slow: 1, fast: 2 } });
     app`,
  );
  const view = outputs.filter(({ type }) => type === "display_data" || type === "execute_result");
  assert.deepEqual(
    view.map(({ content }) => Object.keys(content["data"] as Json)),
    [["text/plain", "application/vnd.jupyter.widget-view+json"], ["text/plain"]],
    "shown once, and the first result",
  );
  const slider = front.model("FloatSlider");
  const own = await front.change(slider.id, { value: 2.5 });
  assert.equal(
    await value(kernel, "calls"),
    "[ [ 5, 3, true, 'text', 'a', 1 ], [ 2.5, 3, true, 'text', 'a', 1 ] ]",
  );
  const request = (own[0].parent as { msg_id: string }).msg_id;
  const seen = own.map(({ header, content }) => {
    const sent = (content["data"] as Json | undefined)?.["state"] as Json | undefined;
    return header.msg_type === "comm_msg" ? Object.entries(sent!).flat().join("=") : header.msg_type;
  });
  assert.deepEqual(seen, [
    "value=2.5",
    `msg_id=${request}`,
    "clear_output",
    "stream",
    "display_data",
    "msg_id=",
  ]);
  assert.deepEqual(own[4].content["data"], { "text/plain": "{ doubled: 5 }" });
  await front.change(front.model("Checkbox").id, { value: false });
  assert.equal(await value(kernel, "calls.at(-1)![2]"), "false");
});

test("widgets are found from a folder that has no packages, by the kernel's own copy", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-bare-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const kernel = await kernelFor(t, { cwd: folder });
  const front = new WidgetClient(kernel);
  await widgetCell(kernel, "new widgets.Label({ value: 'here' })");
  assert.equal(front.model("Label").state["value"], "here");
  assert.equal(await value(kernel, 'import { lineChart } from "gradlab"; typeof lineChart'), "'function'");
});

test("outside a notebook a widget says what is missing", async () => {
  const { widgets } = (await import("gradlab-kernel/widgets")) as { widgets: { Label: new () => object } };
  assert.throws(() => new widgets.Label(), { code: "E_USAGE", sentence: /need a notebook/ });
});

test("cells that use widgets are typed, in a folder without packages too", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-bare-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const kernel = await kernelFor(t, { cwd: folder, typeCheck: "block" });
  await kernel.request("complete_request", { code: "Arra", cursor_pos: 4 });
  const right = await show(
    kernel,
    `import { widgets, interact } from "gradlab-kernel/widgets";
     import { lineChart } from 'gradlab'; lineChart({ series: [{ name: "loss", y: [3, 2, 1] }] });
     const slider = new widgets.IntSlider({ value: 3, layout: { width: "50%" } });
     const doubled: number = slider.value * 2;
     const rate = new widgets.Dropdown({ options: { slow: 1, fast: 2 } });
     const speed: number | null = rate.value;
     interact(({ x, on, mode }) => \`\${x.toFixed(1)} \${on ? mode : ""}\`, { x: [0, 10, 0.1], on: true, mode: ["a", "b"] });
     doubled`,
  );
  assert.equal(right.reply.status, "ok", right.reply.traceback?.join("\n"));
  assert.equal(right.result, "6");
  const wrong = await show(kernel, "new widgets.IntSlider({ value: 'three' })");
  assert.equal(wrong.reply.ename, "TypeCheckError");
  assert.match(wrong.reply.evalue ?? "", /Type 'string' is not assignable to type 'number/);
});
