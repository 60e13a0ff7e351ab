import type { BlockHeader, HeadInfo, Members, NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { ChainPort } from "./ports.ts";
import { RecentSealers } from "./recent-sealers.ts";

const MEMBERS: Members = { sealers: ["a", "b", "c"] as NodeId[], observers: [] };

/** A chain as `proposer + list`, genesis first: "0x" is a block of sealer 0 after which list x is in force. */
function chainOf(blocks: readonly string[]) {
  const headers = blocks.map((text, number) => {
    const [sealer, list] = text;
    return { number, sealer: Number(sealer), membersHash: new TextEncoder().encode(list) } as unknown as BlockHeader;
  });
  const chain = { header: async (height: number) => headers[height] ?? null } as unknown as ChainPort;
  const head = (height: number) => ({
    head: { hash: new Uint8Array(32), header: headers[height]! } satisfies HeadInfo,
    members: MEMBERS,
  });
  return { chain, head, top: blocks.length - 1 };
}

describe("recent sealers (SPEC 2.7)", () => {
  it.each([
    ["genesis alone", ["0x"], []],
    ["never genesis", ["2x", "1x", "0x"], [1, 0]],
    ["one per sealer at most, the newest", ["0x", "0x", "1x", "2x", "0x"], [1, 2, 0]],
    ["back to the block that changed the list, which is not in it", ["0x", "0x", "1y", "2y", "0y"], [2, 0]],
    ["none right after a change", ["0x", "0x", "1y"], []],
  ])("%s", async (_, blocks, expected) => {
    const { chain, head, top } = chainOf(blocks);
    expect((await RecentSealers.load(chain, head(top))).list()).toEqual(expected);
    const grown = await RecentSealers.load(chain, head(0));
    for (let height = 1; height <= top; height++) grown.advance(head(height));
    expect(grown.list()).toEqual(expected);
  });
});
