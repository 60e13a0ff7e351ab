import { createCustomCommon, Mainnet } from "@ethereumjs/common";
import { type EVMOpts, NobleBN254 } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import type { CryptoSuite, EvmFork, EvmHost } from "@fb/types";
import type { JournaledState } from "./journaled-state.ts";
import { pointEvaluation } from "./kzg.ts";

const JUMPDEST = 0x5b;
/** Passes over a jump target between two turns of the event loop. */
const JUMPS_PER_TURN = 8192;

/** What the library's callbacks ask of the engine, which is there when they are called. */
export interface EngineLink {
  engine: { blockHash(number: number): Uint8Array; giveTurn(): Promise<void> } | null;
}

/** Options of @ethereumjs/evm for one fork and chain. */
export function libraryOptions(
  fork: EvmFork,
  chainId: bigint,
  keccak256: CryptoSuite["hash"],
  stateManager: JournaledState,
  link: EngineLink,
): EVMOpts {
  let jumps = 0;
  const jumpDestination = (): Promise<void> | void => {
    if (++jumps % JUMPS_PER_TURN === 0) return link.engine!.giveTurn();
  };
  return {
    common: createCustomCommon({ chainId: Number(chainId) }, Mainnet, { hardfork: fork, customCrypto: { keccak256 } }),
    stateManager,
    bn254: new NobleBN254(),
    blockchain: {
      getBlock: async (number) => ({ hash: () => link.engine!.blockHash(number) }),
      putBlock: async () => {},
      shallowCopy() {
        return this;
      },
    },
    customPrecompiles:
      fork === "shanghai" ? [] : [{ address: `0x${"0a".padStart(40, "0")}`, function: pointEvaluation }],
    customOpcodes: [{ opcode: JUMPDEST, opcodeName: "JUMPDEST", baseFee: 1, logicFunction: jumpDestination }],
  };
}

/** The block as the library's operations read it. */
export function libraryBlock({ block }: EvmHost) {
  return {
    header: {
      number: BigInt(block.number),
      coinbase: new Address(block.coinbase),
      timestamp: BigInt(block.timestamp),
      difficulty: 0n,
      prevRandao: block.prevRandao,
      gasLimit: block.gasLimit,
      baseFeePerGas: block.baseFee,
      getBlobGasPrice: () => block.blobBaseFee,
    },
  };
}
