import { type SoloGroup, suite } from "@fb/ledger/testing";
import { encodeGroupTransaction, fromHex, groupSigningHash, toHex } from "@fb/types";
import { KEY, rpc } from "./fixture.ts";

let sequence = 0;

/** Signs and sends a group transaction with a nonce near 2^256, as real clients draw them. */
export async function sendGroupTransaction(url: string, group: SoloGroup) {
  const fields = {
    nonce: 2n ** 256n - 1n - BigInt(sequence++),
    gasPrice: 0n,
    gas: 100_000n,
    blockLimit: 500n,
    to: new Uint8Array(20).fill(0xee),
    value: 1n,
    data: new Uint8Array(0),
    chainId: BigInt(group.info.chainId),
    groupId: BigInt(group.info.groupId),
    extraData: Uint8Array.of(1, 2),
  };
  const signature = suite.sign(groupSigningHash(suite, fields), fromHex(KEY)!);
  const raw = `0x${toHex(encodeGroupTransaction(fields, signature))}`;
  const answer = await rpc(url, "eth_sendRawTransaction", [raw]);
  return { hash: String(answer.result), nonce: fields.nonce, raw, error: answer.error };
}
