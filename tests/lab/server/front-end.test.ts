import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { get } from "node:http";
import { serverFor } from "./server-fixture.js";

const PLUGIN = "@lab/fonts-extension:sizes";

/** A built front end as lab/app lays it out, as small as can be. */
function builtFrontEnd(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-dist-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const script = `console.log(${"1".repeat(2000)})`;
  const files: Record<string, string | Buffer | object> = {
    "build.json": {
      format: 1,
      versions: { notebook: "7.6.3" },
      entries: { lab: { scripts: ["static/lab.0123456789ab.js"], styles: ["static/lab.css"] } },
      pages: { lab: { entry: "lab", title: "a & b", bodyClass: "", config: { page: "lab" } } },
      links: [{ rel: "icon", href: "static/favicons/favicon.svg", class: "idle favicon" }],
      config: {
        appName: "gradlab",
        baseUrl: "overridden",
        disabledExtensions: ["</script><script>alert(1)//"],
      },
    },
    "static/lab.0123456789ab.js": script,
    "static/lab.0123456789ab.js.gz": gzipSync(script),
    "static/lab.css": "body{}",
    "static/favicons/favicon.svg": "<svg/>",
    "schemas/@lab/fonts-extension/sizes.json": {
      properties: { size: { default: 12 }, look: { default: { a: 1, b: 2 } }, plain: { default: true } },
    },
    "schemas/@lab/fonts-extension/package.json.orig": { version: "4.6.4" },
    "overrides.json": { [PLUGIN]: { size: 14, look: { b: 3 } } },
    "themes/@lab/theme-light/index.css": ":root{}",
    "licenses.json": { bundles: { gradlab: { packages: [] } } },
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const isBytes = typeof content === "string" || Buffer.isBuffer(content);
    writeFileSync(join(folder, name), isBytes ? content : JSON.stringify(content));
  }
  return folder;
}

const configOf = (html: string): Record<string, unknown> =>
  JSON.parse(/<script id="jupyter-config-data"[^>]*>(.*?)<\/script>/s.exec(html)![1]) as Record<
    string,
    unknown
  >;

test("a page: its files below the base URL, its configuration as data that cannot break out, no token", async (t) => {
  const { server, fetch } = await serverFor(t, { frontEnd: builtFrontEnd(t), baseUrl: "/user/ada" });
  assert.match(server.address, /\/user\/ada\/$/);
  const response = await fetch("lab/workspaces/w1/tree/data/a%20b.ipynb");
  const html = await response.text();
  const config = configOf(html);
  assert.match(html, /<title>a &#38; b<\/title>/);
  assert.match(
    html,
    /<link rel="icon" href="\/user\/ada\/static\/favicons\/favicon.svg" class="idle favicon">/,
  );
  assert.match(html, /<script defer src="\/user\/ada\/static\/lab.0123456789ab.js"><\/script>/);
  assert.equal(html.match(/<script/g)?.length, 3);
  assert.deepEqual(
    [
      config["baseUrl"],
      config["token"],
      config["workspace"],
      config["treePath"],
      config["mode"],
      config["page"],
    ],
    ["/user/ada/", "", "w1", "data/a b.ipynb", "multiple-document", "lab"],
  );
  assert.ok(!html.includes(server.token));
  assert.match(response.headers.get("set-cookie")!, /^_xsrf=\w+; Path=\/user\/ada\/;/);
  assert.equal((await fetch("")).headers.get("location"), "/user/ada/lab");
  assert.equal((await fetch("tree")).status, 503); // this build has no such page
  const root = server.address.replace("/user/ada/", "/");
  assert.equal((await globalThis.fetch(`${root}lab`)).status, 404);
  assert.equal((await globalThis.fetch(`${root}user/adam/lab`)).status, 404);
});

test("static files: compressed where the browser takes it, for ever where the name has a hash", async (t) => {
  const { server } = await serverFor(t, { frontEnd: builtFrontEnd(t) });
  const read = (
    headers: Record<string, string>,
  ): Promise<{ headers: Record<string, unknown>; body: Buffer }> =>
    new Promise((resolve, reject) => {
      get(`${server.address}static/lab.0123456789ab.js`, { headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      }).once("error", reject);
    });
  const plain = await read({});
  const packed = await read({ "Accept-Encoding": "gzip, br" });
  assert.equal(plain.headers["content-encoding"], undefined);
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.deepEqual(gunzipSync(packed.body), plain.body);
  for (const { headers } of [plain, packed]) {
    assert.equal(headers["content-type"], "text/javascript; charset=utf-8");
    assert.match(String(headers["cache-control"]), /immutable/);
  }
  const css = await fetch(`${server.address}static/lab.css`);
  assert.equal(css.headers.get("cache-control"), "no-cache");
  assert.equal((await fetch(`${server.address}lab/api/themes/@lab/theme-light/index.css`)).status, 200);
  assert.equal((await fetch(`${server.address}static/absent.js`)).status, 404);
});

test("settings: schemas with our defaults, the user's JSON5 with its comments, faults that lose nothing", async (t) => {
  const { fetch, options } = await serverFor(t, { frontEnd: builtFrontEnd(t) });
  const read = async (): Promise<Record<string, unknown>> =>
    (await (await fetch(`lab/api/settings/${PLUGIN}`)).json()) as Record<string, unknown>;
  const put = (raw: unknown): Promise<Response> =>
    fetch(`lab/api/settings/${PLUGIN}`, { method: "PUT", body: JSON.stringify({ raw }) });
  const first = await read();
  assert.deepEqual(
    [first["id"], first["version"], first["raw"], first["settings"]],
    [PLUGIN, "4.6.4", "{}", {}],
  );
  assert.deepEqual((first["schema"] as { properties: object }).properties, {
    size: { default: 14 },
    look: { default: { a: 1, b: 3 } },
    plain: { default: true },
  });
  const raw = "{\n  // larger\n  size: 20,\n}";
  assert.equal((await put(raw)).status, 204);
  const second = await read();
  assert.deepEqual([second["raw"], second["settings"]], [raw, { size: 20 }]);
  for (const bad of ["{ size: ", "[1]", 5]) assert.equal((await put(bad)).status, 400);
  assert.equal((await read())["raw"], raw);
  const file = join(
    options.configFolder!,
    "user-settings",
    "@lab",
    "fonts-extension",
    "sizes.jupyterlab-settings",
  );
  assert.equal(readFileSync(file, "utf8"), raw);
  writeFileSync(file, "{ damaged");
  const all = (await (await fetch("lab/api/settings")).json()) as { settings: object[]; warnings: string[] };
  assert.deepEqual([all.settings.length, all.warnings.length], [1, 1]);
  const ids = await (await fetch("lab/api/settings?ids_only=true")).json();
  assert.deepEqual(ids, { settings: [{ id: PLUGIN }], warnings: [] });
  for (const id of ["@lab/none:x", "..:x", "@lab/..:x"]) {
    assert.equal((await fetch(`lab/api/settings/${encodeURIComponent(id)}`)).status, 404, id);
  }
});

test("workspaces, configuration sections, licences, translations, identity, status", async (t) => {
  const { fetch } = await serverFor(t, { frontEnd: builtFrontEnd(t) });
  const json = async (path: string): Promise<unknown> => (await fetch(path)).json();
  assert.deepEqual(await json("lab/api/workspaces/new"), { data: {}, metadata: { id: "new" } });
  const workspace = { data: { "layout:x": { main: 1 } }, metadata: { id: "a/../b" } };
  const at = "lab/api/workspaces/a%2F..%2Fb";
  assert.equal((await fetch(at, { method: "PUT", body: JSON.stringify(workspace) })).status, 404);
  const named = { data: workspace.data, metadata: { id: "w 1" } };
  assert.equal(
    (await fetch("lab/api/workspaces/w%201", { method: "PUT", body: JSON.stringify(named) })).status,
    204,
  );
  assert.equal(
    (await fetch("lab/api/workspaces/other", { method: "PUT", body: JSON.stringify(named) })).status,
    400,
  );
  const list = (await json("lab/api/workspaces")) as {
    workspaces: { ids: string[]; values: { data: object }[] };
  };
  assert.deepEqual([list.workspaces.ids, list.workspaces.values[0].data], [["w 1"], workspace.data]);
  assert.equal((await fetch("lab/api/workspaces/w%201", { method: "DELETE" })).status, 204);
  assert.equal((await fetch("lab/api/workspaces/w%201", { method: "DELETE" })).status, 404);

  const patch = (body: object): Promise<Response> =>
    fetch("api/config/notebook", { method: "PATCH", body: JSON.stringify(body) });
  await patch({ a: { b: 1, c: 2 }, d: 1 });
  await patch({ a: { b: null }, d: null });
  assert.deepEqual(await json("api/config/notebook"), { a: { c: 2 } });
  assert.equal((await fetch("api/config/a.b")).status, 400);

  assert.deepEqual(await json("lab/api/licenses"), { bundles: { gradlab: { packages: [] } } });
  assert.deepEqual(await json("lab/api/translations/de_DE"), { data: {}, message: "" });
  assert.deepEqual(Object.keys((await json("lab/api/translations")) as { data: object }), [
    "data",
    "message",
  ]);
  const { identity } = (await json("api/me")) as { identity: { username: string; initials: string } };
  assert.ok(identity.username.length > 0 && identity.initials.length > 0);
  const { kernels, connections } = (await json("api/status")) as { kernels: number; connections: number };
  assert.deepEqual([kernels, connections], [0, 0]);
  assert.deepEqual(await json("api/terminals"), []);
  assert.equal((await fetch("api/terminals", { method: "POST" })).status, 405);
});

test("nbconvert: a page and a script; scripts of outputs stay in the sandbox", async (t) => {
  const { fetch, root } = await serverFor(t);
  const cells = [
    { cell_type: "markdown", metadata: {}, source: "# Title\n\n| a |\n|---|\n| 1 |" },
    {
      cell_type: "code",
      metadata: {},
      source: "1 < 2",
      execution_count: 1,
      outputs: [
        { output_type: "stream", name: "stdout", text: "10%\r100%\n\u001b[31mred\u001b[0m <b>" },
        { output_type: "display_data", data: { "image/png": "iVBOR\n" }, metadata: {} },
        { output_type: "error", ename: "E", evalue: "x", traceback: [] },
      ],
    },
  ];
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
  writeFileSync(join(root, "nb.ipynb"), JSON.stringify(notebook));
  const page = await fetch("nbconvert/html/nb.ipynb?download=true");
  const html = await page.text();
  assert.match(page.headers.get("content-security-policy")!, /sandbox/);
  assert.match(page.headers.get("content-disposition")!, /nb\.html/);
  assert.match(
    html,
    /<h1>Title<\/h1>[^]*<table>[^]*1 &#60; 2[^]*100%\n<span style="color:#c33">red<\/span> &#60;b&#62;/,
  );
  assert.match(html, /src="data:image\/png;base64,iVBOR"[^]*E: x/);
  assert.ok(!html.includes("10%\r"));
  const script = await (await fetch("nbconvert/script/nb.ipynb")).text();
  assert.match(script, /^\/\/ %% \[markdown\]\n\/\/ # Title\n[^]*\/\/ %%\n1 < 2\n$/);
  assert.equal((await fetch("nbconvert/pdf/nb.ipynb")).status, 404);
  assert.deepEqual(Object.keys((await (await fetch("api/nbconvert")).json()) as object), ["html", "script"]);
});
