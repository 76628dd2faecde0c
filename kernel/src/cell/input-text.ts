/** Shared memory that grows with a long answer (TypeScript's types of it come with ES2024). */
export type InputText = SharedArrayBuffer & {
  readonly maxByteLength: number;
  readonly grow: (byteLength: number) => void;
};

/** Bytes at first, and at most: what the user types or pastes. */
const SIZE = { first: 1 << 16, most: 1 << 28 } as const;

export function createInputText(): InputText {
  const Growable = SharedArrayBuffer as unknown as new (
    byteLength: number,
    options: { readonly maxByteLength: number },
  ) => InputText;
  return new Growable(SIZE.first, { maxByteLength: SIZE.most });
}
