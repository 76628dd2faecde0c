import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { KernelManager, ServerConnection } from "@jupyterlab/services";
import { freePorts } from "gradlab-kernel";
import { serverFor } from "./server-fixture.js";

const NGINX = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"].find((path) => existsSync(path));

/** nginx with the configuration that docs/lab.md shows, in a folder of its own. */
async function nginx(t: TestContext, port: number, upstream: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-nginx-"));
  mkdirSync(join(folder, "logs"));
  const page = readFileSync(new URL("../../../../docs/lab.md", import.meta.url), "utf8");
  const location = /```nginx\n(.*?)```/s.exec(page)![1].replaceAll("8888", String(upstream));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  const config = `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/logs/error.log;
    events {}
    http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; ${location} } }`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const child: ChildProcess = spawn(NGINX!, ["-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: "ignore",
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  t.after(async () => {
    child.kill("SIGTERM");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  while (child.exitCode === null && !(await answers())) await delay(30);
  assert.equal(child.exitCode, null, "nginx did not start");
}

test("behind nginx, below a base URL and under another name: a cell runs", async (t) => {
  if (NGINX === undefined) return t.skip("nginx is not installed");
  const { server, root } = await serverFor(t, { baseUrl: "/user/ada/", allowedHosts: ["lab.example"] });
  writeFileSync(join(root, "a.txt"), "through the proxy");
  const [port] = await freePorts(1);
  await nginx(t, port, server.port);
  const baseUrl = `http://127.0.0.1:${port}/user/ada/`;
  const serverSettings = ServerConnection.makeSettings({
    baseUrl,
    wsUrl: baseUrl.replace("http", "ws"),
    token: server.token,
    appendToken: true,
  });
  const kernels = new KernelManager({ serverSettings });
  await kernels.ready;
  t.after(() => kernels.dispose());
  const kernel = await kernels.startNew({ name: "gradlab" });
  const future = kernel.requestExecute({ code: "console.log('hello')" });
  let said = "";
  future.onIOPub = ({ content }) => void ("text" in content && (said += content.text));
  assert.equal((await future.done).content.status, "ok");
  assert.equal(said, "hello\n");
  await kernel.shutdown();
  const file = await fetch(`${baseUrl}files/a.txt?token=${server.token}`);
  assert.equal(await file.text(), "through the proxy");
  // a page that a browser got under the proxy's name writes with the same Origin
  const page = await fetch(`${baseUrl}lab?token=${server.token}`, { redirect: "manual" });
  assert.equal(page.headers.get("location"), "/user/ada/lab");
  const cookies = page.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  const xsrf = cookies.find((cookie) => cookie.startsWith("_xsrf="))!.slice("_xsrf=".length);
  const post = (origin: string): Promise<Response> =>
    fetch(`${baseUrl}api/contents`, {
      method: "POST",
      headers: { Cookie: cookies.join("; "), "X-XSRFToken": xsrf, Origin: origin },
    });
  assert.equal((await post(`http://127.0.0.1:${port}`)).status, 201);
  assert.equal((await post("http://other.example")).status, 403);
});

test("over HTTPS: cookies are Secure; a certificate that is none is refused in words", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  try {
    const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes", "-newkey", "rsa:2048"];
    execFileSync("openssl", ["req", "-x509", ...subject, "-keyout", keyFile, "-out", certFile], {
      stdio: "ignore",
    });
  } catch {
    return t.skip("openssl is not installed");
  }
  const { server } = await serverFor(t, { certFile, keyFile });
  assert.match(server.address, /^https:/);
  const cookies = await new Promise<string[]>((resolve, reject) => {
    const options = { ca: readFileSync(certFile), servername: "localhost" };
    request(
      `${server.address.replace("127.0.0.1", "localhost")}lab?token=${server.token}`,
      options,
      (response) => resolve(response.headers["set-cookie"] ?? []),
    )
      .once("error", reject)
      .end();
  });
  assert.ok(cookies.length === 2 && cookies.every((cookie) => cookie.includes("; Secure")), String(cookies));
  writeFileSync(certFile, "no certificate");
  await assert.rejects(serverFor(t, { certFile, keyFile }), /certificate or its key is not valid/);
  await assert.rejects(serverFor(t, { certFile }), /both a certificate and its key/);
  await assert.rejects(serverFor(t, { port: server.port }), /is taken by another program/);
});
