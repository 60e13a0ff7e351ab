import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createLogRotation, type LogLimits } from "./log-rotation.ts";
import { createLogger } from "./pino-logger.ts";
import { createFakeClock } from "./testing/index.ts";

const LIMITS: LogLimits = { maxFileBytes: 1000, maxAgeMs: 3_600_000, maxFiles: 3 };

function setUp(limits = LIMITS, now = Date.now()) {
  const folder = mkdtempSync(join(tmpdir(), "fb-rotation-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "node.log");
  const clock = createFakeClock(now);
  const log = createLogger({ level: "info", file });
  const start = () => createLogRotation(file, limits, { clock, log, reopen: () => log.reopen() });
  const files = () => readdirSync(folder).sort();
  const read = (name = "node.log") => readFileSync(join(folder, name), "utf8");
  return { folder, file, clock, log, start, files, read };
}

const fill = (log: ReturnType<typeof setUp>["log"], n: number) => log.info("line", { n, text: "x".repeat(1000) });

it("numbers full files, newest first, and keeps as many as it may", () => {
  const { clock, log, start, files, read } = setUp();
  start();
  for (let n = 1; n <= 5; n++) {
    fill(log, n);
    clock.advance(1000);
  }
  log.info("line", { n: 6 });
  expect(files()).toEqual(["node.log", "node.log.1", "node.log.2"]);
  const numbers = ["node.log.2", "node.log.1", "node.log"].map((name) => (JSON.parse(read(name)) as { n: number }).n);
  expect(numbers).toEqual([4, 5, 6]);
});

it("leaves alone what is not full, and other files of the folder", () => {
  const { folder, clock, log, start, files } = setUp();
  for (const name of ["node.log.gz", "node.log.1.gz", "node.logs", "node.log.01"])
    writeFileSync(join(folder, name), "");
  const before = files();
  start();
  log.info("small");
  clock.advance(3_599_000);
  expect(files()).toEqual(before);
  fill(log, 1);
  clock.advance(1000);
  expect(files().filter((name) => !before.includes(name))).toEqual(["node.log.1"]);
});

it("numbers a file that is old, also when it was begun by an earlier process, but never an empty one", () => {
  const { clock, log, start, files } = setUp(LIMITS, Date.now() + 3_000_000);
  log.info("begun before the start");
  start();
  clock.advance(590_000);
  expect(files()).toEqual(["node.log"]);
  clock.advance(15_000);
  expect(files()).toEqual(["node.log", "node.log.1"]);
  clock.advance(24 * 3_600_000);
  expect(files()).toEqual(["node.log", "node.log.1"]);
});

it("takes over smaller limits, and stops when closed", () => {
  const { clock, log, start, files } = setUp({ ...LIMITS, maxFiles: 10 });
  const rotation = start();
  for (let n = 0; n < 6; n++) {
    fill(log, n);
    clock.advance(1000);
  }
  expect(files()).toHaveLength(7);
  rotation.setLimits({ ...LIMITS, maxFiles: 2 });
  fill(log, 7);
  clock.advance(1000);
  expect(files()).toEqual(["node.log", "node.log.1"]);
  rotation.close();
  expect(clock.pending()).toBe(0);
});

it("opens the log anew after somebody else moved it", () => {
  const { folder, file, clock, log, start, read } = setUp();
  start();
  log.info("one");
  renameSync(file, join(folder, "taken.log"));
  clock.advance(1000);
  log.info("two");
  expect(read("taken.log")).toContain("one");
  expect(read()).toContain("two");
});

it("says that it cannot, once a minute, and goes on writing", () => {
  const { folder, clock, log, start, read } = setUp();
  start();
  // A folder that is not empty cannot be replaced.
  mkdirSync(join(folder, "node.log.1", "inside"), { recursive: true });
  mkdirSync(join(folder, "node.log.2", "inside"), { recursive: true });
  fill(log, 1);
  clock.advance(59_000);
  log.info("still here");
  expect(read().match(/log-rotation-failed/g)).toHaveLength(1);
  expect(read()).toContain("still here");
  clock.advance(3000);
  expect(read().match(/log-rotation-failed/g)).toHaveLength(2);
});
