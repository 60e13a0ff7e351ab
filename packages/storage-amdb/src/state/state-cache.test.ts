import { createSeededRng } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import { StateCache } from "./state-cache.ts";

const account = (nonce: number) => ({ nonce: BigInt(nonce), balance: 0n, codeHash: new Uint8Array(32) });

describe("state cache", () => {
  it("answers with the last value or not at all, and stays within its bytes", () => {
    const rng = createSeededRng(9);
    const cache = new StateCache(20_000);
    const accounts = new Map<string, number | null>();
    const slots = new Map<string, number>();
    for (let step = 0; step < 20_000; step++) {
      const address = `a${rng.below(60)}`;
      const slot = `s${rng.below(20)}`;
      switch (rng.below(5)) {
        case 0: {
          const nonce = rng.below(4) === 0 ? null : rng.below(1000);
          cache.putAccount(address, nonce === null ? null : account(nonce));
          accounts.set(address, nonce);
          break;
        }
        case 1: {
          const value = rng.below(256);
          cache.putSlot(address, slot, Uint8Array.of(value));
          slots.set(address + slot, value);
          break;
        }
        case 2:
          if (rng.below(10) > 0) break;
          cache.dropSlots(address);
          for (let n = 0; n < 20; n++) expect(cache.slot(address, `s${n}`)).toBeUndefined();
          break;
        default: {
          const known = cache.account(address);
          if (known !== undefined) expect(known === null ? null : Number(known.nonce)).toBe(accounts.get(address));
          const value = cache.slot(address, slot);
          if (value !== undefined) expect(value[0]).toBe(slots.get(address + slot));
        }
      }
      expect(cache.bytes).toBeLessThanOrEqual(20_000);
    }
  });

  it("keeps what is used and drops what is not", () => {
    const cache = new StateCache(100_000);
    cache.putAccount("hot", account(1));
    cache.putAccount("cold", account(2));
    for (let n = 0; n < 1000; n++) {
      cache.putAccount(`n${n}`, account(n));
      expect(cache.account("hot")).toEqual(account(1));
    }
    expect(cache.account("cold")).toBeUndefined();
  });

  it("holds code within the same bytes", () => {
    const cache = new StateCache(100_000);
    for (let n = 0; n < 50; n++) cache.putCode(`c${n}`, new Uint8Array(24_000));
    expect(cache.bytes).toBeLessThanOrEqual(100_000);
    expect(cache.code("c49")).toHaveLength(24_000);
    expect(cache.code("c0")).toBeUndefined();
  });
});
