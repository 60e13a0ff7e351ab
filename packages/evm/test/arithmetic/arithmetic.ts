import { bigTo32, bytesToBig, concatBytes, type Evm, type EvmHost } from "@fb/types";
import { addressOf } from "../fuzz/cast.ts";
import { Random } from "../fuzz/random.ts";
import { testHost } from "../support/host.ts";
import { World } from "../support/world.ts";

const BITS = 256n;
const MASK = (1n << BITS) - 1n;
const signed = (a: bigint) => BigInt.asIntN(256, a);
const unsigned = (a: bigint) => BigInt.asUintN(256, a);

/** Operations by opcode: operands from the top of the stack, answers from BigInt. */
const OPERATIONS: readonly {
  readonly code: number;
  readonly arity: number;
  run(a: bigint, b: bigint, c: bigint): bigint;
}[] = [
  { code: 0x01, arity: 2, run: (a, b) => a + b },
  { code: 0x02, arity: 2, run: (a, b) => a * b },
  { code: 0x03, arity: 2, run: (a, b) => a - b },
  { code: 0x04, arity: 2, run: (a, b) => (b === 0n ? 0n : a / b) },
  { code: 0x05, arity: 2, run: (a, b) => (b === 0n ? 0n : signed(a) / signed(b)) },
  { code: 0x06, arity: 2, run: (a, b) => (b === 0n ? 0n : a % b) },
  { code: 0x07, arity: 2, run: (a, b) => (b === 0n ? 0n : signed(a) % signed(b)) },
  { code: 0x08, arity: 3, run: (a, b, n) => (n === 0n ? 0n : (a + b) % n) },
  { code: 0x09, arity: 3, run: (a, b, n) => (n === 0n ? 0n : (a * b) % n) },
  { code: 0x0a, arity: 2, run: power },
  { code: 0x0b, arity: 2, run: (k, x) => (k > 30n ? x : BigInt.asIntN(Number(k + 1n) * 8, x)) },
  { code: 0x10, arity: 2, run: (a, b) => BigInt(a < b) },
  { code: 0x11, arity: 2, run: (a, b) => BigInt(a > b) },
  { code: 0x12, arity: 2, run: (a, b) => BigInt(signed(a) < signed(b)) },
  { code: 0x13, arity: 2, run: (a, b) => BigInt(signed(a) > signed(b)) },
  { code: 0x14, arity: 2, run: (a, b) => BigInt(a === b) },
  { code: 0x15, arity: 1, run: (a) => BigInt(a === 0n) },
  { code: 0x16, arity: 2, run: (a, b) => a & b },
  { code: 0x17, arity: 2, run: (a, b) => a | b },
  { code: 0x18, arity: 2, run: (a, b) => a ^ b },
  { code: 0x19, arity: 1, run: (a) => MASK ^ a },
  { code: 0x1a, arity: 2, run: (i, x) => (i > 31n ? 0n : (x >> (8n * (31n - i))) & 255n) },
  { code: 0x1b, arity: 2, run: (s, x) => (s > 255n ? 0n : x << s) },
  { code: 0x1c, arity: 2, run: (s, x) => (s > 255n ? 0n : x >> s) },
  { code: 0x1d, arity: 2, run: (s, x) => signed(x) >> (s > 255n ? 255n : s) },
  { code: 0x1e, arity: 1, run: (a) => BITS - BigInt(a === 0n ? 0 : a.toString(2).length) },
];
/** Division and modular multiplication come up as often as everything else together. */
const WEIGHTED = [...OPERATIONS, ...Array.from({ length: 5 }, () => OPERATIONS.slice(3, 9)).flat()];

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) & MASK;
    square = (square * square) & MASK;
  }
  return result;
}

interface Item {
  readonly name: string;
  readonly expected: bigint;
}

/** Runs `count` random operations in one program and describes the first wrong answer, or null. */
export async function checkArithmetic(evm: Evm, seed: number, count: number): Promise<string | null> {
  const random = new Random(seed);
  const parts: Uint8Array[] = [];
  const items: Item[] = [];
  for (let i = 0; i < count; i++) {
    const { code, arity, run } = random.pick(WEIGHTED);
    const [a, b, c] = operands(random);
    const shown = [a, b, c].slice(0, arity);
    for (const operand of shown.toReversed()) parts.push(Uint8Array.of(0x7f), bigTo32(operand));
    parts.push(Uint8Array.of(code, 0x62, (i * 32) >> 16, ((i * 32) >> 8) & 255, (i * 32) & 255, 0x52));
    items.push({
      name: `${code.toString(16)}(${shown.map((n) => n.toString(16)).join(", ")})`,
      expected: unsigned(run(a, b, c)),
    });
  }
  parts.push(Uint8Array.of(0x62, (count * 32) >> 16, ((count * 32) >> 8) & 255, (count * 32) & 255, 0x5f, 0xf3));
  const output = await execute(evm, concatBytes(...parts));
  for (const [i, { name, expected }] of items.entries()) {
    const actual = bytesToBig(output.subarray(i * 32, i * 32 + 32));
    if (actual !== expected) return `${name} = ${expected.toString(16)}, not ${actual.toString(16)}`;
  }
  return null;
}

/** Operands that often nearly divide each other or share limbs, where long division goes wrong. */
function operands(random: Random): [bigint, bigint, bigint] {
  const a = random.word();
  const b = random.chance(0.2) ? BigInt(random.below(300)) : random.word();
  if (random.chance(0.7)) return [a, b, random.word()];
  const quotient = random.word() >> BigInt(random.below(256));
  return [unsigned(b * quotient + BigInt(random.below(3) - 1)), b, unsigned(a + BigInt(random.below(3) - 1))];
}

const TARGET = addressOf(0xcafen);

async function execute(evm: Evm, code: Uint8Array): Promise<Uint8Array> {
  const world = new World();
  world.put(TARGET, { nonce: 1n, balance: 0n, code }, new Map());
  const host: EvmHost = testHost(world.view(), "osaka");
  const result = await evm.execute(
    {
      caller: TARGET,
      origin: TARGET,
      to: TARGET,
      value: 0n,
      data: new Uint8Array(0),
      gas: 1_000_000_000n,
      gasPrice: 0n,
      blobHashes: [],
      isStatic: true,
      accessList: [],
    },
    host,
  );
  return result.output;
}
