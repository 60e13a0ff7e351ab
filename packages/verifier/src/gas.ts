import type { EvmFork, Transaction } from "@fb/types";

const TRANSACTION = 21_000;
const CREATION = 32_000;
const ZERO_BYTE = 4;
/** EIP-2028. */
const BYTE = 16;
/** EIP-3860, each 32 bytes of init code. */
const INIT_CODE_WORD = 2;
/** EIP-2930. */
const LISTED_ADDRESS = 2_400;
const LISTED_SLOT = 1_900;
/** EIP-7623, each token: a zero byte is one, another byte four. */
const FLOOR_TOKEN = 10;
/** EIP-3529: at most a fifth of the gas used comes back. */
const REFUND_QUOTIENT = 5;
/** EIP-3860: twice the limit of code (EIP-170). */
export const MAX_INIT_CODE_BYTES = 49_152;

/** What a transaction must pay whatever it does. */
export interface BaseGas {
  /** Taken before execution. */
  readonly intrinsic: number;
  /** Least gas the transaction uses (EIP-7623); 0 before Prague. */
  readonly floor: number;
}

/** The parts of a transaction that its gas depends on. */
export type GasShape = Pick<Transaction, "to" | "data" | "accessList">;

export function baseGas(fork: EvmFork, { to, data, accessList }: GasShape): BaseGas {
  let zeros = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0) zeros++;
  let intrinsic = TRANSACTION + zeros * ZERO_BYTE + (data.length - zeros) * BYTE;
  if (to === null) intrinsic += CREATION + INIT_CODE_WORD * Math.ceil(data.length / 32);
  for (const { slots } of accessList) intrinsic += LISTED_ADDRESS + LISTED_SLOT * slots.length;
  const hasFloor = fork !== "shanghai" && fork !== "cancun";
  const tokens = zeros + 4 * (data.length - zeros);
  return { intrinsic, floor: hasFloor ? TRANSACTION + FLOOR_TOKEN * tokens : 0 };
}

/** Gas a transaction pays in the end. `used` counts the intrinsic gas, `refund` is not capped yet. */
export function finalGas(used: number, refund: number, floor: number): number {
  return Math.max(used - Math.min(refund, Math.floor(used / REFUND_QUOTIENT)), floor);
}
