import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromium } from "./browser/chromium.ts";

const PAGE = fileURLToPath(new URL("./browser/page.ts", import.meta.url));

let profile: string;
let server: Server;
let browser: ChildProcess | undefined;

beforeAll(() => {
  profile = mkdtempSync(join(tmpdir(), "fb-browser-"));
});
afterAll(async () => {
  if (browser?.exitCode === null) {
    const gone = new Promise((resolve) => browser!.once("exit", resolve));
    // With all its processes.
    process.kill(-browser.pid!, "SIGKILL");
    await gone;
  }
  server?.close().closeAllConnections();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

/** Serves the script and waits for the page's answer. */
function serve(script: string): Promise<{ readonly url: string; readonly answer: Promise<unknown> }> {
  return new Promise((ready) => {
    const answer = new Promise((resolve) => {
      server = createServer((request, response) => {
        if (request.url === "/page.js") {
          response.setHeader("content-type", "text/javascript").end(script);
        } else if (request.url === "/result") {
          request.setEncoding("utf8");
          let body = "";
          request.on("data", (part: string) => {
            body += part;
          });
          request.on("end", () => {
            response.end();
            resolve(JSON.parse(body));
          });
        } else {
          response.setHeader("content-type", "text/html").end('<script type="module" src="/page.js"></script>');
        }
      });
      server.listen(0, "127.0.0.1", () =>
        ready({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answer }),
      );
    });
  });
}

it("@fb/evm runs in a browser, bundled without anything of Node", async () => {
  const bundle = await build({ entryPoints: [PAGE], bundle: true, write: false, format: "esm", platform: "browser" });
  const { url, answer } = await serve(bundle.outputFiles[0]!.text);
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${profile}`];
  browser = spawn(chromium(), [...flags, url], { stdio: "ignore", detached: true });
  const double =
    "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd315ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4";
  expect(await answer).toEqual({
    output: "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a477",
    gasUsed: "2152",
    steps: 11,
    sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    bn254Sum: double,
    bn254Product: double,
    emptyPairing: "0000000000000000000000000000000000000000000000000000000000000001",
    blsMap: 256,
  });
});
