import { devAccounts } from "@fb/build-chain";
import { assemble, deployer, type Instruction, type Mnemonic } from "@fb/compliance/evm";
import { createCryptoSuite } from "@fb/crypto";
import { encodeEthTransaction, ethChainId, ethSigningHash, fromHex, toHex } from "@fb/types";
import { expect, it } from "vitest";
import { NodeFolder } from "../test/node-folder.ts";
import { RunningNode } from "../test/node-process.ts";

const suite = await createCryptoSuite();
const [alice] = devAccounts();
const CONSENSUS = 0x1003;

/** Logs each value a contract can ask for as one word. */
const SEEN: readonly (readonly Instruction[])[] = [
  ["NUMBER"],
  ["TIMESTAMP"],
  ["COINBASE"],
  ["PREVRANDAO"],
  ["GASLIMIT"],
  ["BASEFEE"],
  ["BLOBBASEFEE"],
  ["CHAINID"],
  ["GASPRICE"],
  [1, "NUMBER", "SUB", "BLOCKHASH"],
  [CONSENSUS, "EXTCODESIZE"],
  [CONSENSUS, "EXTCODEHASH"],
  ["CALLER", "BALANCE"],
  ["ADDRESS", "EXTCODESIZE"],
];
const PROBE = assemble(
  ...SEEN.flatMap((items, i) => [...items, i * 32, "MSTORE" as Mnemonic]),
  SEEN.length * 32,
  0,
  "LOG0",
);

function transaction(nonce: number, to: string | null, data: Uint8Array): string {
  const fields = {
    type: 2 as const,
    chainId: BigInt(ethChainId(1, 1)),
    nonce: BigInt(nonce),
    gasPrice: 7n,
    priorityFee: 3n,
    gas: 1_000_000n,
    to: to === null ? null : fromHex(to)!,
    value: 0n,
    data,
    accessList: [],
  };
  return `0x${toHex(encodeEthTransaction(fields, suite.sign(ethSigningHash(suite, fields), fromHex(alice!.privateKey)!)))}`;
}

it("a contract and a client get the same answer to the same question", async () => {
  const node = await RunningNode.start(await NodeFolder.make("1:pbft:storage"));
  const ask = <T>(method: string, ...params: unknown[]) => node.rpc<T>(1, method, ...params);
  const send = async (nonce: number, to: string | null, data: Uint8Array) => {
    const hash = await ask<string>("eth_sendRawTransaction", transaction(nonce, to, data));
    await node.receipt(1, hash);
    return ask<Record<string, string> & { logs: { data: string }[] }>("eth_getTransactionReceipt", hash);
  };
  const created = await send(0, null, deployer(PROBE));
  const receipt = await send(1, created["contractAddress"]!, new Uint8Array(0));
  const seen = receipt.logs[0]!.data.slice(2)
    .match(/.{64}/g)!
    .map((word) => BigInt(`0x${word}`));

  const at = receipt["blockNumber"]!;
  const block = await ask<Record<string, string>>("eth_getBlockByNumber", at, false);
  const code = async (address: string) => fromHex(await ask<string>("eth_getCode", address, at))!;
  const system = await code(`0x${CONSENSUS.toString(16).padStart(40, "0")}`);
  const told = [
    block["number"],
    block["timestamp"],
    block["miner"],
    block["mixHash"],
    block["gasLimit"],
    block["baseFeePerGas"],
    await ask("eth_blobBaseFee"),
    await ask("eth_chainId"),
    receipt["effectiveGasPrice"],
    block["parentHash"],
    system.length,
    `0x${toHex(suite.hash(system))}`,
    await ask("eth_getBalance", alice!.address, at),
    (await code(created["contractAddress"]!)).length,
  ].map((value) => BigInt(value as string | number));
  expect(told).toEqual(seen);
});
