import { EMPTY } from "@fb/types";
import { Assembler } from "../fuzz/assembler.ts";
import { addressOf, CALLER, CONTRACTS } from "../fuzz/cast.ts";
import { Random } from "../fuzz/random.ts";
import { World } from "../support/world.ts";
import type { CorpusCase } from "./case.ts";

const PUSH1 = 0x60;
const WIDEST = 32;
/** DUP and SWAP reach so deep. */
const DEEPEST = 16;
const MOST_TOPICS = 4;

/** Each PUSH, DUP, SWAP and LOG there is, and all that they leave on the stack logged. */
export function numberedOperations(): CorpusCase {
  const random = new Random(1);
  const code = new Assembler();
  for (let size = 1; size <= WIDEST; size++) code.raw(PUSH1 + size - 1, ...random.bytes(size));
  for (let depth = 1; depth <= DEEPEST; depth++) {
    code.dup(depth);
    code.swap(depth);
  }
  const items = WIDEST + DEEPEST;
  for (let i = 0; i < items; i++) {
    code.push(32 * i);
    code.op("MSTORE");
  }
  for (let topics = 0; topics <= MOST_TOPICS; topics++) {
    for (let i = 0; i < topics; i++) code.push(random.word());
    code.push(32 * items);
    code.push(0);
    code.log(topics);
  }
  const [sender, to] = [addressOf(CALLER), addressOf(CONTRACTS[0])];
  const world = new World();
  world.put(sender, { nonce: 0n, balance: 10n ** 18n, code: EMPTY }, new Map());
  world.put(to, { nonce: 1n, balance: 0n, code: code.code() }, new Map());
  const fees = { maxFee: 7n, maxPriorityFee: 7n };
  const tx = { sender, to, nonce: 0n, gasLimit: 200_000n, value: 0n, data: EMPTY, ...fees, accessList: [], blob: null };
  return { fork: "cancun", world, tx };
}
