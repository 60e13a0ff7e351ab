import type { EvmErrorCode, EvmFork, EvmMessage } from "@fb/types";
import { addressOf } from "./cast.ts";

/** A message that once told the engines apart. */
export interface Found {
  readonly name: string;
  /** Code of the target, hex. */
  readonly code: string;
  readonly fork: EvmFork;
  readonly message: Partial<EvmMessage>;
  /** What is right. */
  readonly error: EvmErrorCode;
}

const pairing = (name: string, precompile: bigint, gas: bigint, error: EvmErrorCode): Found => ({
  name,
  code: "",
  fork: "prague",
  message: { to: addressOf(precompile), data: new Uint8Array(64), gas },
  error,
});

export const FOUND: readonly Found[] = [
  {
    name: "CREATE with too few operands in a static context: the operands are looked at first",
    code: "f0",
    fork: "cancun",
    message: { isStatic: true },
    error: "STACK_UNDERFLOW",
  },
  {
    name: "CREATE2 with too few operands in a static context: the operands are looked at first",
    code: "f5",
    fork: "cancun",
    message: { isStatic: true },
    error: "STACK_UNDERFLOW",
  },
  {
    name: "RETURNDATACOPY out of bounds without the gas for it: the bounds are looked at first",
    code: "60ff5f5f3e",
    fork: "cancun",
    message: { gas: 8n },
    error: "RETURN_DATA_OUT_OF_BOUNDS",
  },
  pairing("a BN254 pairing of half a pair without its gas: it is paid first", 0x08n, 44_999n, "OUT_OF_GAS"),
  pairing("a BN254 pairing of half a pair", 0x08n, 45_000n, "PRECOMPILE_FAILED"),
  pairing("a BLS12-381 pairing of half a pair without its gas: it is paid first", 0x0fn, 37_699n, "OUT_OF_GAS"),
  pairing("a BLS12-381 pairing of half a pair", 0x0fn, 37_700n, "PRECOMPILE_FAILED"),
];
