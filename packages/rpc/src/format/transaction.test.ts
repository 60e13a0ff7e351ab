import type { GroupInfo } from "@fb/api";
import { createCryptoSuite } from "@fb/crypto";
import { bigTo32, encodeEthTransaction, ethSigningHash, ZERO_HASH } from "@fb/types";
import { expect, it } from "vitest";
import { fiscoTransaction } from "./fisco.ts";
import { ethTransaction } from "./transaction.ts";

const suite = await createCryptoSuite();

it("a transaction that is bound to no chain shows v as it was signed, and no chain id", () => {
  const fields = {
    type: 0,
    nonce: 0n,
    gasPrice: 1n,
    gas: 21_000n,
    to: null,
    value: 0n,
    data: new Uint8Array(0),
  } as const;
  const info: GroupInfo = {
    groupId: 1 as GroupInfo["groupId"],
    chainId: 1,
    consensus: "pbft",
    state: "storage",
    chargeGas: false,
    genesisHash: ZERO_HASH,
  };
  const shown = (chainId: bigint | null) => {
    const signature = suite.sign(ethSigningHash(suite, { ...fields, chainId }), bigTo32(7n));
    const raw = encodeEthTransaction({ ...fields, chainId }, signature);
    const record = { raw, hash: suite.hash(raw), sender: new Uint8Array(20), place: null };
    return {
      parity: BigInt(signature[64]!),
      eth: ethTransaction(info, record),
      fisco: fiscoTransaction(record),
    };
  };
  const free = shown(null);
  expect(free.eth).toMatchObject({ type: "0x0", v: `0x${(27n + free.parity).toString(16)}` });
  expect(free.eth).not.toHaveProperty("chainId");
  expect(free.fisco).toMatchObject({ chainId: null });
  const bound = shown(65_537n);
  expect(bound.eth).toMatchObject({ chainId: "0x10001", v: `0x${(131_109n + bound.parity).toString(16)}` });
});
