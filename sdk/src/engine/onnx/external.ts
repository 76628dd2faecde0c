import { ProtobufWriter } from "./protobuf.js";

/** Arrays from this size on lie in the file of weights; shapes and single numbers have to stay in the model. */
const SMALLEST = 1024;
/** Large arrays begin at multiples of a page, so that a reader may map the file into memory. */
const PAGE = 4096;

/** The second file of a model, whose arrays lie behind one another. */
export class ExternalData {
  readonly parts: Uint8Array[] = [];
  #size = 0;

  /** @param location the file's name, beside the model's */
  constructor(readonly location: string) {}

  takes(bytes: Uint8Array): boolean {
    return bytes.byteLength >= SMALLEST;
  }

  /**
   * Adds an array and says in its TensorProto where it lies.
   *
   * @source onnx.proto3: external_data = 13 (key = 1, value = 2), data_location = 14 (EXTERNAL = 1)
   */
  add(bytes: Uint8Array, tensor: ProtobufWriter): void {
    const gap = (PAGE - (this.#size % PAGE)) % PAGE;
    if (gap > 0) this.parts.push(new Uint8Array(gap));
    const offset = this.#size + gap;
    this.parts.push(bytes);
    this.#size = offset + bytes.byteLength;
    const entries = { location: this.location, offset, length: bytes.byteLength };
    for (const [key, value] of Object.entries(entries)) {
      tensor.message(13, new ProtobufWriter().string(1, key).string(2, String(value)));
    }
    tensor.int(14, 1);
  }
}
