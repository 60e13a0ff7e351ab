import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createLogger } from "./pino-logger.ts";

const folder = mkdtempSync(join(tmpdir(), "fb-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

const eventsOf = (file: string) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { event: string }).event);

it("writes one JSON line per event, at once, with bound fields and above the level only", () => {
  const file = join(folder, "deep", "node.log");
  const log = createLogger({ level: "info", file }, { node: "n0" }).child({ group: 1 });
  log.debug("unseen");
  log.info("block-committed", { height: 3 });
  const lines = readFileSync(file, "utf8").trim().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: "info",
    event: "block-committed",
    height: 3,
    node: "n0",
    group: 1,
  });
});

it("changes its level, that of children made before too", () => {
  const file = join(folder, "level.log");
  const log = createLogger({ level: "warn", file });
  const child = log.child({ group: 1 });
  child.info("unseen");
  log.setLevel("debug");
  child.debug("seen");
  log.setLevel("error");
  child.warn("unseen");
  expect(eventsOf(file)).toEqual(["seen"]);
});

it("goes on in a new file after the old one was renamed", () => {
  const file = join(folder, "renamed.log");
  const log = createLogger({ level: "info", file });
  log.info("one");
  renameSync(file, `${file}.1`);
  log.info("two");
  log.reopen();
  log.info("three");
  expect(eventsOf(`${file}.1`)).toEqual(["one", "two"]);
  expect(eventsOf(file)).toEqual(["three"]);
});

it("stays with the old file when the new one cannot be opened", async () => {
  const file = join(folder, "inside", "stuck.log");
  const log = createLogger({ level: "info", file });
  renameSync(join(folder, "inside"), join(folder, "moved"));
  writeFileSync(join(folder, "inside"), "in the way");
  log.reopen();
  log.info("still here");
  rmSync(join(folder, "inside"));
  log.reopen();
  log.info("back");
  // The descriptor of the old file is closed once, after this turn.
  await new Promise(setImmediate);
  log.info("and on");
  expect(eventsOf(join(folder, "moved", "stuck.log"))).toEqual(["log-reopen-failed", "still here"]);
  expect(eventsOf(file)).toEqual(["back", "and on"]);
});

it("throws nothing when nothing can be written, keeps a bounded part, and says later how much was lost", () => {
  const file = join(folder, "full.log");
  symlinkSync("/dev/full", file);
  const log = createLogger({ level: "info", file });
  const line = "x".repeat(10_000);
  for (let i = 0; i < 1000; i++) log.info("waiting", { line });
  rmSync(file);
  log.reopen();
  log.info("again");
  const lines = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as { event: string; lines?: number });
  const kept = lines.filter(({ event }) => event === "waiting").length;
  expect(kept).toBeGreaterThan(90);
  expect(kept).toBeLessThan(110);
  expect(lines.find(({ event }) => event === "log-lines-lost")).toMatchObject({ lines: 1000 - kept });
  expect(lines.some(({ event }) => event === "again")).toBe(true);
});
