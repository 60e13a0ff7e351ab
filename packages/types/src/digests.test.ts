import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contractAddress, create2Address, groupContractAddress, replayKey } from "./address.ts";
import { bloomContains, logsBloom, orBloom } from "./bloom.ts";
import { bigTo32, concatBytes, fromHex, toHex, ZERO_HASH } from "./bytes.ts";
import type { RowOp } from "./contracts/storage.ts";
import { SIGNING_TYPES, type SigningType, signingDigest } from "./digest.ts";
import type { Log } from "./receipt.ts";
import { nobleSuite as suite } from "./testing/noble-suite.ts";
import { runningRoot, writeSetDigest } from "./write-set.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("SPEC 5: signing digests", () => {
  it("differ by genesis, type and fields (SPEC 5.1)", () => {
    const types = Object.keys(SIGNING_TYPES) as SigningType[];
    const seen = new Set<string>();
    for (const genesis of [ZERO_HASH, suite.hash(ZERO_HASH)]) {
      for (const type of types) {
        for (const fields of [[], [bytes("a"), bytes("b")], [bytes("ab")], [[bytes("a"), bytes("b")]]]) {
          seen.add(toHex(signingDigest(suite, genesis, type, fields)));
        }
      }
    }
    expect(seen.size).toBe(2 * types.length * 4);
    expect(new Set(Object.values(SIGNING_TYPES)).size).toBe(types.length);
  });
});

describe("blooms", () => {
  const log = (address: Uint8Array, ...topics: Uint8Array[]): Log => ({ address, topics, data: new Uint8Array(0) });

  it("equals Ethereum's on a known set (SPEC 2.6)", () => {
    const logs = Array.from({ length: 100 }, (_, i) => log(bytes(`xxxxxxxxxx data ${i} yyyyyyyyyyyyyy`)));
    expect(toHex(suite.hash(logsBloom(suite, logs)))).toBe(
      "c8d3ca65cdb4874300a9e39475508f23ed6da09fdbc487f89a2dcf50b09eb263",
    );
  });

  it("contains what went in, adds up, and denies most other things", () => {
    const address = new Uint8Array(20).fill(1);
    const topic = suite.hash(address);
    const bloom = Uint8Array.from(logsBloom(suite, [log(address)]));
    expect(bloomContains(suite, bloom, topic)).toBe(false);
    orBloom(bloom, logsBloom(suite, [log(address, topic)]));
    expect(bloomContains(suite, bloom, address) && bloomContains(suite, bloom, topic)).toBe(true);
    const others = Array.from({ length: 200 }, (_, i) => suite.hash(bigTo32(BigInt(i))));
    expect(others.filter((other) => bloomContains(suite, bloom, other)).length).toBeLessThan(3);
    expect(logsBloom(suite, []).every((byte) => byte === 0)).toBe(true);
  });
});

describe("blooms of values seen before", () => {
  it("are those of the values, whatever else ends with the same bytes, and whoever changes what was passed", () => {
    const data = new Uint8Array(0);
    // All end alike, some repeat.
    const values = Array.from({ length: 30 }, (_, i) => concatBytes(suite.hash(Uint8Array.of(i % 7)), bytes("end")));
    for (const address of values) {
      const bloom = new Uint8Array(256);
      const hash = suite.hash(address);
      for (let i = 0; i < 6; i += 2) {
        const bit = ((hash[i]! << 8) | hash[i + 1]!) & 2047;
        bloom[255 - (bit >> 3)]! |= 1 << (bit & 7);
      }
      expect(logsBloom(suite, [{ address, topics: [], data }])).toEqual(bloom);
      expect(logsBloom(suite, [{ address, topics: [address, address], data }])).toEqual(bloom);
      address[0]! ^= 1;
    }
  });
});

describe("addresses", () => {
  it("equal Ethereum's for CREATE (SPEC 9.8)", () => {
    const sender = fromHex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")!;
    expect([0n, 1n, 2n].map((nonce) => toHex(contractAddress(suite, sender, nonce)))).toEqual([
      "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
      "343c43a37d37dff08ae8c4a11544c718abb4fcf8",
      "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91",
    ]);
  });

  it("equal EIP-1014's examples for CREATE2 (SPEC 9.8)", () => {
    const of = (sender: string, salt: string, code: string) =>
      toHex(create2Address(suite, fromHex(sender)!, fromHex(salt)!, suite.hash(fromHex(code)!)));
    const zero = "00".repeat(32);
    expect(of("00".repeat(20), zero, "00")).toBe("4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38");
    expect(of("deadbeef00000000000000000000000000000000", zero, "00")).toBe("b928f69bb1d91cd65274e3c79d8986362984fda3");
    expect(of("00000000000000000000000000000000deadbeef", `${"00".repeat(28)}cafebabe`, "deadbeef")).toBe(
      "60f3f640a8508fc6a86d45df051962668e1e8ac7",
    );
  });

  it("of group transactions and replay keys follow their formulas (SPEC 9.8, 9.9)", () => {
    const hash = suite.hash(ZERO_HASH);
    expect(groupContractAddress(suite, hash)).toEqual(suite.hash(concatBytes(bytes("fb-create"), hash)).slice(12));
    const sender = new Uint8Array(20).fill(9);
    expect(replayKey(suite, sender, 5n)).toEqual(suite.hash(concatBytes(sender, bigTo32(5n))).slice(0, 16));
  });
});

describe("SPEC 8: write sets", () => {
  const field = fc.uint8Array({ maxLength: 4 });
  const op: fc.Arbitrary<RowOp> = fc.record({
    table: fc.constantFrom("_sys_config_", "u_a", "u_ab", "u_é", "u_\u{1f600}", "u_\uffee"),
    key: field,
    row: fc.oneof(fc.nat(3), fc.maxSafeNat()),
    fields: fc.option(fc.array(field, { maxLength: 3 })),
  });
  const writes = fc.uniqueArray(op, {
    maxLength: 8,
    selector: ({ table, key, row }) => `${table}/${toHex(key)}/${row}`,
  });

  it("do not depend on the order in which they are given (SPEC 8.1)", () => {
    fc.assert(
      fc.property(writes, fc.infiniteStream(fc.nat()), (entries, random) => {
        const order = new Map(entries.map((entry) => [entry, random.next().value]));
        const shuffled = [...entries].sort((a, b) => order.get(a)! - order.get(b)!);
        expect(writeSetDigest(suite, shuffled)).toEqual(writeSetDigest(suite, entries));
      }),
    );
  });

  it("differ when anything in them differs (SPEC 8.2)", () => {
    const text = (entries: readonly RowOp[]) =>
      JSON.stringify(
        entries
          .map(({ table, key, row, fields }) => [table, toHex(key), row, fields?.map(toHex) ?? null])
          .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      );
    fc.assert(
      fc.property(writes, writes, (a, b) => {
        const same = toHex(writeSetDigest(suite, a)) === toHex(writeSetDigest(suite, b));
        expect(same).toBe(text(a) === text(b));
      }),
    );
    const row = { table: "u_a", key: bytes("k"), row: 0 };
    const of = (...entries: RowOp[]) => toHex(writeSetDigest(suite, entries));
    const all = [
      of(),
      of({ ...row, fields: null }),
      of({ ...row, fields: [] }),
      of({ ...row, fields: [bytes("")] }),
      of({ ...row, fields: [bytes("ab")] }),
      of({ ...row, fields: [bytes("a"), bytes("b")] }),
      of({ ...row, table: "u_ak", key: bytes(""), fields: [] }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it("sort by the bytes of names, not by UTF-16 units (SPEC 5.3, 8.1)", () => {
    const at = (table: string): RowOp => ({ table, key: bytes("k"), row: 0, fields: [] });
    const high = at("u_\u{1f600}");
    const low = at("u_\uffee");
    const digest = writeSetDigest(suite, [high, low]);
    const entry = ({ table }: RowOp) =>
      concatBytes(
        u32(bytes(table).length),
        bytes(table),
        u32(1),
        bytes("k"),
        new Uint8Array(8),
        Uint8Array.of(1),
        u32(0),
      );
    expect(digest).toEqual(suite.hash(concatBytes(bytes("fb-writes/1"), u32(2), entry(low), entry(high))));
  });

  it("hold a row once", () => {
    const row = { table: "u_a", key: bytes("k"), row: 0, fields: null };
    expect(() => writeSetDigest(suite, [row, row])).toThrowError(expect.objectContaining({ code: "INVARIANT_BROKEN" }));
  });

  it("chain into running roots that depend on parent and digest (SPEC 8.3)", () => {
    const [a, b] = [suite.hash(bytes("a")), suite.hash(bytes("b"))];
    const roots = [runningRoot(suite, a, b), runningRoot(suite, b, a), runningRoot(suite, a, a)].map(toHex);
    expect(new Set(roots).size).toBe(3);
  });
});

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
