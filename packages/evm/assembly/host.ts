// What the module imports. All are synchronous; "miss" answers make the running operation suspend and run again later.

/** Fills the account record at `record`; 0 when the host must load it first. `name` numbers the address (names.ts). */
@external("host", "loadAccount")
export declare function hostLoadAccount(index: u32, record: usize, name: u32): i32;

/** Fills the 32-byte big endian word at `target` with a slot; 0 = must be loaded first. `address` and `name` are names. */
@external("host", "loadSlot")
export declare function hostLoadSlot(address: u32, key: usize, name: u32, target: usize): i32;

/** Size of the code with the hash at `hash`; -1 = must be loaded first. The host keeps the code for `hostCopyCode`. */
@external("host", "codeSize")
export declare function hostCodeSize(hash: usize): i32;

@external("host", "copyCode")
export declare function hostCopyCode(target: usize): void;

/** Writes the hash of block `number` (or zero) to `target`. */
@external("host", "blockHash")
export declare function hostBlockHash(number: u64, target: usize): void;

/** Tells the host to undo its table writes made after `mark`. */
@external("host", "revertTables")
export declare function hostRevertTables(mark: i32): void;

// Only the tracing build calls these. Depth counts from 1.

/** Before an operation: stack from its floor (`height` bytes), frame memory, return data. */
@external("host", "traceStep")
export declare function traceStep(
  pc: u32, op: u32, gas: i64, depth: u32, stack: usize, height: u32, memory: usize, size: u32, output: usize, outputSize: u32,
  refund: i64,
): void;

/** A frame opened: opcode that asked for it, addresses of caller, code and account, value word, gas, input, caller's gas. */
@external("host", "traceEnter")
export declare function traceEnter(
  op: u32, caller: usize, target: usize, account: usize, value: usize, gas: i64, input: usize, size: u32, callerGas: i64,
): void;

/** The top frame ends: its outcome, gas left and output. */
@external("host", "traceExit")
export declare function traceExit(outcome: i32, gas: i64, output: usize, size: u32): void;
