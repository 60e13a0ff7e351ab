import { type EvmErrorCode, type EvmFork, type EvmMessage, toHex } from "@fb/types";
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

const REVERTS_WITH_EF = Uint8Array.from(Buffer.from("60ef5f5360015ffd", "hex"));

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
  {
    name: "init code of the outermost creation that reverts with bytes that begin with ef: they are no code",
    code: "",
    fork: "cancun",
    message: { to: null, createAddress: addressOf(0xfafan), data: REVERTS_WITH_EF },
    error: "REVERT",
  },
  {
    // CREATE of that init code, then a revert with what it left in the return data.
    name: "init code of a CREATE that reverts with bytes that begin with ef",
    code: `67${toHex(REVERTS_WITH_EF)}5f52600860185ff0503d5f5f3e3d5ffd`,
    fork: "cancun",
    message: {},
    error: "REVERT",
  },
  {
    // Bytes ef00 in memory, CREATE, then a revert: the gas that init code got is gone.
    name: "CREATE of init code that begins with ef00: it runs",
    code: "60ef5f5360025f5ff0505f5ffd",
    fork: "shanghai",
    message: {},
    error: "REVERT",
  },
  {
    name: "CREATE2 of init code that begins with ef00: it runs",
    code: "60ef5f535f60025f5ff5505f5ffd",
    fork: "shanghai",
    message: {},
    error: "REVERT",
  },
  pairing("a BN254 pairing of half a pair without its gas: it is paid first", 0x08n, 44_999n, "OUT_OF_GAS"),
  pairing("a BN254 pairing of half a pair", 0x08n, 45_000n, "PRECOMPILE_FAILED"),
  pairing("a BLS12-381 pairing of half a pair without its gas: it is paid first", 0x0fn, 37_699n, "OUT_OF_GAS"),
  pairing("a BLS12-381 pairing of half a pair", 0x0fn, 37_700n, "PRECOMPILE_FAILED"),
];
