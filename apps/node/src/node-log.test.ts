import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { createLogRotation } from "@fb/runtime";
import { createFakeClock } from "@fb/runtime/testing";
import { expect, it, onTestFinished } from "vitest";
import { logCommands, type ThreadLog, threadLogger } from "./thread-log.ts";

const THREADS = 3;
const LINES = 3000;

it("loses and tears no line while threads write and their file is renamed again and again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fb-threads-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const options: ThreadLog = { level: "info", file: join(folder, "node.log"), node: "n0" };
  const clock = createFakeClock(Date.now());
  const commands = logCommands(options);
  const log = threadLogger(options, {});
  const rotation = createLogRotation(
    options.file!,
    { maxFileBytes: 20_000, maxAgeMs: 3_600_000, maxFiles: 1000 },
    { clock, log, reopen: () => commands.postMessage({ type: "reopen" }) },
  );
  const ended = Array.from({ length: THREADS }, (_, thread) => {
    const worker = new Worker(new URL("../test/log-writer.ts", import.meta.url), {
      workerData: { log: options, thread, lines: LINES },
      execArgv: ["--conditions=fb-source"],
    });
    return new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  });
  const ticks = setInterval(() => clock.advance(1000), 1);
  await Promise.all(ended);
  clearInterval(ticks);
  rotation.close();
  commands.close();

  const files = readdirSync(folder);
  const lines = files.flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((text) => JSON.parse(text) as { thread: number; n: number }),
  );
  expect(files.length).toBeGreaterThan(5);
  for (let thread = 0; thread < THREADS; thread++) {
    const numbers = lines.filter((line) => line.thread === thread).map(({ n }) => n);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: LINES }, (_, n) => n));
  }
});
