import type { AllocCode } from "@fb/config";
import { CREATE2_FACTORY_ADDRESS, CREATE2_FACTORY_CODE } from "./contracts/create2-factory.ts";
import { MULTICALL3_ADDRESS, MULTICALL3_CODE } from "./contracts/multicall3.ts";

/** Contracts that development tools expect at the same address on every chain. */
export const DEV_CONTRACTS: readonly AllocCode[] = [
  { address: CREATE2_FACTORY_ADDRESS, code: CREATE2_FACTORY_CODE },
  { address: MULTICALL3_ADDRESS, code: MULTICALL3_CODE },
];
