/** The file that declares what Node has and its own types leave to those of browsers. */
export const NODE_FILE = "gradlab-node.d.ts";

/** In newer versions of Node alone. */
const NEWER: Readonly<Record<string, string>> = {
  navigator:
    "{ readonly hardwareConcurrency: number; readonly language: string; readonly languages: readonly string[]; readonly platform: string; readonly userAgent: string }",
  localStorage: "KeptStrings",
  sessionStorage: "KeptStrings",
  URLPattern: "any",
};

const newer = Object.entries(NEWER)
  .filter(([name]) => name in globalThis)
  .map(([name, type]) => `declare var ${name}: ${type};\n`)
  .join("");

/** The names and signatures of web standards, as far as this version of Node has them; each `any` stands in lib.dom.d.ts. */
export const NODE_NAMES = `${newer}
interface KeptStrings {
  readonly length: number;
  clear(): void;
  getItem(key: string): string | null;
  key(index: number): string | null;
  removeItem(key: string): void;
  setItem(key: string, value: string): void;
}
type BufferSource = ArrayBuffer | ArrayBufferView;
type Crypto = import("node:crypto").webcrypto.Crypto;
type CryptoKey = import("node:crypto").webcrypto.CryptoKey;
type CryptoKeyPair = import("node:crypto").webcrypto.CryptoKeyPair;
type SubtleCrypto = import("node:crypto").webcrypto.SubtleCrypto;
type Performance = import("node:perf_hooks").Performance;
declare var Crypto: { readonly prototype: Crypto };
declare var CryptoKey: { readonly prototype: CryptoKey };
declare var SubtleCrypto: { readonly prototype: SubtleCrypto };
declare var Performance: { readonly prototype: Performance };
declare namespace WebAssembly {
  type ValueType = "anyfunc" | "externref" | "f32" | "f64" | "i32" | "i64" | "v128";
  type TableKind = "anyfunc" | "externref";
  type ImportExportKind = "function" | "global" | "memory" | "table";
  type ExportValue = Function | Global | Memory | Table;
  type ImportValue = ExportValue | number;
  type Exports = Record<string, ExportValue>;
  type Imports = Record<string, Record<string, ImportValue>>;
  interface ModuleExportDescriptor { kind: ImportExportKind; name: string }
  interface ModuleImportDescriptor { kind: ImportExportKind; module: string; name: string }
  interface MemoryDescriptor { initial: number; maximum?: number; shared?: boolean }
  interface TableDescriptor { element: TableKind; initial: number; maximum?: number }
  interface GlobalDescriptor { mutable?: boolean; value: ValueType }
  interface WebAssemblyInstantiatedSource { instance: Instance; module: Module }
  class Module {
    constructor(bytes: BufferSource);
    static customSections(module: Module, name: string): ArrayBuffer[];
    static exports(module: Module): ModuleExportDescriptor[];
    static imports(module: Module): ModuleImportDescriptor[];
  }
  class Instance { constructor(module: Module, imports?: Imports); readonly exports: Exports }
  class Memory { constructor(descriptor: MemoryDescriptor); readonly buffer: ArrayBuffer; grow(delta: number): number }
  class Table {
    constructor(descriptor: TableDescriptor, value?: unknown);
    readonly length: number;
    get(index: number): any;
    grow(delta: number, value?: unknown): number;
    set(index: number, value?: unknown): void;
  }
  class Global { constructor(descriptor: GlobalDescriptor, value?: unknown); value: any; valueOf(): any }
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
  function compile(bytes: BufferSource): Promise<Module>;
  function compileStreaming(source: Response | PromiseLike<Response>): Promise<Module>;
  function instantiateStreaming(
    source: Response | PromiseLike<Response>,
    imports?: Imports,
  ): Promise<WebAssemblyInstantiatedSource>;
  function instantiate(bytes: BufferSource, imports?: Imports): Promise<WebAssemblyInstantiatedSource>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function validate(bytes: BufferSource): boolean;
}
`;
