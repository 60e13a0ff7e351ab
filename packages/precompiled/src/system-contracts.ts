import {
  type CryptoSuite,
  EMPTY,
  type Hex,
  PRECOMPILED_CODES,
  type PrecompileCall,
  type PrecompileOutcome,
  toHex,
} from "@fb/types";
import { decodeArguments, encodeError, encodeValues, encoding, textBytes } from "./abi.ts";
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
import {
  isObjectAddress,
  kvTableFactoryContract,
  OBJECT_CONTRACTS,
  SystemObjects,
  tableFactoryContract,
} from "./tables/index.ts";

const CONTRACTS: readonly SystemContract[] = [
  systemConfigContract,
  tableFactoryContract,
  crudContract,
  consensusContract,
  cnsContract,
  permissionContract,
  kvTableFactoryContract,
];

/** The system contracts. Stateless: one instance serves any number of calls at the same time. */
export function createSystemContracts(suite: CryptoSuite): SystemContracts {
  const contracts = new Map(CONTRACTS.map(({ address, functions }) => [address, bySelector(suite, functions)]));
  const ofObjects = new Map(
    Object.entries(OBJECT_CONTRACTS).map(([type, { functions }]) => [type, bySelector(suite, functions)]),
  );
  return {
    addresses: [...contracts.keys()].sort(),
    has: (address) => contracts.has(address) || isObjectAddress(address),
    objectsOf: (txHash) => new SystemObjects(suite, txHash),
    *call(call, context) {
      const gas = new GasMeter(call.gas);
      const session = new SystemSession(suite, call, context, gas);
      const fixed = contracts.get(toHex(call.address));
      const object = context.objects.get(call.address);
      try {
        const output =
          fixed !== undefined
            ? yield* dispatch(fixed, null, session, call)
            : yield* dispatch(ofObjects.get(object?.type ?? ""), object, session, call);
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
  CONTRACTS.map(({ address, functions }) => [address, functions.map(abiLine)]),
);

/** Ethereum ABI of the objects that contracts get from the tables, by the name of their Solidity contract. */
export const OBJECT_ABI: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(OBJECT_CONTRACTS).map(({ name, functions }) => [name, functions.map(abiLine)]),
);

/** Code of every system contract, as contracts and clients see it (SPEC 1.1). */
export const SYSTEM_CODE = Uint8Array.of(0xfe);

/** A call of the function that its input names. Without `functions` there is nothing to be called. */
function* dispatch<Self>(
  functions: ReadonlyMap<Hex, SystemFunction<Self>> | undefined,
  self: Self,
  session: SystemSession,
  call: PrecompileCall,
): Steps<PrecompileOutcome["output"]> {
  const { gas } = session;
  gas.charge(SYSTEM_GAS.call);
  gas.chargeWords(call.inputSize);
  if (call.isDelegated) refuse("system contracts refuse DELEGATECALL and CALLCODE");
  if (call.value !== 0n) refuse("system contracts take no value");
  if (functions === undefined) refuse("there is no such object in this transaction");
  const entry = functions.get(toHex(call.input.subarray(0, 4)));
  if (entry === undefined) return encodeValues(["int256"], [PRECOMPILED_CODES.unknownFunction]);
  if (entry.writes && call.isStatic) refuse("a static call may not write");
  const given = call.input.subarray(4);
  gas.charge(SYSTEM_GAS.textByte * BigInt(textBytes(entry.inputs, given)));
  const args = decodeArguments(entry.inputs, given);
  if (args === null) refuse(`bad arguments of ${signatureOf(entry)}`);
  const result = entry.run(session, args, self);
  const values = "next" in result ? yield* result : result;
  // Before the work: a field may be long, and what asks for it may have no gas.
  const { length, encode } = encoding(entry.outputs, values);
  gas.chargeWords(length);
  return encode();
}

function bySelector<Self>(
  suite: CryptoSuite,
  functions: readonly SystemFunction<Self>[],
): ReadonlyMap<Hex, SystemFunction<Self>> {
  const utf8 = new TextEncoder();
  return new Map(functions.map((entry) => [toHex(suite.hash(utf8.encode(signatureOf(entry))).subarray(0, 4)), entry]));
}

/** What describes a function, whatever it belongs to. */
type Signature = Pick<SystemFunction, "name" | "inputs" | "outputs" | "writes">;

function signatureOf({ name, inputs }: Signature): string {
  return `${name}(${inputs.join(",")})`;
}

function abiLine(entry: Signature): string {
  const { outputs, writes } = entry;
  const returns = outputs.length === 0 ? "" : ` returns (${outputs.join(", ")})`;
  return `function ${signatureOf(entry)}${writes ? "" : " view"}${returns}`;
}
