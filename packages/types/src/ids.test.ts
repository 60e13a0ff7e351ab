import { expect, it } from "vitest";
import { ethChainId, isGroupId, MAX_CHAIN_ID, MAX_GROUP_ID } from "./ids.ts";

it("one chain id for each group of each chain, within what tools can hold (SPEC 9.10)", () => {
  expect(ethChainId(1, 1)).toBe(65_537);
  const ids = [1, 2, MAX_CHAIN_ID].flatMap((chain) => [1, 2, MAX_GROUP_ID].map((group) => ethChainId(chain, group)));
  expect(new Set(ids).size).toBe(9);
  expect(Number.isSafeInteger(Math.max(...ids))).toBe(true);
  expect([1, MAX_GROUP_ID].every(isGroupId)).toBe(true);
  for (const other of [0, MAX_GROUP_ID + 1, 1.5, "1"]) expect(isGroupId(other)).toBe(false);
});
