import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { NodeProcess } from "./node-process.ts";

const root = mkdtempSync(join(tmpdir(), "fb-local-chain-"));
const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    const ended = once(child, "exit");
    if (child.kill("SIGKILL")) await ended;
  }
  rmSync(root, { recursive: true, force: true });
});

/** A process with these arguments. */
async function running(args: readonly string[], cwd = tmpdir()): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "--", ...args], { cwd });
  started.push(child);
  await once(child, "spawn");
  return child;
}

describe("the pid of a node", () => {
  it("counts when the process runs this folder's configuration, also reached by another path", async () => {
    const folder = join(root, "node0");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "config.ini"), "");
    symlinkSync(folder, join(root, "link"));
    const config = join(folder, "config.ini");
    const node = new NodeProcess(join(root, "link"));
    const pidIs = (content: string) => {
      writeFileSync(join(folder, "node.pid"), content);
      return node.pid();
    };
    const own = await running(["--config", config]);
    expect(pidIs(`${own.pid}\n`)).toBe(own.pid);
    const other = await running(["--config", `${config}.old`]);
    expect(pidIs(`${other.pid}\n`)).toBeNull();
    const moved = await running(["--config", "/before/config.ini"], folder);
    expect(pidIs(`${moved.pid}\n`)).toBe(moved.pid);
    const reader = await running([], folder);
    expect(pidIs(`${reader.pid}\n`)).toBeNull();
    for (const content of ["", "what", "-1", "0", "1.5"]) expect(pidIs(content)).toBeNull();
    const ended = once(own, "exit");
    own.kill("SIGKILL");
    await ended;
    expect(pidIs(`${own.pid}\n`)).toBeNull();
  });
});
