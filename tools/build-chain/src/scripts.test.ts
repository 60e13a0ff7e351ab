import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { STOP_SCRIPT, startScript } from "./scripts.ts";

const root = mkdtempSync(join(tmpdir(), "fb scripts-"));
/** Runs until it is told to stop, whatever it is given. */
const BINARY = `"${process.execPath}" -e "setInterval(() => {}, 1000)" --`;

let folder: string;
let count = 0;
let foreign: ChildProcess;

beforeEach(async () => {
  folder = join(root, `node${count++}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "start.sh"), startScript(BINARY));
  writeFileSync(join(folder, "stop.sh"), STOP_SCRIPT);
  foreign = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "--", "--config", "/elsewhere/config.ini"]);
  await once(foreign, "spawn");
});
afterEach(async () => {
  run("stop.sh");
  const ended = once(foreign, "exit");
  if (foreign.kill("SIGKILL")) await ended;
});
afterAll(() => rmSync(root, { recursive: true }));

function run(script: "start.sh" | "stop.sh") {
  const { status, stdout, stderr } = spawnSync("sh", [join(folder, script)], { encoding: "utf8", cwd: tmpdir() });
  return { status, stdout: stdout.trim(), stderr };
}
const pidFile = () => join(folder, "node.pid");
const pid = () => Number(readFileSync(pidFile(), "utf8"));
const lives = (one: number) => {
  try {
    return process.kill(one, 0);
  } catch {
    return false;
  }
};

describe("start.sh and stop.sh", () => {
  it("start one node, however often, and stop it", () => {
    const started = run("start.sh");
    expect(started).toMatchObject({ status: 0, stdout: `started, pid ${pid()}` });
    const first = pid();
    expect(run("start.sh")).toMatchObject({ status: 0, stdout: `already running, pid ${first}` });
    expect(pid()).toBe(first);
    expect(run("stop.sh")).toMatchObject({ status: 0, stdout: "stopped" });
    expect(existsSync(pidFile())).toBe(false);
    expect(run("stop.sh")).toMatchObject({ status: 0, stdout: "not running" });
  });

  it("bound the memory for new objects, and leave what the operator wants of Node.js", () => {
    const tell = `require("node:fs").writeFileSync("options", process.env.NODE_OPTIONS); setInterval(() => {}, 1000)`;
    writeFileSync(join(folder, "start.sh"), startScript(`"${process.execPath}" -e '${tell}' --`));
    vi.stubEnv("NODE_OPTIONS", "--no-warnings");
    expect(run("start.sh").status).toBe(0);
    vi.unstubAllEnvs();
    expect(readFileSync(join(folder, "options"), "utf8")).toBe("--max-semi-space-size=16 --no-warnings");
  });

  it("start a node although the pid of an ended one belongs to another program now", () => {
    writeFileSync(pidFile(), `${foreign.pid}\n`);
    expect(run("start.sh")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^started, pid \d+$/) });
    expect(pid()).not.toBe(foreign.pid);
    expect([lives(pid()), foreign.exitCode, foreign.signalCode]).toEqual([true, null, null]);
  });

  it("do not stop another program", () => {
    writeFileSync(pidFile(), `${foreign.pid}\n`);
    expect(run("stop.sh")).toMatchObject({ status: 0, stdout: "not running" });
    expect([lives(foreign.pid!), foreign.exitCode, foreign.signalCode]).toEqual([true, null, null]);
    expect(existsSync(pidFile())).toBe(false);
  });

  it.each([[""], ["what"], ["12 34"]])("take a pid file that holds %j for a stale one", (content) => {
    writeFileSync(pidFile(), content);
    expect(run("stop.sh")).toMatchObject({ status: 0, stdout: "not running" });
    writeFileSync(pidFile(), content);
    const started = run("start.sh");
    expect(started).toMatchObject({ status: 0, stdout: `started, pid ${pid()}` });
  });

  it("know the node of a folder that was moved while it ran, and no other program that works there", () => {
    run("start.sh");
    const own = pid();
    renameSync(folder, `${folder} moved`);
    folder = `${folder} moved`;
    expect(run("start.sh")).toMatchObject({ status: 0, stdout: `already running, pid ${own}` });
    expect(run("stop.sh")).toMatchObject({ status: 0, stdout: "stopped" });
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { cwd: folder });
    writeFileSync(pidFile(), `${other.pid}\n`);
    expect(run("stop.sh")).toMatchObject({ status: 0, stdout: "not running" });
    other.kill("SIGKILL");
  });

  it("say why a node does not start", () => {
    writeFileSync(join(folder, "fails"), "#!/bin/sh\necho no such key\nexit 2\n");
    chmodSync(join(folder, "fails"), 0o755);
    writeFileSync(join(folder, "start.sh"), startScript("./fails"));
    expect(run("start.sh")).toMatchObject({ status: 1, stderr: expect.stringContaining("no such key") });
    expect(existsSync(pidFile())).toBe(false);
  });
});
