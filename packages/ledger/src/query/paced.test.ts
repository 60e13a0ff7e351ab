import type { GroupQuery } from "@fb/api";
import { createThreadShare, PRICES } from "@fb/runtime";
import { EMPTY, type Hash, ZERO_HASH } from "@fb/types";
import { expect, it } from "vitest";
import { inSlices } from "./paced.ts";
import { proveInPieces } from "./proof.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const SLICE_MS = 2;
const READS_IN_A_SLICE = (SLICE_MS * 1000) / PRICES.diskRead;

it("reads begin a slice at a time, however many are asked for at once", async () => {
  let begun = 0;
  const query = { balance: async () => ({ ok: true, value: BigInt(begun++) }) } as Partial<GroupQuery> as GroupQuery;
  const paced = inSlices(query, createThreadShare({ sliceMs: SLICE_MS, lanes: 1 })[0]!);
  const all = Array.from({ length: 500 }, () => paced.balance(EMPTY, "latest"));
  let turns = 0;
  for (let before = begun; begun < 500; before = begun, turns++) {
    expect(begun - before).toBeLessThanOrEqual(READS_IN_A_SLICE);
    await turn();
  }
  expect(turns).toBeGreaterThanOrEqual(500 / READS_IN_A_SLICE - 1);
  await Promise.all(all);
});

it("a read whose client left meanwhile does not begin", async () => {
  let begun = 0;
  const query = {
    block: async () => ({ ok: true, value: begun++ < 0 ? null : null }),
  } as Partial<GroupQuery> as GroupQuery;
  const paced = inSlices(query, createThreadShare({ sliceMs: SLICE_MS, lanes: 1 })[0]!);
  const leaving = new AbortController();
  const all = Array.from({ length: 20 }, () => paced.block("latest", true, 1, leaving.signal));
  const before = begun;
  leaving.abort();
  const outcomes = await Promise.allSettled(all);
  expect(begun).toBe(before);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(20 - before);
});

it("a proof of many slots is put together from pieces, in the order asked", async () => {
  const slots = Array.from({ length: 100 }, (_, i) => new Uint8Array(32).fill(i) as Hash);
  const sizes: number[] = [];
  const [reads] = createThreadShare({ sliceMs: SLICE_MS, lanes: 1 });
  const deps = {
    reads: reads!,
    proof: async (_height: number, address: Uint8Array, piece: readonly Hash[]) => {
      sizes.push(piece.length);
      const storageProof = piece.map((slot) => ({ slot, value: slot, proof: [] }));
      return { address, account: null, storageHash: ZERO_HASH, accountProof: [], storageProof };
    },
  };
  const proved = await proveInPieces(deps, 1, EMPTY, slots);
  expect(proved.storageProof.map(({ slot }) => slot)).toEqual(slots);
  expect(Math.max(...sizes)).toBeLessThan(20);
  expect((await proveInPieces(deps, 1, EMPTY, [])).storageProof).toEqual([]);
});
