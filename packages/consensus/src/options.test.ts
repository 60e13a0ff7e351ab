import { MAX_BLOCK_BYTES } from "@fb/types";
import { describe, expect, it } from "vitest";
import { checkEngineOptions } from "./options.ts";

describe("what a node packs into a block", () => {
  it("is less than a block may have unless told otherwise, and never more (types SPEC 13.2)", () => {
    expect(checkEngineOptions({ journalDir: "" }).maxBlockBytes).toBeLessThan(MAX_BLOCK_BYTES);
    expect(checkEngineOptions({ journalDir: "", maxBlockBytes: MAX_BLOCK_BYTES }).maxBlockBytes).toBe(MAX_BLOCK_BYTES);
    for (const maxBlockBytes of [1023, MAX_BLOCK_BYTES + 1]) {
      expect(() => checkEngineOptions({ journalDir: "", maxBlockBytes })).toThrowError(/maxBlockBytes/);
    }
  });
});
