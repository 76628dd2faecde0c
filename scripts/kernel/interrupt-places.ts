/** Run once before the places: what they need, and what must be left of it after every interrupt. */
export const PRELUDE = String.raw`
import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { readFile, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
let kept = { answer: 42 };
const store = new AsyncLocalStorage<number>();
const spin = (): never => { for (;;) {} };
const never = (): Promise<never> => new Promise(() => {});
const deep = Array.from({ length: 2e5 }, (_, i) => ({ i, text: "x".repeat(20), inner: [i, { i }] }));
const server = createServer(() => {}).listen(0, "127.0.0.1");
server.unref();
const wasm = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 112, 105, 110, 0, 0,
  10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11,
))).exports as { spin(): void };
`;

/** Where a cell can be when the user presses stop; each goes on for ever. */
export const PLACES: Readonly<Record<string, string>> = {
  "a loop": "for (;;) {}",
  "a loop after an await": "await sleep(5); for (;;) {}",
  "a loop with finally": "try { for (;;) {} } finally { 0 }",
  "a loop that catches": "for (;;) { try { null!.x } catch {} }",
  "a pending promise": "await never()",
  "resolved promises": "for (let i = 0; ; i++) await null",
  "a chain of sleeps": "for (;;) await sleep(1)",
  "an asynchronous generator":
    "async function* ones() { for (;;) yield 1 } for await (const one of ones()) void one",
  "a chain of microtasks": "const again = () => queueMicrotask(again); again(); await never()",
  "a timer": "setTimeout(spin, 1); await never()",
  "an interval": "const beat = setInterval(spin, 1); try { await never() } finally { clearInterval(beat) }",
  "an immediate": "setImmediate(spin); await never()",
  "a next tick": "process.nextTick(spin); await never()",
  "a callback of fs": 'readFile("/proc/self/stat", spin); await never()',
  "a listener of an emitter": 'new EventEmitter().on("tick", spin).emit("tick")',
  "a request that is never answered":
    "await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}`)",
  "a regular expression": "/^(a+)+$/.test('a'.repeat(60) + 'b')",
  JSON: "for (;;) JSON.parse(JSON.stringify(deep))",
  allocation: "for (let all: unknown[] = []; ; all.length > 1e5 && (all = [])) all.push({ one: [1, 2, 3] })",
  "a comparator": "[...Array(9).keys()].sort(spin)",
  "a WebAssembly loop": "wasm.spin()",
  "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  printing: "for (;;) console.log('x')",
  "an AsyncLocalStorage":
    "await store.run(1, async () => { for (;;) { await sleep(0); store.run(2, () => store.getStore()) } })",
  "a loop within an AsyncLocalStorage": "await store.run(1, async () => { await null; spin() })",
  "promises within an AsyncLocalStorage":
    "await store.run(1, async () => { for (;;) await Promise.all([null, Promise.resolve()]) })",
  "timers within an AsyncLocalStorage":
    "store.run(1, () => { const tick = () => { for (let i = 0; i < 1e5; i++) store.getStore(); setTimeout(tick) }; tick() }); await never()",
  "a job of the SDK":
    "await new Job(async ({ checkpoint }) => { for (;;) { await sleep(1); checkpoint() } })",
  "a job of the SDK that does not yield": "await new Job(async () => spin())",
};
