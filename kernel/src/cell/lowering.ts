/** Helpers that oxc's lowering of `using` and of legacy decorators calls. */

interface Entry {
  readonly value: unknown;
  readonly dispose: ((this: unknown) => unknown) | undefined;
  readonly asynchronous: boolean;
}

interface UsingContext {
  e: unknown;
  readonly u: <T>(value: T) => T;
  readonly a: <T>(value: T) => T;
  readonly d: () => unknown;
}

const NOTHING = Symbol("no error");

function disposer(value: unknown, asynchronous: boolean): Entry["dispose"] {
  const symbols = Symbol as unknown as Record<string, symbol | undefined>;
  const names = asynchronous ? ["asyncDispose", "dispose"] : ["dispose"];
  for (const name of names) {
    for (const key of [symbols[name], Symbol.for(`Symbol.${name}`)]) {
      const method: unknown = key && (value as Record<symbol, unknown>)[key];
      if (typeof method === "function") return method as Entry["dispose"];
    }
  }
  throw new TypeError("The value of `using` has no [Symbol.dispose] method.");
}

function usingCtx(): UsingContext {
  const stack: Entry[] = [];
  const add =
    (asynchronous: boolean) =>
    <T>(value: T): T => {
      const empty = value === null || value === undefined;
      if (!empty || asynchronous) {
        stack.push({ value, asynchronous, dispose: empty ? undefined : disposer(value, asynchronous) });
      }
      return value;
    };
  const context: UsingContext = { e: NOTHING, u: add(false), a: add(true), d: () => unwind(stack, context) };
  return context;
}

function unwind(stack: Entry[], context: UsingContext): unknown {
  const fail = (error: unknown): void => {
    context.e =
      context.e === NOTHING
        ? error
        : Object.assign(new Error("disposal failed", { cause: error }), { suppressed: context.e });
  };
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    try {
      const outcome = entry.dispose?.call(entry.value);
      if (entry.asynchronous) {
        return Promise.resolve(outcome).then(
          () => unwind(stack, context),
          (error: unknown) => {
            fail(error);
            return unwind(stack, context);
          },
        );
      }
    } catch (error) {
      fail(error);
    }
  }
  if (context.e !== NOTHING) throw context.e;
  return undefined;
}

type Decorator = (target: unknown, key?: unknown, descriptor?: unknown) => unknown;

/** TypeScript's `__decorate` (experimentalDecorators). */
function decorate(
  decorators: readonly Decorator[],
  target: object,
  key?: PropertyKey,
  description?: unknown,
): unknown {
  const method = key !== undefined;
  let result: unknown = !method
    ? target
    : description === null
      ? Object.getOwnPropertyDescriptor(target, key)
      : description;
  for (const decorator of [...decorators].reverse()) {
    result = (method ? decorator(target, key, result) : decorator(result)) ?? result;
  }
  if (method && result !== undefined) Object.defineProperty(target, key, result as PropertyDescriptor);
  return result;
}

const decorateParam =
  (index: number, decorator: (target: unknown, key: unknown, index: number) => void): Decorator =>
  (target, key) => {
    decorator(target, key, index);
  };

/** TypeScript's `__metadata` (emitDecoratorMetadata); nothing without a library that adds Reflect.metadata. */
const decorateMetadata = (key: string, value: unknown): Decorator => {
  const { metadata } = Reflect as unknown as { metadata?: (key: string, value: unknown) => Decorator };
  return metadata?.(key, value) ?? ((target) => void target);
};

export const lowering = { usingCtx, decorate, decorateParam, decorateMetadata };
