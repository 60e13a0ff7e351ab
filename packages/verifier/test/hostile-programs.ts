import { assemble } from "@fb/compliance/evm";
import { type Address, fromHex } from "@fb/types";
import fc from "fast-check";
import { testSuite } from "./accounts.ts";

const suite = await testSuite();
export const reserved = (value: number): Address => fromHex(value.toString(16).padStart(40, "0"))!;
const SYSTEM = [0x1000, 0x1003, 0x1004, 0x1005];

/** Opcodes that reach state, other contracts or the block, and the pushes that feed them. */
const opcode = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0x30, 0x31, 0x3b, 0x3c, 0x3e, 0x3f, 0x40, 0x54, 0x55, 0x5a, 0x5c, 0x5d, 0x5e),
  fc.constantFrom(0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa, 0xfd, 0xff, 0xa2),
);
/** An address at which something special lives, or nearly. */
export const hostileTarget = fc.constantFrom(...SYSTEM, ...Array.from({ length: 12 }, (_, i) => i), 0xffff);
const piece = fc.oneof(
  opcode.map((code) => Uint8Array.of(code)),
  fc.integer({ min: 0, max: 0xffff }).map((value) => assemble(value)),
  fc
    .tuple(hostileTarget, fc.constantFrom("CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"), fc.nat(255))
    .map(([to, kind, size]) =>
      kind === "CALL" || kind === "CALLCODE"
        ? assemble(32, 0, size, 0, size % 3 === 0 ? 1 : 0, reserved(to), 60_000, kind)
        : assemble(32, 0, size, 0, reserved(to), 60_000, kind),
    ),
);
/** Bytecode that means no good. */
export const hostileProgram = fc
  .array(piece, { minLength: 1, maxLength: 60 })
  .map((pieces) => Uint8Array.from(pieces.flatMap((part) => [...part])));

/** Calldata that gets past selectors: a known selector or a random one, then words that look like ABI. */
const word = fc.oneof(
  fc
    .constantFrom(0, 1, 32, 64, 96, 128, 2 ** 31 - 1, 2 ** 32 - 1)
    .map((value) => fromHex(value.toString(16).padStart(64, "0"))!),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
);
const selectors = [
  "addSealer(string)",
  "remove(string)",
  "setValueByKey(string,string)",
  "getValueByKey(string)",
  "insert(string,string)",
  "insert(string,string,string,string)",
  "queryByName(string)",
  "selectByName(string)",
].map((signature) => suite.hash(new TextEncoder().encode(signature)).slice(0, 4));
export const hostileCalldata = fc
  .tuple(
    fc.oneof(fc.constantFrom(...selectors), fc.uint8Array({ minLength: 0, maxLength: 4 })),
    fc.array(word, { maxLength: 8 }),
    fc.uint8Array({ maxLength: 31 }),
  )
  .map(([selector, words, tail]) => Uint8Array.from([...selector, ...words.flatMap((part) => [...part]), ...tail]));
