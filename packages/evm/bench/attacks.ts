import { type Address, bigTo32 } from "@fb/types";
import { Assembler } from "../test/fuzz/assembler.ts";
import { World } from "../test/support/world.ts";

/** A contract that spends all its gas on what may cost more time or memory than gas. */
export interface Attack {
  readonly name: string;
  readonly code: Uint8Array;
}

const MEGABYTE = 1 << 20;
const MAX_CODE = 24_576;
const MAX_INIT_CODE = 49_152;
const ALL_ONES = 2n ** 256n - 1n;
/** Contracts of the largest size lie from here on. */
const FIRST_TARGET = 0x10000;
const TARGETS = 4_096;
const PRECOMPILES = [...Array.from({ length: 0x11 }, (_, i) => i + 1), 0x100];
const UNROLLED = 16;

export function addressOf(n: number): Address {
  return bigTo32(BigInt(n)).slice(12);
}

/** A world with contracts that consist of jump targets and all differ. */
export function hostileWorld(): World {
  const world = new World();
  for (let n = 0; n < TARGETS; n++) {
    const code = new Uint8Array(MAX_CODE).fill(0x5b);
    code.set([0x00, n >> 8, n & 255]);
    world.put(addressOf(FIRST_TARGET + n), { nonce: 1n, balance: 0n, code }, new Map());
  }
  return world;
}

/** Repeats `body` for ever, which finds a counter on top of the stack and may leave anything above it. */
function forever(body: (asm: Assembler) => void, before: (asm: Assembler) => void = () => undefined): Uint8Array {
  const asm = new Assembler();
  before(asm);
  asm.push(0);
  const top = asm.mark();
  const height = asm.height;
  for (let i = 0; i < UNROLLED; i++) {
    body(asm);
    asm.level(height);
    asm.push(1);
    asm.op("ADD");
  }
  asm.push(1);
  asm.jumpBack(top);
  return asm.code();
}

/** Memory of `bytes`, paid for once. */
function withMemory(bytes: number) {
  return (asm: Assembler) => {
    asm.push(ALL_ONES);
    asm.push(bytes - 32);
    asm.op("MSTORE");
  };
}

function pushAll(asm: Assembler, ...values: readonly (number | bigint)[]): void {
  for (const value of values) asm.push(value);
}

/** Pushes one of `count` large contracts after the other; the counter is `depth` items down. */
function pushTarget(asm: Assembler, count: number, depth: number): void {
  asm.dup(depth);
  asm.push(count - 1);
  asm.op("AND");
  asm.push(FIRST_TARGET);
  asm.op("ADD");
}

function callsOver(count: number): Uint8Array {
  return forever((asm) => {
    pushAll(asm, 0, 0, 0, 0);
    pushTarget(asm, count, 5);
    asm.op("GAS", "STATICCALL");
  });
}

function copiesOver(count: number): Uint8Array {
  return forever((asm) => {
    pushAll(asm, 1, 0, 0);
    pushTarget(asm, count, 4);
    asm.op("EXTCODECOPY");
  });
}

function precompile(number: number, size: number, gas: number | null): Uint8Array {
  return forever(
    (asm) => {
      pushAll(asm, 0, 0, size, 0, number);
      if (gas === null) asm.op("GAS");
      else asm.push(gas);
      asm.op("STATICCALL");
    },
    withMemory(Math.max(size, 32)),
  );
}

/** Each frame takes memory and calls itself with all its gas. */
function deepMemory(bytes: number): Uint8Array {
  const asm = new Assembler();
  withMemory(bytes)(asm);
  pushAll(asm, 0, 0, 0, 0, 0);
  asm.op("ADDRESS", "GAS", "CALL");
  return asm.code();
}

const everNew = (op: "BALANCE" | "SLOAD" | "TLOAD") =>
  forever((asm) => {
    asm.dup(1);
    asm.op(op);
  });

const writesEverNew = (op: "SSTORE" | "TSTORE") =>
  forever((asm) => {
    asm.push(1);
    asm.dup(2);
    asm.op(op);
  });

export const ATTACKS: readonly Attack[] = [
  ...[64, 1024, 4096].flatMap((count) => [
    { name: `STATICCALL over ${count} contracts of 24 KB`, code: callsOver(count) },
    { name: `EXTCODECOPY over ${count} contracts of 24 KB`, code: copiesOver(count) },
  ]),
  { name: "BALANCE, ever new", code: everNew("BALANCE") },
  { name: "SLOAD, ever new", code: everNew("SLOAD") },
  { name: "TLOAD, ever new", code: everNew("TLOAD") },
  { name: "SSTORE, ever new", code: writesEverNew("SSTORE") },
  { name: "TSTORE, ever new", code: writesEverNew("TSTORE") },
  {
    name: "BLOCKHASH",
    code: forever((asm) => {
      asm.push(900);
      asm.op("BLOCKHASH");
    }),
  },
  ...[0, MEGABYTE].map((size) => ({
    name: `KECCAK256 of ${size} bytes`,
    code: forever(
      (asm) => {
        pushAll(asm, size, 0);
        asm.op("KECCAK256");
      },
      withMemory(Math.max(size, 32)),
    ),
  })),
  {
    name: "MCOPY of 1 MB",
    code: forever(
      (asm) => {
        pushAll(asm, MEGABYTE, 0, MEGABYTE);
        asm.op("MCOPY");
      },
      withMemory(2 * MEGABYTE),
    ),
  },
  {
    name: "LOG0 of nothing",
    code: forever((asm) => {
      pushAll(asm, 0, 0);
      asm.log(0);
    }),
  },
  {
    name: "EXP",
    code: forever((asm) => {
      pushAll(asm, ALL_ONES, ALL_ONES - 188n);
      asm.op("EXP");
    }),
  },
  {
    name: "MULMOD",
    code: forever((asm) => {
      pushAll(asm, ALL_ONES >> 1n, ALL_ONES - 2n, ALL_ONES - 188n);
      asm.op("MULMOD");
    }),
  },
  {
    name: "SDIV",
    code: forever((asm) => {
      pushAll(asm, 2n ** 129n - 3n, (ALL_ONES >> 1n) - 188n);
      asm.op("SDIV");
    }),
  },
  {
    name: "CREATE of 48 KB",
    code: forever((asm) => {
      pushAll(asm, MAX_INIT_CODE, 0, 0);
      asm.op("CREATE");
    }, withMemory(MAX_INIT_CODE)),
  },
  { name: "memory of 600 KB a frame", code: deepMemory(600 << 10) },
  ...PRECOMPILES.flatMap((number) => {
    const name = `precompile 0x${number.toString(16)}`;
    return [
      { name: `${name}, 3 MB of input, no gas`, code: precompile(number, 3 * MEGABYTE, 0) },
      { name: `${name}, 3 MB of input`, code: precompile(number, 3 * MEGABYTE, null) },
      { name: `${name}, no input`, code: precompile(number, 0, null) },
    ];
  }),
];
