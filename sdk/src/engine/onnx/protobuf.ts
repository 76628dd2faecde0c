/** Byte fields from this size on are kept by reference until the file is put together. */
const BY_REFERENCE = 4096;

/**
 * The three wire types of protocol buffers that ONNX files use. Large byte fields are not copied before
 * `finish`, however deep the message they stand in: weights are copied once.
 */
export class ProtobufWriter {
  readonly #done: Uint8Array[] = [];
  #doneBytes = 0;
  #bytes = new Uint8Array(64);
  #length = 0;

  /** Bytes written so far. */
  get size(): number {
    return this.#doneBytes + this.#length;
  }

  /** A varint field; negative numbers take the 64-bit two's complement form. */
  int(field: number, value: number): this {
    this.#varint(field << 3);
    if (value >= 0) this.#varint(value);
    else this.#negative(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint((field << 3) | 5);
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#header(field, value.length);
    if (value.length >= BY_REFERENCE) this.#append([value], value.length);
    else this.#copy(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  message(field: number, message: ProtobufWriter): this {
    this.#header(field, message.size);
    if (message.#done.length > 0) this.#append(message.#chunks(), message.size);
    else this.#copy(message.#bytes.subarray(0, message.#length));
    return this;
  }

  /** The whole message as one array. */
  finish(): Uint8Array {
    const whole = new Uint8Array(this.size);
    let at = 0;
    for (const chunk of this.#chunks()) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  #chunks(): Uint8Array[] {
    return [...this.#done, this.#bytes.subarray(0, this.#length)];
  }

  #append(chunks: readonly Uint8Array[], size: number): void {
    this.#done.push(this.#bytes.subarray(0, this.#length), ...chunks);
    this.#doneBytes += this.#length + size;
    this.#bytes = new Uint8Array(64);
    this.#length = 0;
  }

  #header(field: number, length: number): void {
    this.#varint((field << 3) | 2);
    this.#varint(length);
  }

  #copy(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #negative(value: number): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

const encoder = new TextEncoder();
