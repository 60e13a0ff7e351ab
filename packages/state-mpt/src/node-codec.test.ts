import { isCode, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAccount, decodeSlot, encodeAccount, encodeSlot } from "./account-value.ts";
import { fromHexPrefix, hexPrefixLength, writeHexPrefix } from "./nibbles.ts";
import { Branch, Extension, Leaf, NodeRef } from "./node.ts";
import { decodeRow, encodeNode, encodeRow } from "./node-codec.ts";
import { nodeKey, packKeys, unpackKeys } from "./node-key.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const nibbles = fc.uint8Array({ max: 15, maxLength: 64 });
const height = fc.oneof(fc.nat(1000), fc.integer({ min: 2 ** 32, max: 2 ** 48 - 1 }));
const ref = fc.tuple(bytes(32), height).map(([hash, at]) => new NodeRef(hash, at));

const leaf = fc
  .tuple(nibbles, fc.uint8Array({ minLength: 1, maxLength: 120 }))
  .map(([path, value]) => new Leaf(path, value, null, 0, null, 0));
const extension = fc
  .tuple(fc.uint8Array({ max: 15, minLength: 1, maxLength: 64 }), ref)
  .map(([path, child]) => new Extension(path, child, 0, null, 0));
const branch = fc
  .array(fc.oneof(fc.constant(null), ref), { minLength: 16, maxLength: 16 })
  .map((children) => new Branch(children, 0, null, 0));
const node = fc.oneof(leaf, extension, branch);

/** The decoder reports corruption, or it accepted exactly what the encoder writes. */
function expectCanonical(decode: () => Uint8Array, input: Uint8Array): void {
  let output: Uint8Array;
  try {
    output = decode();
  } catch (error) {
    if (!isCode(error, "STORAGE_CORRUPT")) throw error;
    return;
  }
  expect(toHex(output)).toBe(toHex(input));
}

describe("trie nodes (SPEC 2)", () => {
  it("come back from their rows (SPEC 2.3)", () => {
    fc.assert(
      fc.property(node, (original) => {
        const rlp = encodeNode(original);
        const fields = encodeRow(original, rlp);
        const decoded = decodeRow(fields, new Uint8Array(32), 7, 3, null);
        expect({ ...decoded, ref: null, height: 0, used: 0 }).toEqual({ ...original });
        expect(decoded).toMatchObject({ height: 7, used: 3 });
        expect(encodeRow(decoded, encodeNode(decoded))).toEqual(fields);
      }),
    );
  });

  it("are refused when they are damaged", () => {
    fc.assert(
      fc.property(node, fc.nat(), fc.nat(255), fc.nat(2), (original, at, byte, how) => {
        const [rlp, heights] = encodeRow(original, encodeNode(original)) as [Uint8Array, Uint8Array];
        const damaged = how === 0 ? rlp.slice(0, at % rlp.length) : rlp.slice();
        if (how > 0) damaged[at % rlp.length] = byte;
        expectCanonical(() => encodeNode(decodeRow([damaged, heights], new Uint8Array(32), 0, 0, null)), damaged);
      }),
      { numRuns: 2000 },
    );
  });

  it("are refused with too few or too many heights", () => {
    const parent = new Branch([new NodeRef(new Uint8Array(32), 5), ...new Array(15).fill(null)], 0, null, 0);
    const rlp = encodeNode(parent);
    for (const length of [0, 5, 7, 12]) {
      const read = () => decodeRow([rlp, new Uint8Array(length)], new Uint8Array(32), 0, 0, null);
      expect(read).toThrow(expect.objectContaining({ code: "STORAGE_CORRUPT" }));
    }
  });

  it("paths come back from their compact form", () => {
    fc.assert(
      fc.property(nibbles, fc.boolean(), (path, isLeaf) => {
        const out = new Uint8Array(hexPrefixLength(path));
        writeHexPrefix(out, 0, path, isLeaf);
        expect(fromHexPrefix(out)).toEqual({ path, isLeaf });
      }),
    );
    for (const bad of [[], [0x40], [0x01], [0x2f]]) expect(fromHexPrefix(Uint8Array.from(bad))).toBeNull();
  });

  it("keys differ for every node and come back from lists (SPEC 2.2, 3.1)", () => {
    const place = fc.tuple(
      height,
      fc.constantFrom(new Uint8Array(0), new Uint8Array(20), new Uint8Array(20).fill(1)),
      nibbles,
    );
    fc.assert(
      fc.property(fc.array(place, { maxLength: 30 }), (places) => {
        const keys = places.map(([at, owner, path]) => nodeKey(at, owner, path, path.length));
        const names = places.map(([at, owner, path]) => `${at}/${toHex(owner)}/${toHex(path)}`);
        expect(new Set(keys.map(toHex)).size).toBe(new Set(names).size);
        expect(unpackKeys(packKeys(keys))!.map(toHex)).toEqual(keys.map(toHex));
      }),
    );
    expect(unpackKeys(Uint8Array.of(2, 1))).toBeNull();
  });
});

describe("leaf values", () => {
  const account = fc.record({
    nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    balance: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    codeHash: bytes(32),
  });

  it("of accounts and slots come back", () => {
    fc.assert(
      fc.property(account, bytes(32), (value, storageRoot) => {
        expect(decodeAccount(encodeAccount(value, storageRoot))).toEqual({ account: value, storageRoot });
      }),
    );
    fc.assert(
      fc.property(bytes(32), (value) => {
        fc.pre(value.some((byte) => byte !== 0));
        expect(decodeSlot(encodeSlot(value))).toEqual(value);
      }),
    );
  });

  it("are refused when they are damaged", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (value) => {
        expectCanonical(() => encodeSlot(decodeSlot(value)), value);
      }),
    );
    fc.assert(
      fc.property(account, bytes(32), fc.nat(), fc.nat(255), (value, storageRoot, at, byte) => {
        const damaged = encodeAccount(value, storageRoot);
        damaged[at % damaged.length] = byte;
        expectCanonical(() => {
          const decoded = decodeAccount(damaged);
          return encodeAccount(decoded.account, decoded.storageRoot);
        }, damaged);
      }),
      { numRuns: 2000 },
    );
  });
});
