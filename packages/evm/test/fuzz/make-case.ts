import { bigTo32, concatBytes, type EvmFork, type EvmMessage, type Hex, toHex } from "@fb/types";
import { World } from "../support/world.ts";
import type { FuzzCase } from "./case.ts";
import {
  AUTHORITIES,
  account,
  addressOf,
  CALLER,
  CHILDREN,
  CONTRACTS,
  CREATED,
  NOBODY,
  PLAIN,
  precompile,
  SYSTEM,
} from "./cast.ts";
import { deepCode, wideCode } from "./extremes.ts";
import { writeProgram } from "./program.ts";
import type { Random } from "./random.ts";

const FORKS: readonly EvmFork[] = ["shanghai", "cancun", "cancun", "prague", "prague", "osaka", "osaka"];
/** Forks in which a code of ef0100 and an address is a delegation. */
const DELEGATING: ReadonlySet<EvmFork> = new Set(["prague", "osaka"]);
const NO_CODE: Uint8Array = new Uint8Array(0);
/** Of 3,000 programs, this many go deep and so many more are wide. */
const DEEP = 2;
const WIDE = 36;
/** Enough at the depth limit although every call keeps a sixty-fourth. */
const DEEP_GAS = 1n << 50n;
const WIDE_GAS = 8_000_000n;

/** The world, the fork and the message of one program. */
export function makeCase(random: Random): FuzzCase {
  const kind = random.below(3000);
  const fork = random.pick(FORKS);
  const world = makeWorld(random, fork);
  if (kind < DEEP) {
    replaceCode(world, CONTRACTS[0], deepCode(random, CONTRACTS[0]));
    const message = {
      ...makeMessage(random, fork, false),
      to: addressOf(CONTRACTS[0]),
      gas: DEEP_GAS,
      isStatic: false,
    };
    return { world, fork, message };
  }
  const message = makeMessage(random, fork, random.chance(0.12));
  if (kind >= DEEP + WIDE) return { world, fork, message };
  const { code, data } = wideCode(random, CONTRACTS[0], CONTRACTS[1]);
  replaceCode(world, CONTRACTS[0], code);
  return { world, fork, message: { ...message, gas: WIDE_GAS, data } };
}

function replaceCode(world: World, address: bigint, code: Uint8Array): void {
  world.put(addressOf(address), { nonce: 1n, balance: 2000n, code }, new Map());
}

function makeWorld(random: Random, fork: EvmFork): World {
  const world = new World();
  const none = new Map<Hex, Uint8Array>();
  const put = (address: bigint, nonce: bigint, balance: number, code = NO_CODE, slots = none) =>
    world.put(addressOf(address), { nonce, balance: BigInt(balance), code }, slots);
  const delegates = DELEGATING.has(fork);
  put(CALLER, 3n, 1_000_000, delegates && random.chance(0.2) ? delegation(random) : NO_CODE);
  put(PLAIN, 0n, 7);
  if (random.chance(0.2)) put(SYSTEM, 0n, 11);
  // Where a contract creates, there may be a balance already, or an account that is in the way.
  if (random.chance(0.1)) put(random.pick(CHILDREN), 0n, 5);
  if (random.chance(0.05)) put(random.pick(CHILDREN), 1n, 0);
  const balance = () => (random.chance(0.7) ? random.below(1000) : 0);
  for (const address of AUTHORITIES) {
    const code = delegates || random.chance(0.2) ? delegation(random) : writeProgram(random, fork);
    // An authorisation has raised the nonce; an account without nonce, balance and code cannot exist (EIP-161).
    put(address, BigInt(1 + random.below(3)), balance(), code, slots(random));
  }
  let code: Uint8Array = NO_CODE;
  for (const address of CONTRACTS) {
    if (code.length === 0 || random.chance(0.9)) code = writeProgram(random, fork);
    put(address, 1n, balance(), code, slots(random));
  }
  return world;
}

function slots(random: Random): Map<Hex, Uint8Array> {
  const slots = new Map<Hex, Uint8Array>();
  for (let i = 0n; i < 4n; i++)
    if (random.chance(0.5)) slots.set(toHex(bigTo32(i)), bigTo32(BigInt(1 + random.below(3))));
  return slots;
}

/** Mostly a delegation to code, or to what is no code (EIP-7702); seldom something that looks like one. */
function delegation(random: Random): Uint8Array {
  const target = random.chance(0.65)
    ? random.pick(CONTRACTS)
    : random.pick([...AUTHORITIES, PLAIN, NOBODY, SYSTEM, CALLER, CREATED, precompile(random), random.pick(CHILDREN)]);
  const code = concatBytes(Uint8Array.of(0xef, 0x01, 0x00), addressOf(target));
  if (random.chance(0.92)) return code;
  return random.pick([
    code.slice(0, 22),
    concatBytes(code, Uint8Array.of(0)),
    concatBytes(Uint8Array.of(0xef, 0x01, 0x01), addressOf(target)),
    code.slice(0, 3),
    Uint8Array.of(0xef),
  ]);
}

function makeMessage(random: Random, fork: EvmFork, creates: boolean): EvmMessage {
  const target = random.below(100);
  return {
    caller: addressOf(CALLER),
    origin: addressOf(random.chance(0.9) ? CALLER : PLAIN),
    to: creates
      ? null
      : addressOf(target < 84 ? CONTRACTS[0] : target < 95 ? random.pick(AUTHORITIES) : account(random)),
    ...(creates ? { createAddress: addressOf(random.chance(0.95) ? CREATED : CONTRACTS[1]) } : {}),
    value: random.chance(0.7) ? 0n : BigInt(random.below(300)),
    data: creates ? writeProgram(random, fork) : random.bytes(random.below(80)),
    gas: random.pick([100_000n, 200_000n, 300_000n, 400_000n]),
    gasPrice: 10n,
    blobHashes: random.chance(0.5) ? [random.bytes(32), random.bytes(32)] : [],
    isStatic: !creates && random.chance(0.05),
    accessList: random.chance(0.25) ? accessList(random) : [],
  };
}

function accessList(random: Random): EvmMessage["accessList"] {
  return Array.from({ length: 1 + random.below(3) }, () => ({
    address: addressOf(account(random)),
    slots: Array.from({ length: random.below(3) }, () => bigTo32(BigInt(random.below(4)))),
  }));
}
