import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { JsonObject } from "gradlab-kernel";
import { parseSync } from "oxc-parser";

/**
 * The shapes of the Debug Adapter Protocol, read from its own declarations (the package
 * @vscode/debugprotocol, made from the specification's schema), and those that Jupyter adds.
 */
interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const require = createRequire(import.meta.url);
const OFFICIAL = readFileSync(require.resolve("@vscode/debugprotocol/lib/debugProtocol.d.ts"), "utf8");

/** After "Messaging in Jupyter", Additions to the DAP, and what JupyterLab 4 reads. */
const ADDED = `
interface DebugInfoRequest extends Request { arguments?: {} }
interface DebugInfoResponse extends Response { body: {
  isStarted: boolean; hashMethod: 'Murmur2'; hashSeed: number; tmpFilePrefix: string; tmpFileSuffix: string;
  breakpoints: { source: string; breakpoints: SourceBreakpoint[] }[]; stoppedThreads: number[];
  richRendering?: boolean; exceptionPaths: string[]; copyToGlobals?: boolean } }
interface DumpCellRequest extends Request { arguments: { code: string } }
interface DumpCellResponse extends Response { body: { sourcePath: string } }
interface InspectVariablesRequest extends Request { arguments?: { references?: boolean } }
interface InspectVariablesResponse extends Response { body: { variables: Variable[] } }
interface RichInspectVariablesRequest extends Request { arguments: { variableName: string; frameId?: number } }
interface RichInspectVariablesResponse extends Response { body: { data: any; metadata: any } }
interface CopyToGlobalsRequest extends Request { arguments: { srcVariableName: string; dstVariableName: string; srcFrameId: number } }
interface CopyToGlobalsResponse extends Response { body: { value: string; type?: string; variablesReference?: number; namedVariables?: number; indexedVariables?: number; presentationHint?: VariablePresentationHint } }
`;

const declared = new Map<string, Node>();
for (const text of [OFFICIAL, ADDED]) {
  const { program, errors } = parseSync("shapes.d.ts", text, { lang: "dts", sourceType: "module" });
  assert.deepEqual(errors, []);
  collect(program as unknown as Node);
}

function collect(node: Node): void {
  if (node.type === "TSInterfaceDeclaration" || node.type === "TSTypeAliasDeclaration") {
    declared.set((node["id"] as { name: string }).name, node);
  }
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof child === "object" && child !== null && "type" in child) collect(child as Node);
    }
  }
}

interface Field {
  readonly optional: boolean;
  readonly type: Node;
}

/** The fields of an interface, those it extends included; `open` when any other name may stand there. */
function fieldsOf(name: string): { fields: Map<string, Field>; open: boolean } {
  const node = declared.get(name);
  assert.ok(node, `the protocol declares no ${name}`);
  const found = { fields: new Map<string, Field>(), open: false };
  for (const parent of (node["extends"] ?? []) as { expression: { name: string } }[]) {
    const inherited = fieldsOf(parent.expression.name);
    for (const [key, field] of inherited.fields) found.fields.set(key, field);
    found.open ||= inherited.open;
  }
  addMembers((node["body"] as { body: Node[] }).body, found);
  return found;
}

function addMembers(members: readonly Node[], found: { fields: Map<string, Field>; open: boolean }): void {
  for (const member of members) {
    if (member.type === "TSIndexSignature") found.open = true;
    if (member.type !== "TSPropertySignature") continue;
    const key = member["key"] as { name?: string; value?: string };
    const type = (member["typeAnnotation"] as { typeAnnotation: Node }).typeAnnotation;
    found.fields.set(key.name ?? key.value ?? "", { optional: member["optional"] === true, type });
  }
}

function checkFields(value: unknown, { fields, open }: ReturnType<typeof fieldsOf>, at: string): void {
  assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), `${at} is no object`);
  const object = value as JsonObject;
  for (const [key, { optional, type }] of fields) {
    if (object[key] === undefined) assert.ok(optional, `${at}.${key} is missing`);
    else check(object[key], type, `${at}.${key}`);
  }
  if (open) return;
  for (const key of Object.keys(object)) assert.ok(fields.has(key), `${at}.${key} is not in the protocol`);
}

function check(value: unknown, type: Node, at: string): void {
  switch (type.type) {
    case "TSStringKeyword":
      return assert.equal(typeof value, "string", at);
    case "TSNumberKeyword":
      return assert.ok(typeof value === "number" && Number.isFinite(value), at);
    case "TSBooleanKeyword":
      return assert.equal(typeof value, "boolean", at);
    case "TSAnyKeyword":
      return undefined;
    case "TSNullKeyword":
      return assert.equal(value, null, at);
    case "TSLiteralType":
      return assert.equal(value, (type["literal"] as { value: unknown }).value, at);
    case "TSParenthesizedType":
      return check(value, type["typeAnnotation"] as Node, at);
    case "TSArrayType":
      assert.ok(Array.isArray(value), `${at} is no list`);
      return value.forEach((one, i) => check(one, type["elementType"] as Node, `${at}[${i}]`));
    case "TSUnionType":
      return checkUnion(value, type["types"] as Node[], at);
    case "TSTypeLiteral": {
      const found = { fields: new Map<string, Field>(), open: false };
      addMembers(type["members"] as Node[], found);
      return checkFields(value, found, at);
    }
    case "TSTypeReference":
      return checkNamed(value, (type["typeName"] as { name: string }).name, at);
    default:
      throw new Error(`${at}: this test cannot read ${type.type}`);
  }
}

function checkNamed(value: unknown, name: string, at: string): void {
  const node = declared.get(name);
  if (node?.type === "TSTypeAliasDeclaration") return check(value, node["typeAnnotation"] as Node, at);
  return checkFields(value, fieldsOf(name), at);
}

function checkUnion(value: unknown, types: readonly Node[], at: string): void {
  const faults: string[] = [];
  for (const type of types) {
    try {
      return check(value, type, at);
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  assert.fail(`${at} is ${JSON.stringify(value)}: ${faults.join("; ")}`);
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export function checkRequest(request: JsonObject): void {
  const name = `${capital(String(request["command"]))}Request`;
  // what a front end may send that nobody declares is still a request
  checkNamed(request, declared.has(name) ? name : "Request", name);
}

export function checkResponse(response: JsonObject): void {
  assert.equal(response["type"], "response");
  const name = `${capital(String(response["command"]))}Response`;
  if (response["success"] === true) return checkNamed(response, name, name);
  assert.equal(typeof response["message"], "string");
  return checkNamed(response, "ErrorResponse", name);
}

export function checkEvent(event: JsonObject): void {
  assert.equal(event["type"], "event");
  const name = `${capital(String(event["event"]))}Event`;
  checkNamed(event, name, name);
}
