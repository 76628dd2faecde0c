import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { transformSync } from "oxc-transform";
import { ROOT } from "../../source-files.js";
import { serverFor } from "../server/server-fixture.js";

const DIST = join(ROOT, "lab", "app", "dist");

type Fill = (schema: unknown, data: object) => void;

/** The front end is compiled by its bundler alone: here its module is, by itself. */
async function loadFill(): Promise<Fill> {
  const file = join(ROOT, "lab", "app", "src", "settings", "fill-defaults.ts");
  const { code } = transformSync(file, readFileSync(file, "utf8"));
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { fillDefaults: Fill };
  return module.fillDefaults;
}

interface Ajv {
  addSchema(schema: object, id: string): void;
  getSchema(id: string): ((data: object) => boolean) & { readonly errors?: unknown };
  validateSchema(schema: object): boolean;
}

// JupyterLab's DefaultSchemaValidator is these lines around Ajv, in a module that Node itself cannot load.
const require = createRequire(createRequire(import.meta.url).resolve("@jupyterlab/settingregistry"));
const { default: Validator } = require("ajv") as { default: new (options: object) => Ajv };
const PLUGIN_SCHEMA = require("./plugin-schema.json") as object;

const validator = new Validator({ useDefaults: true, strict: false });
validator.addSchema(PLUGIN_SCHEMA, "jupyterlab-plugin-schema");
const isPlugin = validator.getSchema("jupyterlab-plugin-schema");

/** What JupyterLab makes of a plugin's schema when the user set nothing. */
function byJupyterLab(id: string, schema: object): object {
  assert.ok(isPlugin(structuredClone(schema)), `${id}: ${JSON.stringify(isPlugin.errors)}`);
  assert.ok(validator.validateSchema(schema), id);
  validator.addSchema(schema, id);
  const compose = validator.getSchema(id);
  const composite = {};
  assert.ok(compose(composite), `${id}: ${JSON.stringify(compose.errors)}`);
  return composite;
}

const SCHEMAS: Readonly<Record<string, object>> = {
  nested: {
    properties: {
      a: { type: "object", default: { x: 1 }, properties: { x: { default: 5 }, y: { default: [2] } } },
      b: { type: "object", properties: { z: { default: 1 } } },
      c: { default: null },
    },
  },
  references: {
    definitions: { one: { type: "object", properties: { rank: { default: 50 } } } },
    properties: {
      list: { type: "array", items: { $ref: "#/definitions/one" }, default: [{}, { rank: 1 }] },
      single: { $ref: "#/definitions/one", default: {} },
    },
  },
  places: { properties: { pair: { type: "array", items: [{ default: 1 }, { default: 2 }], default: [7] } } },
  names: {
    properties: {
      map: {
        type: "object",
        default: { ab: {}, other: {} },
        patternProperties: { "^a": { properties: { p: { default: 1 } } } },
        additionalProperties: { properties: { q: { default: 2 } } },
      },
    },
  },
  combined: {
    allOf: [{ properties: { a: { default: 1 } } }],
    anyOf: [{ properties: { b: { default: 2 } } }],
    oneOf: [{ properties: { c: { default: 3 } } }],
  },
};

test("defaults go where JupyterLab's validator puts them", async () => {
  const fill = await loadFill();
  for (const [name, parts] of Object.entries(SCHEMAS)) {
    const schema = { type: "object", ...parts };
    const mine = {};
    fill(schema, mine);
    assert.deepEqual(mine, byJupyterLab(`test:${name}`, schema), name);
  }
});

test("every schema that ships is valid, and gets the defaults that JupyterLab's validator gives it", async (t) => {
  if (!existsSync(join(DIST, "build.json")))
    return t.skip("lab/app/dist is not built; run `node lab/app/build/dist/main.js`");
  const fill = await loadFill();
  const { fetch } = await serverFor(t, { frontEnd: DIST });
  const answer = (await (await fetch("lab/api/settings")).json()) as {
    settings: { id: string; schema: object; is_shipped: boolean }[];
  };
  assert.ok(answer.settings.length > 50);
  for (const { id, schema, is_shipped } of answer.settings) {
    const mine = {};
    fill(schema, mine);
    assert.deepEqual(mine, byJupyterLab(id, schema), id);
    assert.equal(is_shipped, true, id);
  }
});
