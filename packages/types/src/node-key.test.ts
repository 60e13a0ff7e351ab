import { describe, expect, it } from "vitest";
import { bigTo32, toHex } from "./bytes.ts";
import type { NodeId } from "./ids.ts";
import { isNodeKey } from "./node-key.ts";
import { nobleSuite } from "./testing/noble-suite.ts";

const P = 2n ** 256n - 2n ** 32n - 977n;
const hex = (value: bigint) => value.toString(16).padStart(64, "0");

describe("a node id as a public key", () => {
  it("is a point of the curve, and nothing beside it is", () => {
    for (let n = 1n; n < 50n; n++) {
      const id = toHex(nobleSuite.publicKey(bigTo32(n))) as NodeId;
      expect(isNodeKey(id)).toBe(true);
      const y = BigInt(`0x${id.slice(64)}`);
      expect(isNodeKey((id.slice(0, 64) + hex(P - y)) as NodeId)).toBe(true);
      expect(isNodeKey((id.slice(0, 64) + hex(y ^ 1n)) as NodeId)).toBe(false);
    }
    expect(isNodeKey("0".repeat(128) as NodeId)).toBe(false);
    expect(isNodeKey("f".repeat(128) as NodeId)).toBe(false);
  });

  it("has coordinates below the field's prime", () => {
    // x = 1 is on the curve; 1 + P is the same residue, but no encoding of it.
    const y = 0x4218f20ae6c646b363db68605822fb14264ca8d2587fdd6fbc750d587e76a7een;
    expect(isNodeKey((hex(1n) + hex(y)) as NodeId)).toBe(true);
    expect(isNodeKey((hex(1n + P) + hex(y)) as NodeId)).toBe(false);
  });
});
