import {
  type CryptoSuite,
  EMPTY,
  type Hex,
  PRECOMPILED_CODES,
  type PrecompileCall,
  type PrecompileOutcome,
  toHex,
} from "@fb/types";
import { decodeArguments, encodeError, encodeValues } from "./abi.ts";
import { cnsContract } from "./cns.ts";
import { consensusContract } from "./consensus.ts";
import { crudContract } from "./crud/crud.ts";
import type { Steps, SystemContract, SystemFunction } from "./definition.ts";
import { GasMeter, SYSTEM_GAS } from "./gas.ts";
import { permissionContract } from "./permission.ts";
import type { SystemContracts } from "./ports.ts";
import { SystemSession } from "./session.ts";
import { refuse, Stop } from "./stop.ts";
import { systemConfigContract } from "./system-config.ts";

const CONTRACTS: readonly SystemContract[] = [
  systemConfigContract,
  crudContract,
  consensusContract,
  cnsContract,
  permissionContract,
];

/** The system contracts. Stateless: one instance serves any number of calls at the same time. */
export function createSystemContracts(suite: CryptoSuite): SystemContracts {
  const contracts = new Map(CONTRACTS.map((contract) => [contract.address, bySelector(suite, contract)]));
  return {
    addresses: [...contracts.keys()].sort(),
    has: (address) => contracts.has(address),
    *call(call, context) {
      const gas = new GasMeter(call.gas);
      const session = new SystemSession(suite, call, context, gas);
      try {
        const output = yield* dispatch(contracts.get(toHex(call.address))!, session, call, gas);
        return { error: null, gasUsed: gas.used(), output, logs: session.logs };
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
        if (error.code === "OUT_OF_GAS") return { error: "OUT_OF_GAS", gasUsed: call.gas, output: EMPTY, logs: [] };
        return { error: "REVERT", gasUsed: gas.used(), output: encodeError(error.message), logs: [] };
      }
    },
  };
}

/** Ethereum ABI of the system contracts, one human-readable line a function; by address (40 hex digits). */
export const SYSTEM_ABI: ReadonlyMap<Hex, readonly string[]> = new Map(
  CONTRACTS.map((contract) => [
    contract.address,
    contract.functions.map(
      (entry) => `function ${signatureOf(entry)}${entry.writes ? "" : " view"} returns (${entry.outputs.join(", ")})`,
    ),
  ]),
);

/** Code of every system contract, as contracts and clients see it (SPEC 1.1). */
export const SYSTEM_CODE = Uint8Array.of(0xfe);

function* dispatch(
  functions: ReadonlyMap<Hex, SystemFunction>,
  session: SystemSession,
  call: PrecompileCall,
  gas: GasMeter,
): Steps<PrecompileOutcome["output"]> {
  gas.charge(SYSTEM_GAS.call);
  gas.chargeWords(call.inputSize);
  if (call.isDelegated) refuse("system contracts refuse DELEGATECALL and CALLCODE");
  if (call.value !== 0n) refuse("system contracts take no value");
  const entry = functions.get(toHex(call.input.subarray(0, 4)));
  if (entry === undefined) return encodeValues(["int256"], [PRECOMPILED_CODES.unknownFunction]);
  if (entry.writes && call.isStatic) refuse("a static call may not write");
  const args = decodeArguments(entry.inputs, call.input.subarray(4));
  if (args === null) refuse(`bad arguments of ${signatureOf(entry)}`);
  const output = encodeValues(entry.outputs, yield* entry.run(session, args));
  gas.chargeWords(output.length);
  return output;
}

function bySelector(suite: CryptoSuite, contract: SystemContract): ReadonlyMap<Hex, SystemFunction> {
  const utf8 = new TextEncoder();
  return new Map(
    contract.functions.map((entry) => [toHex(suite.hash(utf8.encode(signatureOf(entry))).subarray(0, 4)), entry]),
  );
}

function signatureOf(entry: SystemFunction): string {
  return `${entry.name}(${entry.inputs.join(",")})`;
}
