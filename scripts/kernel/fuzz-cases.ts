import { createHmac } from "node:crypto";

/** A generator of equal numbers for equal seeds (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

const DELIMITER = Buffer.from("<IDS|MSG>");

/**
 * What a fuzzed request may ask; none ends the kernel or runs for long. Not interrupt_request, which may by design
 * replace the process that runs cells: interrupt-sweep.ts tries it.
 */
const TYPES = [
  "execute_request",
  "complete_request",
  "inspect_request",
  "is_complete_request",
  "history_request",
  "comm_info_request",
  "comm_open",
  "comm_msg",
  "comm_close",
  "connect_request",
  "kernel_info_request",
  "usage_request",
  "list_subshell_request",
  "delete_subshell_request",
  "input_reply",
  "strange_request",
  "toString",
  "__proto__",
  "",
];

const FIELDS = [
  "code",
  "cursor_pos",
  "silent",
  "store_history",
  "user_expressions",
  "allow_stdin",
  "stop_on_error",
  "detail_level",
  "hist_access_type",
  "session",
  "start",
  "stop",
  "n",
  "pattern",
  "unique",
  "output",
  "raw",
  "comm_id",
  "target_name",
  "data",
  "subshell_id",
  "value",
  "__proto__",
  "constructor",
  "",
];

const CODES = [
  "",
  "1",
  "1 +",
  "const a = 1",
  "a?",
  "??",
  "'",
  "`${",
  "\0",
  "\ud800",
  "é🙂",
  "}",
  "throw 1",
  "\u2028",
];
const TEXTS = [
  "tail",
  "range",
  "search",
  "*",
  "[",
  "[^]",
  "*[*a",
  "0",
  "NaN",
  "null",
  "constructor",
  "x".repeat(5000),
];

/** Any JSON value, nested a little or, rarely, deeply. */
export function anyJson(random: Random, depth = 3): unknown {
  switch (random.below(depth > 0 ? 11 : 8)) {
    case 0:
      return null;
    case 1:
      return random.next() < 0.5;
    case 2:
      return random.below(100) - 50;
    case 3:
      return random.pick([1e308, -1e308, 2 ** 53, 0.5, -0, 1e-300]);
    case 4:
      return random.pick(CODES);
    case 5:
    case 6:
      return random.pick(TEXTS);
    case 7:
      return random.bytes(random.below(20)).toString("latin1");
    case 8:
      return Array.from({ length: random.below(4) }, () => anyJson(random, depth - 1));
    default:
      return anyObject(random, depth - 1);
  }
}

export function anyObject(random: Random, depth = 3): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: random.below(7) }, () => [random.pick(FIELDS), anyJson(random, depth)]),
  );
}

/** A request whose header is right and whose content is not, or the other way round. */
function anyParts(random: Random, id: string): Buffer[] {
  const header: Record<string, unknown> = {
    msg_id: id,
    session: "fuzz",
    username: "fuzz",
    date: "2026-01-01T00:00:00Z",
    msg_type: random.pick(TYPES),
    version: "5.4",
  };
  if (random.next() < 0.2) Object.assign(header, anyObject(random));
  if (random.next() < 0.1)
    header[random.pick(["msg_id", "msg_type", "session", "version"])] = anyJson(random);
  const content: Record<string, unknown> = { ...anyObject(random) };
  // what runs is harmless and short
  if (header["msg_type"] === "execute_request") content["code"] = random.pick(CODES);
  return [header, random.next() < 0.8 ? {} : anyObject(random), anyObject(random), content].map((part) =>
    Buffer.from(JSON.stringify(part)),
  );
}

/** Bytes that are no JSON, or that are unusual JSON. */
function spoil(random: Random, part: Buffer): Buffer {
  const bytes = Buffer.from(part);
  switch (random.below(7)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 1:
      if (bytes.length > 0) bytes[random.below(bytes.length)] ^= 1 << random.below(8);
      return bytes;
    case 2:
      return random.bytes(random.below(200));
    case 3:
      return Buffer.from(random.pick(["", "null", "[]", "0", '"x"', "{", "NaN", "{}{}", " {} ", "\ufeff{}"]));
    case 4: {
      const depth = 10 ** (1 + random.below(5));
      return Buffer.from(
        `{"msg_id":"d","msg_type":"x_request","a":${"[".repeat(depth)}${"]".repeat(depth)}}`,
      );
    }
    case 5:
      return Buffer.from(
        `{"code":"${"\\u0000".repeat(random.below(100))}","n":${"9".repeat(random.below(400))}}`,
      );
    default:
      return Buffer.concat([bytes, random.bytes(random.below(10))]);
  }
}

/** One message to a ROUTER socket, most of them broken somewhere. */
export function anyFrames(random: Random, key: string, id: string): Buffer[] {
  const sign = (parts: readonly Buffer[]): Buffer => {
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return Buffer.from(hmac.digest("hex"));
  };
  const parts = anyParts(random, id);
  const buffers = Array.from({ length: random.below(3) }, () => random.bytes(random.below(100)));
  switch (random.below(8)) {
    case 0: // frames of anything
      return Array.from({ length: 1 + random.below(10) }, () =>
        random.next() < 0.3 ? DELIMITER : random.bytes(random.below(60)),
      );
    case 1: // a wrong signature
      return [DELIMITER, random.pick([Buffer.alloc(0), random.bytes(64), sign(parts).subarray(1)]), ...parts];
    case 2: // a part less, or two in the wrong place
      return [DELIMITER, sign(parts), ...parts.filter(() => random.next() < 0.7)];
    case 3:
    case 4: {
      const at = random.below(4);
      const spoiled = parts.map((part, i) => (i === at ? spoil(random, part) : part));
      return [DELIMITER, sign(spoiled), ...spoiled, ...buffers];
    }
    case 5: // more routing than there is
      return [random.bytes(5), random.bytes(300), DELIMITER, sign(parts), ...parts, ...buffers];
    default:
      return [DELIMITER, sign(parts), ...parts, ...buffers];
  }
}

const GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
  Buffer.concat([Buffer.from("NULL"), Buffer.alloc(16)]),
  Buffer.from([0]),
  Buffer.alloc(31),
]);
const READY = Buffer.concat([
  Buffer.from([4, 41, 5]),
  Buffer.from("READY"),
  Buffer.from([11]),
  Buffer.from("Socket-Type"),
  Buffer.from([0, 0, 0, 6]),
  Buffer.from("DEALER"),
  Buffer.from([8]),
  Buffer.from("Identity"),
  Buffer.from([0, 0, 0, 0]),
]);

/** Bytes for a port that expects ZMTP 3.0: noise, or a greeting that goes wrong at some point. */
export function anyBytes(random: Random): Buffer {
  const good = Buffer.concat([GREETING, READY]);
  switch (random.below(6)) {
    case 0:
      return random.bytes(random.below(300));
    case 1:
      return Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    case 2:
      return good.subarray(0, random.below(good.length));
    case 3: {
      const bent = Buffer.from(good);
      for (let i = 0; i <= random.below(4); i += 1) bent[random.below(bent.length)] = random.below(256);
      return bent;
    }
    case 4: // a frame longer than anyone could send
      return Buffer.concat([
        good,
        Buffer.from([2, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
        random.bytes(50),
      ]);
    default:
      return Buffer.concat([good, random.bytes(random.below(300))]);
  }
}
