import { EMPTY } from "./bytes.ts";
import { invariant } from "./errors.ts";
import { BLOOM_BYTES, EMPTY_BLOOM } from "./header-codec.ts";
import type { Log, Receipt } from "./receipt.ts";
import { rlpEncode, rlpUint } from "./rlp.ts";
import { RlpReader } from "./rlp-reader.ts";

/** Return or revert data kept in a receipt; the rest is cut off. */
export const MAX_RECEIPT_OUTPUT_BYTES = 32_768;

/** Canonical RLP of a receipt (SPEC 4): the leaf of receiptRoot. The bloom is left out when there are no logs. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const { logs, logsBloom, output, contractAddress } = receipt;
  invariant(logsBloom.length === BLOOM_BYTES, "a bloom is 256 bytes");
  invariant(output.length <= MAX_RECEIPT_OUTPUT_BYTES, "receipt output was not cut");
  invariant(contractAddress === null || contractAddress.length === 20, "a contract address is 20 bytes");
  return rlpEncode([
    rlpUint(receipt.status),
    rlpUint(receipt.gasUsed),
    rlpUint(receipt.cumulativeGasUsed),
    contractAddress ?? EMPTY,
    logs.length === 0 ? EMPTY : logsBloom,
    logs.length === 0 ? [] : logs.map((log) => [log.address, log.topics, log.data]),
    output,
  ]);
}

/** The receipt in `bytes`, its byte fields as views; null unless they are exactly one canonical receipt. */
export function decodeReceipt(bytes: Uint8Array): Receipt | null {
  const outer = new RlpReader(bytes);
  const reader = outer.list();
  if (reader === null || !outer.done) return null;
  const status = reader.uint();
  if (status < 0) return null;
  const gasUsed = reader.uint();
  if (gasUsed < 0) return null;
  const cumulativeGasUsed = reader.uint();
  if (cumulativeGasUsed < 0) return null;
  const created = reader.view();
  if (created === null || (created.length !== 0 && created.length !== 20)) return null;
  const bloom = reader.view();
  if (bloom === null) return null;
  const logs = decodeLogs(reader.list());
  if (logs === null || bloom.length !== (logs.length === 0 ? 0 : BLOOM_BYTES)) return null;
  const output = reader.view();
  if (output === null || output.length > MAX_RECEIPT_OUTPUT_BYTES || !reader.done) return null;
  return {
    status,
    gasUsed,
    cumulativeGasUsed,
    contractAddress: created.length === 0 ? null : created,
    logsBloom: logs.length === 0 ? EMPTY_BLOOM : bloom,
    logs,
    output,
  };
}

function decodeLogs(reader: RlpReader | null): Log[] | null {
  if (reader === null) return null;
  const logs: Log[] = [];
  while (!reader.done) {
    const fields = reader.list();
    const address = fields?.fixed(20) ?? null;
    const topicReader = fields?.list() ?? null;
    if (fields === null || address === null || topicReader === null) return null;
    const topics: Uint8Array[] = [];
    while (!topicReader.done) {
      const topic = topicReader.fixed(32);
      if (topic === null || topics.length === 4) return null;
      topics.push(topic);
    }
    const data = fields.view();
    if (data === null || !fields.done) return null;
    logs.push({ address, topics, data });
  }
  return logs;
}
