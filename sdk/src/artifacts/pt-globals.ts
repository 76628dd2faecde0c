import type { GradlabError } from "../errors.js";
import type { Shape } from "../tensor/index.js";
import { formatError } from "./file.js";
import { type PickleGlobal, type PickleObject, type PickleValue, unsafePickle } from "./pickle.js";
import type { StoredType } from "./tensor-source.js";

/** Storage classes and dtypes of PyTorch, and their element types. */
const STORAGES: Readonly<Record<string, StoredType>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};
const DTYPE_NAMES: Readonly<Record<string, StoredType>> = {
  float64: "float64",
  double: "float64",
  float32: "float32",
  float: "float32",
  float16: "float16",
  half: "float16",
  bfloat16: "bfloat16",
  int64: "int64",
  long: "int64",
  int32: "int32",
  int: "int32",
  int16: "int16",
  short: "int16",
  int8: "int8",
  uint8: "uint8",
  uint16: "uint16",
  uint32: "uint32",
  bool: "bool",
};

export interface StorageRef extends PickleObject {
  readonly kind: "storage";
  readonly type: StoredType | undefined;
  readonly stored: string;
  readonly key: string;
  /** In elements of `type`, or in bytes where it has none. */
  readonly length: number;
}

/** A tensor of the pickle: where its elements lie. */
export interface TensorRef extends PickleObject {
  readonly kind: "tensor";
  readonly storage: StorageRef;
  readonly type: StoredType;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** The only names a state dict needs: containers, storages, dtypes, and PyTorch's three ways to say "tensor". */
export function globalsFor(file: string): ReadonlyMap<string, PickleGlobal> {
  const globals = new Map<string, PickleGlobal>();
  const add = (name: string, call?: PickleGlobal["call"]): void => {
    globals.set(name, { kind: "global", name, ...(call === undefined ? {} : { call }) });
  };
  const bad = (what: string, offset: number): GradlabError =>
    formatError(file, offset, `${what} is malformed.`, "PyTorch's arguments", "others");
  for (const name of Object.keys(STORAGES)) add(`torch.${name}`);
  add("torch.storage.UntypedStorage");
  add("torch.UntypedStorage");
  for (const name of Object.keys(DTYPE_NAMES)) add(`torch.${name}`);
  add("collections.OrderedDict", ([pairs]) => dictOf(pairs));
  add("torch.Size", ([dims]) => (Array.isArray(dims) ? dims : []));
  add("torch.device", (parts) => parts.filter((part) => typeof part !== "object").join(":"));
  add("torch._utils._rebuild_parameter", ([data], offset) => {
    if (!isTensor(data)) throw bad("A parameter", offset);
    return data;
  });
  const rebuild = (args: PickleValue[], offset: number): PickleValue => {
    const tensor = tensorOf(args);
    if (tensor === undefined) throw bad("A tensor", offset);
    return tensor;
  };
  add("torch._utils._rebuild_tensor", rebuild);
  add("torch._utils._rebuild_tensor_v2", rebuild);
  add("torch._utils._rebuild_tensor_v3", rebuild);
  return globals;
}

function dictOf(pairs: PickleValue | undefined): PickleValue {
  const dict = new Map<PickleValue, PickleValue>();
  if (Array.isArray(pairs)) for (const pair of pairs) if (Array.isArray(pair)) dict.set(pair[0], pair[1]);
  return dict;
}

/** (storage, offset, size, stride, requires_grad, hooks[, dtype]) */
function tensorOf([storage, offset, shape, strides, , , dtype]: PickleValue[]): TensorRef | undefined {
  if (!isStorage(storage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides)) return undefined;
  if (shape.length !== strides.length) return undefined;
  const named = isNamedGlobal(dtype) ? DTYPE_NAMES[dtype.name.replace("torch.", "")] : undefined;
  const type = storage.type ?? named;
  return type === undefined ? undefined : { kind: "tensor", storage, type, offset, shape, strides };
}

/** ("storage", class, key, device, length) is the only persistent id that PyTorch writes. */
export function persistentFor(file: string): (id: PickleValue, at: number) => StorageRef {
  return (id, at) => {
    const [tag, kind, key, , length] = Array.isArray(id) ? id : [];
    if (tag !== "storage" || !isNamedGlobal(kind) || typeof key !== "string" || !isSize(length))
      throw unsafePickle(file, at, "it refers to something outside that is no storage", "BINPERSID");
    const name = kind.name.split(".").at(-1) ?? "";
    if (STORAGES[name] === undefined && name !== "UntypedStorage")
      throw unsafePickle(file, at, `it uses ${kind.name} as a storage`, kind.name);
    return { kind: "storage", type: STORAGES[name], stored: kind.name, key, length };
  };
}

const hasKind = (value: PickleValue | undefined): value is PickleObject =>
  typeof value === "object" && value !== null && "kind" in value;
export const isTensor = (value: PickleValue | undefined): value is TensorRef =>
  hasKind(value) && value.kind === "tensor";
const isStorage = (value: PickleValue | undefined): value is StorageRef =>
  hasKind(value) && value.kind === "storage";
const isNamedGlobal = (value: PickleValue | undefined): value is PickleGlobal =>
  hasKind(value) && value.kind === "global";
const isSize = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isSizes = (value: PickleValue | undefined): value is number[] =>
  Array.isArray(value) && value.every(isSize);
