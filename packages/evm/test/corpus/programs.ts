import { createTracingEvm, type Prestate, recordingView, type TracingEvm } from "@fb/evm/tracing";
import type { TestTransaction } from "@fb/state-tests";
import { type CryptoSuite, EMPTY, fromHex, toHex } from "@fb/types";
import { makeCase } from "../fuzz/make-case.ts";
import { Random } from "../fuzz/random.ts";
import { witness } from "../fuzz/witness.ts";
import { intrinsicGas, MAX_INIT_CODE } from "../support/transition.ts";
import { World } from "../support/world.ts";
import { type CorpusCase, outcomeOf, transactionType } from "./case.ts";
import { writeCase } from "./text.ts";

const PROGRAMS = 3000;
const NONCE = 3n;
const BALANCE = 10n ** 30n;
const FEE = 10n;
const PRIORITY_FEE = 2n;
const BLOB_FEE = 5n;
/** A version of blob hashes (EIP-4844). */
const KZG_VERSION = 1;

interface TriedProgram {
  readonly test: CorpusCase;
  readonly events: ReadonlySet<string>;
  readonly size: number;
}

/** Random programs, small ones first, until everything that any of them does occurs in those taken. */
export async function programCases(suite: CryptoSuite): Promise<readonly CorpusCase[]> {
  const evm = await createTracingEvm({ suite });
  const candidates: TriedProgram[] = [];
  for (let seed = 1; seed <= PROGRAMS; seed++) candidates.push(await candidateOf(evm, new Random(seed)));
  candidates.sort((a, b) => a.size - b.size);
  const seen = new Set<string>();
  const taken = candidates.filter(({ events }) => {
    if ([...events].every((event) => seen.has(event))) return false;
    for (const event of events) seen.add(event);
    return true;
  });
  return taken.map(({ test }) => test);
}

async function candidateOf(evm: TracingEvm, random: Random): Promise<TriedProgram> {
  const whole = transactionOf(random);
  const events = new Set<string>();
  const prestates: Prestate[] = [];
  const outcome = await outcomeOf(witness(evm, events), whole, (world) => {
    const { view, prestate } = recordingView(world.view());
    prestates.push(prestate);
    return view;
  });
  const test = { ...whole, world: readPart(whole, prestates[0]!) };
  const does = test.tx.to === null ? "creates" : "calls";
  events.add(`type ${transactionType(test.tx)} ${does}`).add(`${test.fork} ${does} ${outcome.error}`);
  return { test, events, size: writeCase(test, outcome).length };
}

/** The message of a random program as a transaction of some type. */
function transactionOf(random: Random): CorpusCase {
  const { world, fork, message } = makeCase(random);
  world.put(message.caller, { nonce: NONCE, balance: BALANCE, code: EMPTY }, new Map());
  const type = random.pick(message.to === null || fork === "shanghai" ? [0, 1, 2] : [0, 1, 2, 3]);
  const { to, value } = message;
  const tx: TestTransaction = {
    sender: message.caller,
    to,
    nonce: NONCE,
    gasLimit: 0n,
    value,
    data: to === null ? message.data.subarray(0, MAX_INIT_CODE) : message.data,
    maxFee: FEE,
    maxPriorityFee: type >= 2 ? PRIORITY_FEE : FEE,
    accessList: type === 0 ? [] : message.accessList,
    blob: type === 3 ? { maxFee: BLOB_FEE, hashes: [blobHash(random), blobHash(random)] } : null,
  };
  return { fork, world, tx: { ...tx, gasLimit: message.gas + intrinsicGas(tx) } };
}

function blobHash(random: Random): Uint8Array {
  const hash = random.bytes(32);
  hash[0] = KZG_VERSION;
  return hash;
}

/** The part of a case's world that was read. */
function readPart({ world, tx }: CorpusCase, { accounts, slots }: Prestate): World {
  const part = new World();
  const sender = toHex(tx.sender);
  for (const [address, entry] of world.entries) {
    if (address !== sender && !accounts.has(address)) continue;
    const { nonce, balance, codeHash } = entry.account;
    const read = [...entry.slots].filter(([slot]) => slots.get(address)?.has(slot));
    part.put(fromHex(address)!, { nonce, balance, code: world.codes.get(toHex(codeHash))! }, new Map(read));
  }
  return part;
}
