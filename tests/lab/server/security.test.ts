import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { request as rawRequest } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { hashPassword, type LabServer, ServerError, startLabServer } from "gradlab-lab-server";
import { WebSocket } from "./page.js";
import { request, serverFor } from "./server-fixture.js";

/** A request as it is on the wire: fetch would mend the path and set its own Host. */
function raw(
  server: LabServer,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = rawRequest({ host: "127.0.0.1", port: server.port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.once("error", reject).end();
  });
}

const token = (server: LabServer): Record<string, string> => ({ Authorization: `token ${server.token}` });

/** Logs in as a browser does; its cookies. */
async function logIn(server: LabServer): Promise<{ cookie: string; xsrf: string }> {
  const { headers } = await raw(server, `/lab?token=${server.token}`);
  const cookies = (headers["set-cookie"] as string[]).map((line) => line.split(";")[0]);
  const xsrf = cookies.find((cookie) => cookie.startsWith("_xsrf="))!.slice("_xsrf=".length);
  return { cookie: cookies.join("; "), xsrf };
}

test("by default: loopback, and a random token without which nothing is told", async (t) => {
  const { server } = await serverFor(t);
  const other = await serverFor(t);
  assert.match(server.address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.match(server.token, /^[0-9a-f]{48}$/);
  assert.notEqual(server.token, other.server.token);
  for (const path of [
    "/api/contents",
    "/api/kernels",
    "/api/sessions",
    "/files/a",
    "/api/me",
    "/lab/api/settings",
  ]) {
    assert.equal((await raw(server, path)).status, 403, path);
    assert.equal((await raw(server, path, { Authorization: "token wrong" })).status, 403, path);
  }
  assert.equal((await raw(server, "/api/kernels", token(server))).status, 200);
  assert.equal((await raw(server, "/api/kernels", { Authorization: `Bearer ${server.token}` })).status, 200);
});

test("the token in an address becomes a cookie: HttpOnly, SameSite, named with the port; the address is cleaned", async (t) => {
  const { server } = await serverFor(t);
  const { status, headers } = await raw(server, `/lab/tree/a%20b?token=${server.token}&reset=1`);
  assert.equal(status, 302);
  assert.equal(headers["location"], "/lab/tree/a%20b?reset=1");
  const [login, xsrf] = headers["set-cookie"] as string[];
  assert.match(
    login,
    new RegExp(`^gradlab-${server.port}=[^;]+; Path=/; SameSite=Strict; HttpOnly; Max-Age=\\d+$`),
  );
  assert.match(xsrf, /^_xsrf=[0-9a-f]{32}; Path=\/; SameSite=Strict$/);
  const wrong = await raw(server, "/lab?token=wrong");
  assert.equal(wrong.headers["set-cookie"], undefined);
  const page = await raw(server, "/lab");
  assert.equal(page.headers["location"], "/login?next=%2Flab");
  const forged = login.split(";")[0].replace(/.$/, (last) => (last === "0" ? "1" : "0"));
  assert.equal((await raw(server, "/lab", { Cookie: forged })).status, 302);
});

test("XSRF: a cookie alone may read from our pages and may not write", async (t) => {
  const { server } = await serverFor(t);
  const { cookie, xsrf } = await logIn(server);
  const own = { Cookie: cookie, Referer: `${server.address}lab` };
  assert.equal((await raw(server, "/api/kernels", own)).status, 200);
  assert.equal((await raw(server, "/api/contents", own, "POST")).status, 403);
  assert.equal((await raw(server, "/api/contents", { ...own, "X-XSRFToken": "wrong" }, "POST")).status, 403);
  assert.equal((await raw(server, "/api/contents", { ...own, "X-XSRFToken": xsrf }, "POST")).status, 201);
});

test("reads by other sites are refused: by Origin, Referer or Sec-Fetch-Site", async (t) => {
  const { server, root } = await serverFor(t);
  writeFileSync(join(root, "a.js"), "secret()");
  const { cookie: Cookie } = await logIn(server);
  for (const path of ["/files/a.js", "/api/contents/a.js"]) {
    const get = (headers: Record<string, string>): Promise<number> =>
      raw(server, path, { Cookie, ...headers }).then(({ status }) => status);
    assert.equal(await get({}), 403);
    assert.equal(await get({ Referer: "http://evil.example/" }), 403);
    assert.equal(await get({ Referer: `http://evil.example/${server.address}` }), 403);
    assert.equal(await get({ "Sec-Fetch-Site": "cross-site" }), 403);
    assert.equal(await get({ "Sec-Fetch-Site": "same-site" }), 403); // another port of this machine
    assert.equal(await get({ "Sec-Fetch-Site": "none" }), 200); // typed by the user
    assert.equal(await get({ "Sec-Fetch-Site": "same-origin" }), 200);
    assert.equal(await get({ Origin: "null", "Sec-Fetch-Site": "same-origin" }), 403);
    assert.equal(await get({ Origin: `http://127.0.0.1:${server.port}` }), 200);
  }
});

test("Origin: writes of pages from elsewhere are refused, unless allowed by name", async (t) => {
  const { server } = await serverFor(t, { allowedOrigins: ["https://course.example"] });
  const { cookie: Cookie, xsrf } = await logIn(server);
  const post = (Origin: string): ReturnType<typeof raw> =>
    raw(server, "/api/contents", { Cookie, "X-XSRFToken": xsrf, Origin }, "POST");
  assert.equal((await post("https://evil.example")).status, 403);
  assert.equal((await post(`http://127.0.0.1:${server.port + 1}`)).status, 403);
  const allowed = await post("https://course.example");
  assert.deepEqual(
    [allowed.status, allowed.headers["access-control-allow-origin"]],
    [201, "https://course.example"],
  );
  const longer = await post("https://course.example.evil.org");
  assert.deepEqual([longer.status, longer.headers["access-control-allow-origin"]], [403, undefined]);
});

test("Host: a name that was made to resolve to loopback is refused", async (t) => {
  const { server } = await serverFor(t, { allowedHosts: ["lab.example"] });
  const get = (Host: string): Promise<number> =>
    raw(server, "/api/kernels", { ...token(server), Host }).then(({ status }) => status);
  assert.equal(await get("evil.example"), 403);
  assert.equal(await get(`evil.example:${server.port}`), 403);
  assert.equal(await get("127.0.0.1.evil.example"), 403);
  assert.equal(await get("localhost.evil.example"), 403);
  for (const host of ["localhost", `localhost:${server.port}`, "127.0.0.1", "[::1]:80", "lab.example"]) {
    assert.equal(await get(host), 200, host);
  }
});

test("a WebSocket is admitted by token or cookie, and only from our pages", async (t) => {
  const { server, fetch } = await serverFor(t);
  const kernel = (await (await fetch("api/kernels", { method: "POST", body: "{}" })).json()) as {
    id: string;
  };
  const { cookie } = await logIn(server);
  const url = `${server.address.replace("http", "ws")}api/kernels/${kernel.id}/channels`;
  const open = (headers: Record<string, string>, address = url): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(address, { headers });
      socket.once("open", () => (socket.close(), resolve("open")));
      socket.once("unexpected-response", (_request, response) => resolve(String(response.statusCode)));
      socket.once("error", () => resolve("error"));
    });
  assert.equal(await open({}), "403");
  assert.equal(await open({ Cookie: cookie, Origin: "http://evil.example" }), "403");
  assert.equal(
    await open({ Cookie: cookie, Origin: `http://127.0.0.1:${server.port}`, Host: "evil.example" }),
    "403",
  );
  assert.equal(await open({ Cookie: cookie, Origin: `http://127.0.0.1:${server.port}` }), "open");
  assert.equal(await open({}, `${url}?token=${server.token}`), "open");
  assert.equal(await open(token(server), url.replace(kernel.id, "none")), "404");
});

test("nothing outside the folder is reached: dot-segments, prefixes, links, zero bytes; read or written", async (t) => {
  const { server, root, outside, fetch } = await serverFor(t);
  writeFileSync(join(outside, "secret.txt"), "secret");
  symlinkSync(outside, join(root, "link"));
  symlinkSync(join(outside, "secret.txt"), join(root, "link.txt"));
  symlinkSync(join(outside, "absent.txt"), join(root, "dangling.txt"));
  mkdirSync(join(root, "inside"));
  const paths = [
    "../root-secret/secret.txt",
    "%2e%2e/root-secret/secret.txt",
    "..%2froot-secret%2fsecret.txt",
    "inside/..%2f..%2froot-secret/secret.txt",
    "inside/%2e%2e/%2e%2e/root-secret/secret.txt",
    "..%5croot-secret%5csecret.txt",
    "link/secret.txt",
    "link.txt",
    "dangling.txt",
    "secret.txt%00.ipynb",
    "inside/./../../root-secret/secret.txt",
  ];
  for (const path of paths) {
    for (const base of ["/files/", "/api/contents/", "/static/", "/lab/api/themes/"]) {
      const { status, body } = await raw(server, base + path, token(server));
      assert.ok(status === 404 || status === 400, `${base}${path}: ${status}`);
      assert.ok(!body.includes(outside), body);
    }
    const put = { type: "file", format: "text", content: "overwritten" };
    const response = await fetch(`api/contents/${path}`, { method: "PUT", body: JSON.stringify(put) });
    assert.ok(response.status >= 400, `PUT ${path}: ${response.status}`);
  }
  for (const to of ["../root-secret/moved.txt", "link/moved.txt", "/../root-secret/x", ".."]) {
    writeFileSync(join(root, "a.txt"), "a");
    const init = { method: "PATCH", body: JSON.stringify({ path: to }) };
    assert.ok((await fetch("api/contents/a.txt", init)).status >= 400, to);
    const copy = { method: "POST", body: JSON.stringify({ copy_from: to }) };
    assert.ok((await fetch("api/contents", copy)).status >= 400, to);
  }
  assert.equal(readFileSync(join(outside, "secret.txt"), "utf8"), "secret");
  assert.throws(() => statSync(join(outside, "absent.txt")));
  // what a link names is not deleted with it, and the listing does not show what lies outside
  assert.ok((await fetch("api/contents/link.txt", { method: "DELETE" })).status >= 400);
  const { content } = (await (await fetch("api/contents")).json()) as { content: { name: string }[] };
  assert.deepEqual(content.map(({ name }) => name).sort(), ["a.txt", "inside"]);
});

test("files with a dot are hidden from reading and writing, unless allowed", async (t) => {
  const { root, fetch } = await serverFor(t);
  writeFileSync(join(root, ".env"), "KEY=1");
  const put = { method: "PUT", body: JSON.stringify({ type: "file", format: "text", content: "x" }) };
  assert.equal((await fetch("api/contents/.env")).status, 404);
  assert.equal((await fetch("files/.env")).status, 404);
  assert.equal((await fetch("api/contents/.bashrc", put)).status, 404);
  assert.equal((await fetch("api/contents/.ssh/config", put)).status, 404);
  const open = await serverFor(t, { allowHidden: true });
  writeFileSync(join(open.root, ".env"), "KEY=1");
  assert.equal((await open.fetch("api/contents/.env")).status, 200);
});

test("files are sandboxed, answers allow nothing, pages no foreign frames; types are never guessed", async (t) => {
  const { root, fetch } = await serverFor(t);
  writeFileSync(join(root, "evil.html"), "<script>parent.steal()</script>");
  const file = await fetch("files/evil.html");
  assert.match(file.headers.get("content-security-policy")!, /sandbox allow-scripts/);
  const api = await fetch("api/contents");
  assert.match(api.headers.get("content-security-policy")!, /default-src 'none'/);
  const page = await fetch("login");
  assert.match(page.headers.get("content-security-policy")!, /frame-ancestors 'self'/);
  for (const { headers } of [file, api, page]) assert.equal(headers.get("x-content-type-options"), "nosniff");
  const named = await fetch("files/evil.html?download=1");
  assert.match(named.headers.get("content-disposition")!, /^attachment; filename="evil.html"/);
});

test("a notebook from elsewhere is not trusted; saving or trusting signs it with a key only the user reads", async (t) => {
  const { root, options, fetch } = await serverFor(t);
  const output = {
    output_type: "display_data",
    data: { "text/html": "<script>steal()</script>" },
    metadata: {},
  };
  const cell = {
    id: "a",
    cell_type: "code",
    metadata: {},
    source: "1",
    outputs: [output],
    execution_count: 1,
  };
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] };
  writeFileSync(join(root, "nb.ipynb"), JSON.stringify(notebook));
  const read = async (): Promise<{ cells: { metadata: { trusted?: boolean } }[] }> =>
    ((await (await fetch("api/contents/nb.ipynb")).json()) as { content: typeof notebook }).content;
  const save = (content: object): Promise<Response> =>
    fetch("api/contents/nb.ipynb", {
      method: "PUT",
      body: JSON.stringify({ type: "notebook", format: "json", content }),
    });
  assert.equal((await read()).cells[0].metadata.trusted, false);
  await save(await read()); // saving what is not trusted does not make it so
  assert.equal((await read()).cells[0].metadata.trusted, false);
  await fetch("api/contents/nb.ipynb/trust", { method: "POST" });
  const trusted = await read();
  assert.equal(trusted.cells[0].metadata.trusted, true);
  await save({ ...trusted, metadata: { title: "changed in a page" } });
  assert.equal((await read()).cells[0].metadata.trusted, true);
  const stored = readFileSync(join(root, "nb.ipynb"), "utf8");
  assert.ok(!stored.includes("trusted"));
  writeFileSync(join(root, "nb.ipynb"), stored.replace("steal()", "steal(2)"));
  assert.equal((await read()).cells[0].metadata.trusted, false);
  for (const name of ["notebook_secret", "notebook_signatures", "cookie_secret"]) {
    assert.equal(statSync(join(options.dataFolder!, name)).mode & 0o777, 0o600, name);
  }
});

test("a server beyond loopback needs a token or a password", async (t) => {
  const { options } = await serverFor(t);
  for (const ip of ["0.0.0.0", "::", "192.0.2.1"]) {
    await assert.rejects(startLabServer({ ...options, ip, token: "" }), (error) => {
      return error instanceof ServerError && error.code === "E_OPEN_SERVER";
    });
  }
  const open = await startLabServer({ ...options, token: "" }); // on loopback it is the user's choice
  assert.equal((await raw(open, "/api/kernels", { "Sec-Fetch-Site": "none" })).status, 200);
  assert.equal((await raw(open, "/api/kernels", { "Sec-Fetch-Site": "cross-site" })).status, 403);
  assert.equal((await raw(open, "/api/contents", {}, "POST")).status, 403); // XSRF still holds
  await open.close();
});

/** A login form as a browser sends it. */
async function loginForm(
  server: LabServer,
): Promise<(password: string, next?: string, field?: string) => Promise<Response>> {
  const form = await raw(server, "/login");
  const xsrf = /^_xsrf=([0-9a-f]+)/.exec((form.headers["set-cookie"] as string[])[0])![1];
  return (password, next = "/lab", field = xsrf) =>
    request(server, `login?next=${encodeURIComponent(next)}`, {
      method: "POST",
      anonymous: true,
      headers: { Cookie: `_xsrf=${xsrf}` },
      body: new URLSearchParams({ password, _xsrf: field }),
    });
}

test("a login leads nowhere else, and its form is bound to the browser", async (t) => {
  const { server } = await serverFor(t);
  const post = await loginForm(server);
  assert.equal((await post(server.token, "/lab", "0")).status, 403);
  const away = [
    "//evil.example",
    "/\\evil.example",
    "http://evil.example",
    "/\t/evil.example",
    "javascript:a",
    "lab",
  ];
  for (const next of away)
    assert.equal((await post(server.token, next)).headers.get("location"), "/lab", next);
  const right = await post(server.token, "/lab/tree/a?b=c");
  assert.equal(right.headers.get("location"), "/lab/tree/a?b=c");
  assert.match(right.headers.get("set-cookie")!, /HttpOnly/);
  assert.equal((await post("wrong")).status, 401);
});

test("a password is kept as scrypt; guesses are limited, also when many come at once", async (t) => {
  const passwordHash = await hashPassword("correct horse");
  assert.match(passwordHash, /^scrypt:65536:8:1:[0-9a-f]{32}:[0-9a-f]{64}$/);
  const { server } = await serverFor(t, { passwordHash });
  assert.equal(server.token, "");
  const post = await loginForm(server);
  assert.equal((await post("correct horse")).status, 302);
  const guesses = await Promise.all(Array.from({ length: 9 }, (_, i) => post(`guess ${i}`)));
  const refused = guesses.filter(({ status }) => status === 429).length;
  const wrong = guesses.filter(({ status }) => status === 401).length;
  assert.deepEqual([wrong, refused], [5, 4]);
  const limited = guesses.find(({ status }) => status === 429)!;
  assert.ok(Number(limited.headers.get("retry-after")) > 0);
});

test("secrets are compared in constant time", () => {
  const source = (path: string): string =>
    readFileSync(new URL(`../../../../lab/server/src/${path}`, import.meta.url), "utf8");
  assert.match(source("auth/safe-equal.ts"), /timingSafeEqual/);
  for (const path of ["auth/guard.ts", "auth/ticket.ts"]) {
    assert.doesNotMatch(
      source(path),
      /(token|ticket|cookie|secret|xsrf|given) ===? (?!"")[a-z]|=== (token|ticket|secret)\b/i,
    );
  }
});
