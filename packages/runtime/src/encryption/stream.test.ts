import { readFileSync } from "node:fs";
import { concatBytes, fromHex, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createSeededRng } from "../testing/index.ts";
import { createKeyRing } from "./key-ring.ts";
import { groupKeys, parseMasterKeys } from "./master-keys.ts";
import { decryptStream, encryptStream, isEncryptedStream } from "./stream.ts";

const HEADER = 56;
const SEALED_CHUNK = 65_536 + 16;
const ringOf = (masters: string, groupId = 1) =>
  createKeyRing(groupKeys(parseMasterKeys(masters), { chainId: 1, groupId }));
const [OLD, NEW] = ["11", "22"].map((byte) => `00${byte.repeat(31)}`);
const ring = ringOf(`2:${NEW}\n1:${OLD}`);

async function* inPieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return concatBytes(...pieces);
}

const encrypted = (bytes: Uint8Array, piece = 10_000) => collect(encryptStream(ring, inPieces(bytes, piece)));
const decrypted = (bytes: Uint8Array, of = ring, piece = 7_777) => collect(decryptStream(of, inPieces(bytes, piece)));

function content(size: number): Uint8Array {
  return createSeededRng(size).bytes(size);
}

describe("encrypted streams (SPEC 4.1)", () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])(
    "%i bytes come back, however they are cut",
    async (size) => {
      const plaintext = content(size);
      const sealed = await encrypted(plaintext);
      expect(isEncryptedStream(sealed)).toBe(true);
      const chunks = Math.max(1, Math.ceil(size / 65_536));
      expect(sealed.length).toBe(HEADER + size + 16 * chunks);
      for (const piece of [1_000, 65_536, 1 << 20]) expect(await decrypted(sealed, ring, piece)).toEqual(plaintext);
    },
  );

  it("a frozen stream opens", async () => {
    const { masters, stream } = JSON.parse(
      readFileSync(new URL("../../testdata/encryption.json", import.meta.url), "utf8"),
    );
    const plaintext = await decrypted(fromHex(stream.encrypted)!, ringOf(masters, stream.groupId));
    expect(toHex(plaintext)).toBe(stream.plaintext);
  });

  it("two streams of the same bytes have nothing in common but the beginning", async () => {
    const [a, b] = [await encrypted(content(100)), await encrypted(content(100))];
    expect(a.subarray(0, 24)).toEqual(b.subarray(0, 24));
    expect(a.subarray(24, 56)).not.toEqual(b.subarray(24, 56));
    expect(a.subarray(56)).not.toEqual(b.subarray(56));
  });

  it("tells a missing key and a wrong one from damage", async () => {
    const sealed = await encrypted(content(10));
    await expect(decrypted(sealed, ringOf(`1:${OLD}`))).rejects.toMatchObject({ code: "KEY_MISSING" });
    await expect(decrypted(sealed, ringOf(`2:${OLD}`))).rejects.toMatchObject({ code: "KEY_WRONG" });
    await expect(decrypted(sealed, ringOf(`2:${NEW}`, 2))).rejects.toMatchObject({ code: "KEY_WRONG" });
  });
});

describe("streams that are not what was written (SPEC 4.2)", () => {
  const plaintext = content(150_000);

  it("cut anywhere, also between chunks, they do not end", async () => {
    const sealed = await encrypted(plaintext);
    const places = [0, 3, 55, 56, 60, HEADER + SEALED_CHUNK, HEADER + SEALED_CHUNK + 1, HEADER + 2 * SEALED_CHUNK];
    for (const size of [...places, sealed.length - 1]) {
      await expect(decrypted(sealed.subarray(0, size))).rejects.toMatchObject({ code: "STREAM_DAMAGED" });
    }
  });

  it("continued, in another order, joined or changed, they do not open", async () => {
    const sealed = await encrypted(plaintext);
    const other = await encrypted(plaintext);
    const chunk = (bytes: Uint8Array, i: number) =>
      bytes.subarray(HEADER + i * SEALED_CHUNK, HEADER + (i + 1) * SEALED_CHUNK);
    const header = sealed.subarray(0, HEADER);
    const bad = [
      concatBytes(sealed, Uint8Array.of(0)),
      concatBytes(sealed, chunk(sealed, 0)),
      concatBytes(header, chunk(sealed, 1), chunk(sealed, 0), chunk(sealed, 2)),
      concatBytes(header, chunk(sealed, 0), chunk(sealed, 2)),
      concatBytes(header, chunk(sealed, 0), chunk(other, 1), chunk(sealed, 2)),
      concatBytes(other.subarray(0, HEADER), sealed.subarray(HEADER)),
    ];
    for (const at of [0, 30, HEADER, HEADER + 70_000, sealed.length - 1]) {
      const changed = sealed.slice();
      changed[at]! ^= 1;
      bad.push(changed);
    }
    for (const bytes of bad) await expect(decrypted(bytes)).rejects.toMatchObject({ code: "STREAM_DAMAGED" });
  });

  it("hand over only what is authentic, and close their source", async () => {
    const sealed = await encrypted(plaintext);
    sealed[HEADER + SEALED_CHUNK + 5]! ^= 1;
    let closed = false;
    async function* source() {
      try {
        yield* inPieces(sealed, 5_000);
      } finally {
        closed = true;
      }
    }
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of decryptStream(ring, source())) pieces.push(piece);
    })();
    await expect(reading).rejects.toMatchObject({ code: "STREAM_DAMAGED", fields: { chunk: 1 } });
    expect(concatBytes(...pieces)).toEqual(plaintext.subarray(0, 65_536));
    expect(closed).toBe(true);
  });
});
