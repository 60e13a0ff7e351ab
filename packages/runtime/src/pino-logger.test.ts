import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createLogger } from "./pino-logger.ts";

const folder = mkdtempSync(join(tmpdir(), "fb-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

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
