import { randomUUID } from "node:crypto";
import { type MimeBundle, showBundle } from "./display.js";
import { escapeMarkup } from "./escape.js";
import { formatNumber } from "./number.js";
import { throttle } from "./throttle.js";

export interface ProgressOptions {
  /** How many units of work there are; without it only what is done is counted. */
  readonly total?: number;
  readonly label?: string;
}

/** A progress bar that is one output, changed in place. */
export interface Progress {
  /** Sets how much is done, with a note such as "loss 2.1". */
  update(done: number, note?: string): void;
  /** Adds to what is done; default 1. */
  tick(amount?: number, note?: string): void;
  /** Draws the bar a last time as finished. */
  done(note?: string): void;
  /** Draws the bar a last time as stopped before its end. */
  fail(note: string): void;
}

interface State {
  readonly label: string;
  readonly total: number | undefined;
  readonly done: number;
  readonly note: string;
  readonly seconds: number;
  readonly state: "running" | "done" | "failed";
}

const GAP_MS = 100;

/**
 * Shows a progress bar, at most ten changes a second.
 *
 * @example
 * const bar = progress({ total: 100, label: "training" });
 * for (let i = 0; i < 100; i++) bar.tick(1, `loss ${await step()}`);
 * bar.done();
 */
export function progress(options: ProgressOptions = {}): Progress {
  const displayId = `progress-${randomUUID()}`;
  const start = performance.now();
  let [done, note, state]: [number, string, State["state"]] = [0, "", "running"];
  let shown = false;
  const show = (): void => {
    const seconds = (performance.now() - start) / 1000;
    const bundle = bundleOf({ label: options.label ?? "", total: options.total, done, note, seconds, state });
    showBundle(bundle, { displayId, ...(shown ? { update: true } : {}), final: state !== "running" });
    shown = true;
  };
  const drawn = throttle(show, GAP_MS);
  const change = (next: number, text: string | undefined): void => {
    if (state !== "running") return;
    done = next;
    note = text ?? note;
    drawn.request();
  };
  const end = (how: State["state"], text: string | undefined): void => {
    if (state !== "running") return;
    state = how;
    note = text ?? note;
    if (how === "done" && options.total !== undefined) done = options.total;
    drawn.flush();
  };
  drawn.flush();
  return {
    update: change,
    tick: (amount = 1, text) => change(done + amount, text),
    done: (text) => end("done", text),
    fail: (text) => end("failed", text),
  };
}

function bundleOf(state: State): MimeBundle {
  return { "text/html": htmlOf(state), "text/plain": textOf(state) };
}

const share = ({ done, total }: State): number | undefined =>
  total === undefined ? undefined : total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;

function details(state: State): string {
  const { done, total, seconds, note } = state;
  const part = share(state);
  const rate = seconds > 0.5 && done > 0 ? `${formatNumber(done / seconds, 3)}/s` : "";
  const left = state.state === "running" && part !== undefined && part > 0 && part < 1 && seconds > 0.5;
  const time = left
    ? `${clock((seconds * (1 - part)) / part)} left`
    : state.state === "running"
      ? ""
      : clock(seconds);
  const count = total === undefined ? formatNumber(done) : `${formatNumber(done)}/${formatNumber(total)}`;
  return [count, rate, time, note].filter((text) => text !== "").join(" · ");
}

function clock(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

const LENGTH = 30;

function textOf(state: State): string {
  const part = share(state);
  const mark = state.state === "failed" ? " ✗" : state.state === "done" ? " ✓" : "";
  const filled = part === undefined ? 0 : Math.round(part * LENGTH);
  const bar =
    part === undefined
      ? ""
      : `${"━".repeat(filled)}${"─".repeat(LENGTH - filled)} ${Math.floor(part * 100)}%`;
  return [state.label, bar, details(state)].filter((text) => text !== "").join(" ") + mark;
}

/** Colours come from the front end's theme where it has one. */
function htmlOf(state: State): string {
  const part = share(state);
  const color =
    state.state === "failed"
      ? "var(--jp-error-color1, #d32f2f)"
      : state.state === "done"
        ? "var(--jp-success-color1, #2e7d32)"
        : "var(--jp-brand-color1, #1976d2)";
  const percent = part === undefined ? 100 : part * 100;
  const value = part === undefined ? "" : ` aria-valuenow="${percent.toFixed(0)}"`;
  const striped = part === undefined && state.state === "running" ? "opacity:0.35;" : "";
  const label = escapeMarkup(state.label);
  return [
    '<div style="max-width:640px;font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:13px;padding:2px 0">',
    `<div style="display:flex;justify-content:space-between;gap:16px;padding-bottom:3px"><span>${label}</span>`,
    `<span style="opacity:0.75;font-variant-numeric:tabular-nums">${escapeMarkup(details(state))}</span></div>`,
    `<div role="progressbar" aria-label="${label}" aria-valuemin="0" aria-valuemax="100"${value}`,
    ' style="height:6px;border-radius:3px;background:rgba(128,128,128,0.25);overflow:hidden">',
    `<div style="${striped}width:${percent.toFixed(1)}%;height:100%;background:${color}"></div></div></div>`,
  ].join("");
}
