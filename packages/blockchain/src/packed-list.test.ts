import { createSeededRng } from "@fb/runtime/testing";
import { toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { packList, unpackList } from "./packed-list.ts";

describe("SPEC 3.1: packed list", () => {
  it("has frozen bytes", () => {
    expect(toHex(packList([]))).toBe("00000000");
    expect(toHex(packList([Uint8Array.of(1, 2), new Uint8Array(0)]))).toBe("000000020000000201020000" + "0000");
  });

  it("decodes what it encodes and nothing else", () => {
    const rng = createSeededRng(5);
    for (let i = 0; i < 2_000; i++) {
      const items = Array.from({ length: rng.below(5) }, () => rng.bytes(rng.below(9)));
      const bytes = packList(items);
      expect(unpackList(bytes)).toEqual(items);
      const mutated = bytes.slice();
      mutated[rng.below(mutated.length)]! ^= 1 << rng.below(8);
      const decoded = unpackList(mutated);
      if (decoded !== null) expect(packList(decoded)).toEqual(mutated);
      expect(unpackList(bytes.subarray(0, bytes.length - 1))).toBeNull();
    }
  });
});
