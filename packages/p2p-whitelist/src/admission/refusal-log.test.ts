import { noMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import type { NodeId } from "@fb/types";
import { expect, it } from "vitest";
import type { Refusal } from "./encrypter.ts";
import { createRefusalLog } from "./refusal-log.ts";

const refusal: Refusal = { by: "self", reason: "FOREIGN_CA", provenKey: new Uint8Array(33), issuer: "CN=x" };
const nodeId = (n: number) => n.toString(16).padStart(128, "0") as NodeId;

function setUp() {
  const log = createCapturingLogger();
  const clock = createFakeClock();
  let refused = 0;
  const counter = { inc: () => void refused++ };
  const refusals = createRefusalLog({ log, clock, metrics: noMetrics, refused: counter });
  const warnings = () => log.lines.filter(({ level }) => level === "warn");
  return { clock, refusals, warnings, refused: () => refused };
}

it("lets a stranger with a new key each time write few lines, and names its address", () => {
  const { clock, refusals, warnings, refused } = setUp();
  for (let i = 0; i < 5000; i++) {
    refusals.note(refusal, { node: nodeId(i), address: `10.0.0.1:${i}`, direction: "inbound" });
  }
  refusals.note(refusal, { node: nodeId(9999), address: "10.0.0.2:1", direction: "inbound" });
  expect(warnings()).toHaveLength(11);
  expect(refused()).toBe(5001);
  clock.advance(60_000);
  expect(warnings().at(-1)).toMatchObject({ event: "lines-withheld", fields: { lines: 4990, mostOf: "10.0.0.1" } });
});

it("tells what becomes of dials while strangers use up the quota", () => {
  const { refusals, warnings } = setUp();
  for (let i = 0; i < 5000; i++) {
    refusals.note(refusal, { node: nodeId(i), address: `10.0.${i >> 8}.${i & 255}:1`, direction: "inbound" });
  }
  expect(warnings()).toHaveLength(60);
  refusals.note(refusal, { node: nodeId(9999), address: "10.1.0.1:1", direction: "outbound" });
  expect(warnings().at(-1)).toMatchObject({ fields: { address: "10.1.0.1:1" } });
});

it("tells the same once a minute", () => {
  const { clock, refusals, warnings } = setUp();
  for (let second = 0; second < 90; second++) {
    refusals.note(refusal, { node: nodeId(1), address: "10.0.0.1:1", direction: "outbound" });
    refusals.goodbye(11, nodeId(2));
    clock.advance(1000);
  }
  expect(warnings().map(({ event }) => event)).toEqual(Array(2).fill(["peer-refused", "refused-by-peer"]).flat());
});
