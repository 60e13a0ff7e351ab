import { noMetrics } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import { expect, it } from "vitest";
import { syncMetrics } from "../metrics.ts";
import { TxInbox } from "./inbox.ts";

it("bounds short messages, too: each costs more memory than its bytes (SPEC 7.4)", () => {
  const dropped: string[] = [];
  const inbox = new TxInbox(2 * 65 * 10, {
    // Nobody's turn comes.
    lane: { take: () => new Promise(() => {}) },
    costs: { charge: () => true, drop: (reason) => void dropped.push(reason) },
    metrics: syncMetrics(noMetrics),
    read: async () => {},
  });
  // As much as it leaves free: half.
  for (let i = 0; i < 15; i++) inbox.put("a".repeat(128) as NodeId, Uint8Array.of(i));
  expect(dropped).toEqual(Array(5).fill("queue"));
});
