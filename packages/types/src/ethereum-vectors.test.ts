import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { officialVectors } from "@fb/vectors";
import { describe, expect, it } from "vitest";
import { bigToBytes, fromHex, toHex } from "./bytes.ts";
import { type RlpItem, rlpDecode, rlpEncode, rlpUint } from "./rlp.ts";
import { nobleSuite as suite } from "./testing/noble-suite.ts";
import type { TxDecodeCode } from "./tx-code.ts";
import { decodeTransaction } from "./tx-decode.ts";
import { recoverSender } from "./tx-sender.ts";

const official = officialVectors("ethereum-tests");

type RlpInput = string | number | RlpInput[];
interface RlpCase {
  readonly in: RlpInput;
  readonly out: string;
}

interface TransactionResult {
  readonly hash?: string;
  readonly sender?: string;
  readonly exception?: string;
}
interface TransactionCase {
  readonly txbytes: string;
  readonly result: Readonly<Record<string, TransactionResult>>;
}

/** Newest first; what a test says of the newest fork it knows counts. */
const FORKS = ["Cancun", "Shanghai", "Paris", "London"];
/** Valid on Ethereum, refused here, each for a rule of SPEC 9. */
const DEVIATIONS: Readonly<Record<string, TxDecodeCode>> = {
  "ttGasLimit/TransactionWithHighGasLimit63": "TX_GAS_TOO_HIGH",
  "ttGasLimit/TransactionWithHighGasLimit63Plus1": "TX_GAS_TOO_HIGH",
};
/** Faults that decoding is not asked to find. */
const UNDECODED = /INTRINSIC_GAS_TOO_LOW$|EC_RECOVERY_FAIL$/;

/** The named cases of a file; none where the official test data is not. */
function casesOf<T>(...path: readonly string[]): readonly (readonly [name: string, T])[] {
  if (official === null) return [];
  return Object.entries(JSON.parse(readFileSync(join(official, ...path), "utf8")) as Record<string, T>);
}

function transactionCases(): readonly (readonly [name: string, TransactionCase])[] {
  if (official === null) return [];
  return readdirSync(join(official, "TransactionTests")).flatMap((folder) =>
    readdirSync(join(official, "TransactionTests", folder)).flatMap((file) =>
      casesOf<TransactionCase>("TransactionTests", folder, file).map(
        ([name, test]) => [`${folder}/${name}`, test] as const,
      ),
    ),
  );
}

/** Files write integers as numbers or `#decimal`, bytes as text. */
function itemOf(input: RlpInput): RlpItem {
  if (Array.isArray(input)) return input.map(itemOf);
  if (typeof input === "number") return rlpUint(input);
  if (input.startsWith("#")) return bigToBytes(BigInt(input.slice(1)));
  return new TextEncoder().encode(input);
}

describe.skipIf(official === null)("official RLPTests (SPEC 1)", () => {
  it.each(casesOf<RlpCase>("RLPTests", "rlptest.json"))("%s", (_name, test) => {
    const bytes = fromHex(test.out)!;
    expect(toHex(rlpEncode(itemOf(test.in)))).toBe(toHex(bytes));
    expect(toHex(rlpEncode(rlpDecode(bytes)))).toBe(toHex(bytes));
  });

  it.each(casesOf<RlpCase>("RLPTests", "invalidRLPTest.json"))("invalid: %s", (_name, test) => {
    expect(() => rlpDecode(fromHex(test.out)!)).toThrowError(expect.objectContaining({ code: "RLP_INVALID" }));
  });
});

describe.skipIf(official === null)("official TransactionTests (SPEC 9)", () => {
  it.each(transactionCases())("%s", (name, { txbytes, result }) => {
    const expected = result[FORKS.find((fork) => fork in result)!]!;
    const found = decodeTransaction(suite, fromHex(txbytes)!);
    const deviation = DEVIATIONS[name];
    if (deviation !== undefined) {
      expect(found).toMatchObject({ ok: false, code: deviation });
    } else if (!found.ok) {
      expect(expected.exception).toBeDefined();
      expect(expected.exception).not.toMatch(UNDECODED);
    } else if (expected.exception === undefined) {
      expect(`0x${toHex(found.tx.hash)}`).toBe(expected.hash);
      expect(`0x${toHex(recoverSender(suite, found.tx)!)}`).toBe(expected.sender);
    } else if (expected.exception.endsWith("INVALID_CHAINID")) {
      expect(found.tx.chainId).not.toBe(1n);
    } else {
      expect(expected.exception).toMatch(UNDECODED);
    }
  });
});
