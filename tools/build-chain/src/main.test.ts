import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const output = join(tmpdir(), `fb-no-chain-${process.pid}`);

describe("the command line", () => {
  it.each([
    [["--file", "/no/such/topology"], 1, "ENOENT: no such file or directory, open '/no/such/topology'"],
    [["--group", "1:paxos"], 2, "TOPOLOGY_INVALID: --group 1:paxos: expected id"],
    [["--file", "/dev/null"], 2, "TOPOLOGY_INVALID: /dev/null: no line names a host"],
    [["--file", "topology", "--nodes", "3"], 2, "cannot be used with option"],
    [["--nodes", "0"], 2, "expected an integer 1..100"],
  ])("says in one line what is wrong with %j, and makes nothing", (args, code, message) => {
    const { status, stderr } = spawnSync(process.execPath, ["--conditions=fb-source", MAIN, "-o", output, ...args], {
      encoding: "utf8",
    });
    expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: code, lines: 1 });
    expect(stderr).toContain(message);
    expect(existsSync(output)).toBe(false);
  });
});
