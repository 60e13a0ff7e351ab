import { assemble, type Instruction } from "@fb/compliance/evm";

/** What a contract gets behind the first word of its calldata, copied to memory 0; leaves nothing on the stack. */
const COPY_PAYLOAD: readonly Instruction[] = [32, "CALLDATASIZE", "SUB", 32, 0, "CALLDATACOPY"];
const PAYLOAD_SIZE: readonly Instruction[] = [32, "CALLDATASIZE", "SUB"];
const RETURN_DATA: readonly Instruction[] = ["RETURNDATASIZE", 0, 0, "RETURNDATACOPY", "RETURNDATASIZE", 0];

type CallKind = "CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL";

/** Sends the payload to the address in the first word, keeps the outcome in slot 0, ends with what came back. */
function forwarder(kind: CallKind, end: "RETURN" | "REVERT"): Uint8Array {
  const value: readonly Instruction[] = kind === "CALL" || kind === "CALLCODE" ? ["CALLVALUE"] : [];
  const call: readonly Instruction[] = [0, 0, ...PAYLOAD_SIZE, 0, ...value, 0, "CALLDATALOAD", "GAS", kind];
  return assemble(...COPY_PAYLOAD, ...call, 0, "SSTORE", ...RETURN_DATA, end);
}

/** Creates from the payload (CREATE2: the first word is the salt), calls what it created, logs the address. */
function factory(kind: "CREATE" | "CREATE2", times: number): Uint8Array {
  const salt: readonly Instruction[] = kind === "CREATE2" ? [0, "CALLDATALOAD"] : [];
  const make: readonly Instruction[] = [...salt, ...PAYLOAD_SIZE, 0, "CALLVALUE", kind];
  const use: readonly Instruction[] = ["DUP1", 0, "MSTORE", 0, 0, 0, 0, 0, 0, "MLOAD", "GAS", "CALL", "POP"];
  const round: readonly Instruction[] = [...COPY_PAYLOAD, ...make, ...use, 0, 0, "LOG1"];
  return assemble(...Array.from({ length: times }, () => round).flat());
}

/** Writes what a contract can see of block, accounts and gas into slots, and logs with every number of topics. */
function observer(): Uint8Array {
  const seen: readonly (readonly Instruction[])[] = [
    ["NUMBER"],
    ["TIMESTAMP"],
    ["COINBASE", "BALANCE"],
    [1, "NUMBER", "SUB", "BLOCKHASH"],
    ["CALLER", "EXTCODEHASH"],
    ["CALLER", "BALANCE"],
    ["SELFBALANCE"],
    [0, "CALLDATALOAD", "EXTCODESIZE"],
    [7, 1, "TSTORE", 1, "TLOAD"],
    ["CODESIZE", 0, 64, "CODECOPY", 40, 70, 3, "MCOPY", 96, 0, "KECCAK256"],
    ["GASPRICE"],
    ["GAS"],
  ];
  const stores = seen.flatMap((items, slot) => [...items, slot, "SSTORE" as const]);
  const logs = ([0, 1, 2, 3, 4] as const).flatMap((topics): Instruction[] => [
    ...Array.from({ length: topics }, (_, i) => i + 1),
    topics * 16,
    5,
    `LOG${topics}`,
  ]);
  return assemble(...stores, ...logs);
}

/** Contracts that the mixed transactions call. */
export const PROGRAMS = {
  /** Slot (word 0) = word 1, and a log of the first write's slot. */
  store: assemble(32, "CALLDATALOAD", 0, "CALLDATALOAD", "SSTORE", 0, "CALLDATALOAD", 32, 0, "LOG1"),
  call: forwarder("CALL", "RETURN"),
  callCode: forwarder("CALLCODE", "RETURN"),
  delegate: forwarder("DELEGATECALL", "RETURN"),
  static: forwarder("STATICCALL", "RETURN"),
  undo: forwarder("CALL", "REVERT"),
  create: factory("CREATE", 1),
  create2: factory("CREATE2", 1),
  create2Twice: factory("CREATE2", 2),
  destroy: assemble(0, "CALLDATALOAD", "SELFDESTRUCT"),
  revert: assemble(1, 1, "SSTORE", 0x1234, 0, "MSTORE", 32, 0, "REVERT"),
  spin: assemble("JUMPDEST", 0, "JUMP"),
  recurse: assemble(1, 0, "SLOAD", "ADD", 0, "SSTORE", 0, 0, 0, 0, 0, "ADDRESS", "GAS", "CALL"),
  memory: assemble(0, "CALLDATALOAD", "MLOAD", "MSIZE", 0, "MSTORE", 64, 0, "RETURN"),
  observe: observer(),
} as const;
export type ProgramName = keyof typeof PROGRAMS;
