import { describe, expect, it } from "vitest";
import { decodeBlock, encodeBlock } from "./block-codec.ts";
import {
  BLOCK_LIMITS,
  blockSizeProblem,
  bytesInBlock,
  MAX_BLOCK_BYTES,
  MAX_BLOCK_MESSAGE_BYTES,
  MAX_BLOCK_TRANSACTIONS,
} from "./block-rules.ts";
import { encodeCertificate } from "./certificate.ts";
import { encodeHeader, MAX_EXTRA_DATA_BYTES } from "./header-codec.ts";
import { MAX_MEMBERS } from "./members.ts";
import { MAX_TRANSACTION_BYTES } from "./tx.ts";

const largest = (value: number) => new Uint8Array(value).fill(0xff);
const longestHeader = {
  parentHash: largest(32),
  number: Number.MAX_SAFE_INTEGER,
  timestamp: Number.MAX_SAFE_INTEGER,
  stateRoot: largest(32),
  tablesRoot: largest(32),
  txRoot: largest(32),
  receiptRoot: largest(32),
  membersHash: largest(32),
  logsBloom: largest(256),
  gasLimit: Number.MAX_SAFE_INTEGER,
  gasUsed: Number.MAX_SAFE_INTEGER,
  sealer: MAX_MEMBERS - 1,
  extraData: largest(MAX_EXTRA_DATA_BYTES),
};

/** Transactions that take exactly `bytes` of a block, of the greatest length but for the last. */
function transactionsOf(bytes: number): Uint8Array[] {
  const full = Math.floor(bytes / (MAX_TRANSACTION_BYTES + 4));
  const rest = bytes - full * (MAX_TRANSACTION_BYTES + 4);
  return [...Array.from({ length: full }, () => new Uint8Array(MAX_TRANSACTION_BYTES)), new Uint8Array(rest - 4)];
}

describe("SPEC 13.2: the size of a block", () => {
  it("is bounded by the count in force", () => {
    const three = [1, 2, 3].map((length) => new Uint8Array(length));
    expect(blockSizeProblem(three, 3)).toBeNull();
    expect(blockSizeProblem(three, 2)).toBe("TOO_MANY_TRANSACTIONS");
    expect(blockSizeProblem([], 1)).toBeNull();
    expect(MAX_BLOCK_TRANSACTIONS).toBe(1_000_000);
  });

  it("is bounded by 8 MiB of transactions, each with four bytes for its length", () => {
    expect(MAX_BLOCK_BYTES).toBe(8_388_608);
    expect(bytesInBlock(new Uint8Array(100))).toBe(104);
    expect(blockSizeProblem(transactionsOf(MAX_BLOCK_BYTES), 100)).toBeNull();
    expect(blockSizeProblem(transactionsOf(MAX_BLOCK_BYTES + 1), 100)).toBe("BLOCK_TOO_LARGE");
  });
});

describe("SPEC 13.8: whoever carries blocks", () => {
  it("decodes the longest valid one, and nothing much longer", () => {
    expect(BLOCK_LIMITS.maxBytes).toBe(8_390_656);
    const longest = encodeBlock({ header: longestHeader, transactions: transactionsOf(MAX_BLOCK_BYTES) });
    expect(decodeBlock(longest, BLOCK_LIMITS)?.transactions).toHaveLength(8);
    const longer = encodeBlock({ header: longestHeader, transactions: transactionsOf(MAX_BLOCK_BYTES + 1024) });
    expect(decodeBlock(longer, BLOCK_LIMITS)).toBeNull();
  });

  it("has room in one message for it, for the longest certificate and for 128 KiB more", () => {
    expect(MAX_BLOCK_MESSAGE_BYTES).toBe(8_912_896);
    const signatures = Array.from({ length: MAX_MEMBERS }, (_, sealer) => ({ sealer, signature: largest(65) }));
    const certificate = encodeCertificate({ round: Number.MAX_SAFE_INTEGER, signatures });
    const block = BLOCK_LIMITS.maxBytes;
    expect(encodeHeader(longestHeader).length + 8).toBeLessThanOrEqual(block - MAX_BLOCK_BYTES);
    expect(block + certificate.length).toBeLessThan(MAX_BLOCK_MESSAGE_BYTES - 128 * 1024);
  });
});
