import { deflateRawSync } from "node:zlib";
import { GradlabError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { writeFileAtomic } from "./write-file.js";

export interface ZipContent {
  readonly name: string;
  readonly content: Uint8Array;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8 = 1 << 11;
/** 1 January 1980, the first day zip knows: equal content gives equal bytes. */
const DATE = 0x21;
const LIMIT = 0xffffffff;

/**
 * Writes a zip archive, atomically.
 *
 * @source PKWARE APPNOTE 6.3.10
 * @throws E_CONFIG beyond 4 GiB or 65 535 files
 */
export async function writeZip(
  path: string,
  files: readonly ZipContent[],
  { compress }: { readonly compress: boolean },
): Promise<void> {
  const packed = files.map((file) => pack(file, compress));
  const total = packed.reduce((sum, { head, data }) => sum + head.byteLength + data.byteLength, 0);
  if (total >= LIMIT || files.length >= 0xffff) {
    throw new GradlabError("E_CONFIG", `${path} would hold ${files.length} files of ${total} bytes.`, {
      hint: "A zip archive holds up to 4 GiB; write several, or a safetensors file.",
    });
  }
  let offset = 0;
  const directory = packed.map(({ head, data, central }) => {
    const entry = central(offset);
    offset += head.byteLength + data.byteLength;
    return entry;
  });
  await writeFileAtomic(path, async (write) => {
    for (const { head, data } of packed) {
      await write(head);
      await write(data);
    }
    for (const entry of directory) await write(entry);
    const size = directory.reduce((sum, { byteLength }) => sum + byteLength, 0);
    await write(
      fields([4, END], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]),
    );
  });
}

interface Packed {
  readonly head: Uint8Array;
  readonly data: Uint8Array;
  /** The entry of the directory, once it is known where the file begins. */
  readonly central: (offset: number) => Uint8Array;
}

function pack({ name, content }: ZipContent, compress: boolean): Packed {
  const data = compress ? deflateRawSync(content) : content;
  const text = Buffer.from(name, "utf8");
  const common: Field[] = [
    [2, VERSION],
    [2, UTF8],
    [2, compress ? 8 : 0],
    [2, 0],
    [2, DATE],
    [4, crc32(content)],
    [4, data.byteLength],
    [4, content.byteLength],
    [2, text.byteLength],
    [2, 0],
  ];
  const rest: Field[] = [
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
  ];
  return {
    head: Buffer.concat([fields([4, LOCAL], ...common), text]),
    data,
    central: (offset) =>
      Buffer.concat([fields([4, CENTRAL], [2, VERSION], ...common, ...rest, [4, offset]), text]),
  };
}

type Field = readonly [bytes: number, value: number];

/** Numbers one behind the other, low bytes first. */
function fields(...values: readonly Field[]): Uint8Array {
  const bytes = Buffer.alloc(values.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of values) at = bytes.writeUIntLE(value, at, width);
  return bytes;
}
