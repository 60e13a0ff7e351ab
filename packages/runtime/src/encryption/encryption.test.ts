import { createDecipheriv, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { concatBytes, fromHex, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { choices } from "../testing/index.ts";
import { ENVELOPE_BYTES, type EnvelopePlace, envelopeMaster, open, seal } from "./envelope.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { groupKeys, parseMasterKeys } from "./master-keys.ts";

interface Vectors {
  readonly masters: string;
  readonly chainId: number;
  readonly groupId: number;
  readonly checks: Readonly<Record<string, string>>;
  readonly envelopes: readonly {
    readonly masterId: number;
    readonly purpose: EnvelopePlace["purpose"];
    readonly range: number;
    readonly context: string;
    readonly plaintext: string;
    readonly envelope: string;
  }[];
}

const vectors: Vectors = JSON.parse(readFileSync(new URL("../../testdata/encryption.json", import.meta.url), "utf8"));
const bytes = (text: string) => new TextEncoder().encode(text);
const group = { chainId: 1, groupId: 1 };
const [OLD, NEW, OTHER] = ["11", "22", "33"].map((byte) => `00${byte.repeat(31)}`);
const ringOf = (masters: string, of = group): KeyRing => createKeyRing(groupKeys(parseMasterKeys(masters), of));
const row: EnvelopePlace = { purpose: "store", context: bytes("u_t\0row") };

describe("master keys (SPEC 2.1)", () => {
  it("are read newest first, and the number 1 may be left out", () => {
    expect(parseMasterKeys(OLD!).map(({ id }) => id)).toEqual([1]);
    const two = parseMasterKeys(`2:${NEW}\r\n1:${OLD!.toUpperCase()}\r\n`);
    expect(two.map(({ id, key }) => [id, toHex(key)])).toEqual([
      [2, NEW],
      [1, OLD],
    ]);
    expect(parseMasterKeys(`4294967295:${OLD}`)[0]!.id).toBe(4294967295);
  });

  it.each([
    ["nothing", ""],
    ["an empty line", `${OLD}\n\n`],
    ["a short key", OLD!.slice(2)],
    ["a long key", `${OLD}00`],
    ["a prefix", `0x${OLD}`],
    ["blanks", ` ${OLD}`],
    ["number 0", `0:${OLD}`],
    ["a number too great", `4294967296:${OLD}`],
    ["a number twice", `1:${NEW}\n${OLD}`],
    ["a key of equal bytes", "ab".repeat(32)],
    ["too many", Array.from({ length: 17 }, (_, i) => `${i + 1}:${OLD}`).join("\n")],
  ])("refuses %s, and shows nothing of it", (_, text) => {
    const read = () => parseMasterKeys(text);
    expect(read).toThrowError(expect.objectContaining({ code: "KEY_FORMAT" }));
    if (text !== "") expect(read).not.toThrowError(OLD!.slice(2, 20));
  });
});

describe("vectors of keys and envelopes (SPEC 2.2, 2.3, 3.1)", () => {
  const ring = ringOf(vectors.masters, vectors);
  const masters = parseMasterKeys(vectors.masters);
  const hkdf = (key: Uint8Array, info: Uint8Array, size: number) =>
    new Uint8Array(hkdfSync("sha256", key, "fb-encryption-1", info, size));
  const big = (value: number, size: number) => fromHex(`0x${value.toString(16).padStart(size * 2, "0")}`)!;
  const groupKey = (masterId: number) => {
    const { key } = masters.find(({ id }) => id === masterId)!;
    return hkdf(key, concatBytes(bytes("group\0"), big(vectors.chainId, 8), big(vectors.groupId, 4)), 32);
  };

  it("key checks are as frozen, and as the specification says", () => {
    for (const { id } of masters) {
      expect(toHex(ring.check(id)!)).toBe(vectors.checks[id]);
      expect(toHex(hkdf(groupKey(id), bytes("check\0"), 16))).toBe(vectors.checks[id]);
    }
    expect(ring.check(99)).toBeNull();
  });

  it("envelopes open, here and by the specification alone", () => {
    expect(vectors.envelopes.length).toBeGreaterThan(3);
    for (const { masterId, purpose, range, context, plaintext, envelope } of vectors.envelopes) {
      const sealed = fromHex(envelope)!;
      const place = { purpose, context: fromHex(context)! };
      expect(open(ring, place, sealed)).toEqual({ ok: true, plaintext: fromHex(plaintext) });
      expect(envelopeMaster(sealed)).toBe(masterId);
      const key = hkdf(groupKey(masterId), concatBytes(bytes(`${purpose}\0`), big(range, 4)), 32);
      const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(9, 21));
      decipher.setAAD(concatBytes(sealed.subarray(0, 9), place.context));
      decipher.setAuthTag(sealed.subarray(-16));
      expect(toHex(concatBytes(decipher.update(sealed.subarray(21, -16)), decipher.final()))).toBe(plaintext);
      expect(toHex(sealed.subarray(0, 9))).toBe(toHex(concatBytes(big(1, 1), big(masterId, 4), big(range, 4))));
    }
  });
});

describe("envelopes (SPEC 1.1, 3.1, 3.2)", () => {
  const ring = ringOf(`2:${NEW}\n1:${OLD}`);

  it("open to what was sealed, also under an older key that is still given", () => {
    for (const size of [0, 1, 15, 16, 17, 64, 65, 100_000]) {
      const plaintext = new Uint8Array(size).fill(7);
      const sealed = seal(ring, row, 5000, plaintext);
      expect(sealed.length).toBe(ENVELOPE_BYTES + size);
      expect(open(ring, row, sealed)).toEqual({ ok: true, plaintext });
    }
    const old = seal(ringOf(OLD!), row, 0, bytes("old"));
    expect(open(ring, row, old)).toEqual({ ok: true, plaintext: bytes("old") });
    expect(open(ringOf(`2:${NEW}`), row, old)).toEqual({ ok: false, code: "KEY_MISSING", masterId: 1 });
  });

  it("open nowhere but where they belong", () => {
    const sealed = seal(ring, row, 0, bytes("value"));
    const damaged = { ok: false, code: "DAMAGED" };
    expect(open(ring, { ...row, context: bytes("u_t\0roW") }, sealed)).toEqual(damaged);
    expect(open(ring, { ...row, context: bytes("u_t\0row\0") }, sealed)).toEqual(damaged);
    expect(open(ring, { ...row, purpose: "journal" }, sealed)).toEqual(damaged);
    for (const other of [
      { chainId: 2, groupId: 1 },
      { chainId: 1, groupId: 2 },
    ]) {
      expect(open(ringOf(`2:${NEW}`, other), row, sealed)).toEqual(damaged);
    }
    expect(open(ringOf(`2:${OTHER}`), row, sealed)).toEqual(damaged);
  });

  it("use a key for 4096 heights and never the same nonce", () => {
    const range = (height: number) => Buffer.from(seal(ring, row, height, bytes(""))).readUInt32BE(5);
    expect([0, 4095, 4096, 10 ** 12].map(range)).toEqual([0, 0, 1, 244140625]);
    const nonces = Array.from({ length: 5000 }, () => toHex(seal(ring, row, 0, bytes("")).subarray(9, 21)));
    expect(new Set(nonces).size).toBe(5000);
  });

  it("every changed bit and every cut is found out, and no bytes make the decoder throw (SPEC 3.3)", () => {
    const sealed = seal(ring, row, 70_000, bytes("some value of a row"));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(open(ring, row, changed).ok).toBe(false);
    }
    for (let size = 0; size < sealed.length; size++) expect(open(ring, row, sealed.subarray(0, size)).ok).toBe(false);
    expect(open(ring, row, concatBytes(sealed, Uint8Array.of(0))).ok).toBe(false);
    const choice = choices(11);
    for (let i = 0; i < 20_000; i++) {
      const random = choice.bytes(choice.below(120));
      const mixed = choice.once(2) ? random : concatBytes(sealed.subarray(0, choice.below(40)), random);
      expect(open(ring, row, mixed).ok).toBe(false);
    }
  });
});
