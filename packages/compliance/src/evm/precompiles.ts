import { concatBytes, EMPTY, toHex } from "@fb/types";
import { nobleSuite } from "@fb/types/testing";
import { describe, expect, it } from "vitest";
import { address, bytes, GAS, hexWord, type RunFn, word } from "./fixture.ts";

const KEY = word(0xbeef);
const DIGEST = nobleSuite.hash(Uint8Array.of(1, 2, 3));
const SIGNATURE = nobleSuite.sign(DIGEST, KEY);
const SIGNER = nobleSuite.hash(nobleSuite.publicKey(KEY)).slice(12);
/** EIP-152, test vector 5. */
const BLAKE2_INPUT = bytes(
  "0000000c48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b" +
    `616263${"00".repeat(125)}03000000000000000000000000000000` +
    "01",
);
const BLAKE2_OUTPUT =
  "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";

const CASES: readonly (readonly [string, number, Uint8Array, string, bigint])[] = [
  [
    "ecrecover",
    1,
    concatBytes(DIGEST, word(27 + SIGNATURE[64]!), SIGNATURE.subarray(0, 64)),
    "00".repeat(12) + toHex(SIGNER),
    3_000n,
  ],
  ["ecrecover of nonsense", 1, new Uint8Array(128), "", 3_000n],
  ["sha256", 2, EMPTY, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 60n],
  ["ripemd160", 3, EMPTY, `${"00".repeat(12)}9c1185a5c5e9fc54612808977ee8f548b2258d31`, 600n],
  ["identity", 4, Uint8Array.of(1, 2, 3), "010203", 18n],
  ["modexp 3^5 mod 7", 5, concatBytes(word(1), word(1), word(1), Uint8Array.of(3, 5, 7)), "05", 200n],
  ["bn254 add of infinity", 6, new Uint8Array(128), "00".repeat(64), 150n],
  ["bn254 mul", 7, concatBytes(word(1), word(2), word(1)), hexWord(1) + hexWord(2), 6_000n],
  ["bn254 pairing of nothing", 8, EMPTY, hexWord(1), 45_000n],
  ["blake2f", 9, BLAKE2_INPUT, BLAKE2_OUTPUT, 12n],
];

const REFUSED: readonly (readonly [string, number, Uint8Array])[] = [
  ["bn254 add off the curve", 6, concatBytes(word(1), word(1), word(0), word(0))],
  ["bn254 mul off the curve", 7, concatBytes(word(1), word(1), word(0))],
  ["bn254 pairing of a partial pair", 8, new Uint8Array(191)],
  ["blake2f of a wrong length", 9, new Uint8Array(212)],
  ["point evaluation of a wrong length", 0x0a, new Uint8Array(191)],
  ["point evaluation of a foreign hash", 0x0a, new Uint8Array(192)],
];

/** EIP-4844: a commitment to the zero polynomial, which is 0 everywhere; infinity is its own proof. */
const INFINITY = concatBytes(Uint8Array.of(0xc0), new Uint8Array(47));
const INFINITY_HASH = bytes("010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014");

export function describePrecompiles(run: RunFn): void {
  describe("precompiled contracts", () => {
    it.each(CASES)("%s", async (_, at, data, output, gas) => {
      const { result } = await run({ message: { to: address(at), data } });
      expect(result).toMatchObject({ error: null, gasUsed: gas, logs: [] });
      expect(toHex(result.output)).toBe(output);
      expect(result.changes.size).toBe(0);
    });

    it.each(REFUSED)("refuse %s with all gas", async (_, at, data) => {
      const { result } = await run({ message: { to: address(at), data } });
      expect(result).toMatchObject({ error: "PRECOMPILE_FAILED", gasUsed: GAS, output: EMPTY });
    });

    it("point evaluation accepts a proof and nothing else", async () => {
      const attempt = async (y: number) => {
        const data = concatBytes(INFINITY_HASH, word(5), word(y), INFINITY, INFINITY);
        return (await run({ message: { to: address(0x0a), data } })).result;
      };
      expect(await attempt(0)).toMatchObject({ error: null, gasUsed: 50_000n });
      expect(toHex((await attempt(0)).output)).toBe(
        `${hexWord(4_096)}73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001`,
      );
      expect((await attempt(1)).error).toBe("PRECOMPILE_FAILED");
    });

    it("without enough gas run out of it", async () => {
      const { result } = await run({ message: { to: address(2), gas: 59n } });
      expect(result).toMatchObject({ error: "OUT_OF_GAS", gasUsed: 59n });
    });

    it("take value like accounts", async () => {
      const { result } = await run({ message: { to: address(4), value: 3n } });
      expect(result.error).toBeNull();
      expect(result.changes.get(toHex(address(4)))!.account).toMatchObject({ balance: 3n });
    });
  });
}
