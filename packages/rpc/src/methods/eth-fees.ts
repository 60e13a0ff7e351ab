import type { EthFeeHistory, HeadRecord } from "@fb/api";
import { quantity } from "../format/hex.ts";
import { reading } from "../reads/bounded-read.ts";
import { unwrap } from "../reads/query-result.ts";
import { block } from "../schema/block.ts";
import { INVALID, optional, type Param, readList, readSmall } from "../schema/params.ts";
import { DIRECT, ethMethod, HEAVY, type MethodPart } from "./method.ts";

const MAX_FEE_HISTORY = 1024;
/** A header as it is read and decoded. */
const HEADER_BYTES = 1024;

const blockCount: Param<number> = {
  name: "blockCount",
  expects: `a quantity or number up to ${MAX_FEE_HISTORY}`,
  read: (value) => {
    const isCount = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_FEE_HISTORY;
    return isCount ? value : readSmall(value, MAX_FEE_HISTORY);
  },
};

const percentiles: Param<number[]> = {
  name: "rewardPercentiles",
  expects: "a list of at most 100 numbers from 0 to 100",
  read: (value) => readList(value, 100, (one) => (typeof one === "number" && one >= 0 && one <= 100 ? one : INVALID)),
};

/** Gas has no market here: the base fee is always zero and nobody needs to tip. */
export const ethFeeMethods = {
  eth_gasPrice: ethMethod([], () => "0x0", DIRECT),
  eth_maxPriorityFeePerGas: ethMethod([], () => "0x0", DIRECT),
  // What BLOBBASEFEE tells contracts: the least price EIP-4844 knows.
  eth_blobBaseFee: ethMethod([], () => "0x1", DIRECT),
  eth_feeHistory: ethMethod(
    [blockCount, block("newestBlock"), optional(percentiles, [])],
    async (scope, count, newest, rewards) => {
      const heads = unwrap(
        await reading(scope, count * HEADER_BYTES, () => scope.query.headers(newest, count, scope.client.signal)),
      );
      return feeHistory(heads, rewards);
    },
    HEAVY,
  ),
} satisfies MethodPart;

function feeHistory(heads: readonly HeadRecord[], rewards: readonly number[]): EthFeeHistory {
  return {
    oldestBlock: quantity(heads[0]?.header.number ?? 0),
    // One entry more than blocks: the fee of the next block is known too.
    baseFeePerGas: Array.from({ length: heads.length + 1 }, () => "0x0" as const),
    gasUsedRatio: heads.map(({ header }) => (header.gasLimit === 0 ? 0 : header.gasUsed / header.gasLimit)),
    ...(rewards.length > 0 ? { reward: heads.map(() => rewards.map(() => "0x0" as const)) } : {}),
  };
}
