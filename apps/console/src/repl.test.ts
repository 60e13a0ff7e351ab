import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Keystore } from "./keystore.ts";
import { runRepl, typedLines } from "./repl.ts";
import { Session } from "./session.ts";
import { createPasswords } from "./terminal/passwords.ts";
import { Terminal } from "./terminal/terminal.ts";

/** A session that needs no node. */
function offline(folder: string): Session {
  return new Session({
    url: "http://127.0.0.1:1",
    operatorUrl: "http://127.0.0.1:1",
    group: 3,
    keystore: new Keystore(join(folder, "keystore")),
    key: null,
    account: null,
    passwords: createPasswords(undefined, {}, () => null),
    progress: () => {},
  });
}

async function type(folder: string, keys: readonly string[]) {
  const input = Object.assign(new PassThrough(), { setRawMode: () => {} });
  const output = new PassThrough().setEncoding("utf8");
  let screen = "";
  output.on("data", (text) => (screen += text));
  const shown: string[] = [];
  const show = { out: (text: string) => shown.push(text), err: (text: string) => shown.push(text) };
  const session = offline(folder);
  const terminal = new Terminal(input, output);
  const { next, onLine } = typedLines(session, terminal, join(folder, "history"), show.err);
  const done = runRepl(session, next, { json: false, onLine }, show);
  // Key by key: a longer chunk counts as pasted text, in which Tab is a character.
  for (const key of keys) {
    input.write(key);
    await new Promise((resolve) => setImmediate(resolve));
  }
  input.end();
  return { failures: await done, shown, screen };
}

describe("the interactive console at a terminal", () => {
  it("shows the group, completes, remembers lines over runs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fb-repl-"));
    const first = await type(folder, ["listAcc", "\t", "\r", "getBlockNumber\r", "quit\r"]);
    expect(first.screen).toContain("[group 3]> ");
    expect(first.screen).toContain("listAccount");
    expect(first.shown[0]).toContain("newAccount makes one");
    expect(first.shown[1]).toContain("nothing answers at http://127.0.0.1:1");
    expect(first.failures).toBe(1);
    expect(readFileSync(join(folder, "history"), "utf8")).toContain("getBlockNumber\nlistAccount");
    // Arrow up three times: quit, getBlockNumber, listAccount.
    const again = await type(folder, ["\u001b[A", "\u001b[A", "\u001b[A", "\r", "quit\r"]);
    expect(again.shown[0]).toContain("newAccount makes one");
    rmSync(folder, { recursive: true });
  });
});
