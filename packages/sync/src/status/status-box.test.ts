import type { NodeId } from "@fb/types";
import { expect, it } from "vitest";
import { StatusBox } from "./status-box.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("reads the newest status of each member, once a turn of the event loop (SPEC 7.3)", async () => {
  const [a, b] = ["a", "b"] as NodeId[] as [NodeId, NodeId];
  const read: [NodeId, number][] = [];
  const box = new StatusBox((from, payload) => read.push([from, payload[0]!]));
  expect([box.put(a, Uint8Array.of(1)), box.put(b, Uint8Array.of(2)), box.put(a, Uint8Array.of(3))]).toEqual([
    true,
    true,
    false,
  ]);
  expect(read).toEqual([]);
  await turn();
  expect(read).toEqual([
    [a, 3],
    [b, 2],
  ]);
  box.put(a, Uint8Array.of(4));
  await turn();
  expect(read.at(-1)).toEqual([a, 4]);
  box.put(b, Uint8Array.of(5));
  box.clear();
  await turn();
  expect(read.length).toBe(3);
});
