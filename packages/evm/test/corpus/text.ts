// A case as one line of JSON: numbers in decimal, bytes in hex, code and data that end in many zeros as `hex+zeros`.

import type { TestTransaction } from "@fb/state-tests";
import { concatBytes, type EvmFork, fromHex, type Hex, toHex } from "@fb/types";
import { World } from "../support/world.ts";
import type { CorpusCase, Outcome } from "./case.ts";

interface CaseText {
  readonly fork: EvmFork;
  readonly tx: TransactionText;
  readonly pre: Readonly<Record<Hex, AccountText>>;
  readonly post: Outcome;
}

interface TransactionText {
  readonly sender: Hex;
  /** Empty: a creation. */
  readonly to: Hex;
  readonly nonce: string;
  readonly gas: string;
  readonly value: string;
  readonly data: string;
  readonly fees: readonly [maxFee: string, maxPriorityFee: string];
  readonly access?: readonly (readonly [address: Hex, ...slots: Hex[]])[];
  readonly blobs?: readonly [maxFee: string, ...hashes: Hex[]];
}

type AccountText = readonly [nonce: string, balance: string, code: string, slots?: Readonly<Record<Hex, Hex>>];

export function writeCase({ fork, world, tx }: CorpusCase, post: Outcome): string {
  const pre: Record<Hex, AccountText> = {};
  for (const [address, { account, slots }] of world.entries) {
    const code = cut(world.codes.get(toHex(account.codeHash))!);
    const fields = [account.nonce.toString(), account.balance.toString(), code] as const;
    const values = Object.fromEntries([...slots].map(([slot, value]) => [slot, toHex(value)]));
    pre[address] = slots.size === 0 ? fields : [...fields, values];
  }
  return JSON.stringify({ fork, tx: writeTransaction(tx), pre, post } satisfies CaseText);
}

export function readCase(line: string): { readonly test: CorpusCase; readonly post: Outcome } {
  const { fork, tx, pre, post } = JSON.parse(line) as CaseText;
  const world = new World();
  for (const [address, [nonce, balance, code, slots = {}]] of Object.entries(pre)) {
    const values = Object.entries(slots).map(([slot, value]) => [slot, bytes(value)] as const);
    world.put(bytes(address), { nonce: BigInt(nonce), balance: BigInt(balance), code: bytes(code) }, new Map(values));
  }
  return { test: { fork, world, tx: readTransaction(tx) }, post };
}

function writeTransaction(tx: TestTransaction): TransactionText {
  const { sender, to, nonce, gasLimit, value, data, maxFee, maxPriorityFee, accessList, blob } = tx;
  return {
    sender: toHex(sender),
    to: to === null ? "" : toHex(to),
    nonce: nonce.toString(),
    gas: gasLimit.toString(),
    value: value.toString(),
    data: cut(data),
    fees: [maxFee.toString(), maxPriorityFee.toString()],
    ...(accessList.length === 0
      ? {}
      : { access: accessList.map(({ address, slots }) => [toHex(address), ...slots.map(toHex)] as const) }),
    ...(blob === null ? {} : { blobs: [blob.maxFee.toString(), ...blob.hashes.map(toHex)] as const }),
  };
}

function readTransaction({
  sender,
  to,
  nonce,
  gas,
  value,
  data,
  fees,
  access,
  blobs,
}: TransactionText): TestTransaction {
  const [maxBlobFee, ...hashes] = blobs ?? [];
  return {
    sender: bytes(sender),
    to: to === "" ? null : bytes(to),
    nonce: BigInt(nonce),
    gasLimit: BigInt(gas),
    value: BigInt(value),
    data: bytes(data),
    maxFee: BigInt(fees[0]),
    maxPriorityFee: BigInt(fees[1]),
    accessList: (access ?? []).map(([address, ...slots]) => ({ address: bytes(address), slots: slots.map(bytes) })),
    blob: maxBlobFee === undefined ? null : { maxFee: BigInt(maxBlobFee), hashes: hashes.map(bytes) },
  };
}

/** Zeros at an end that are counted and not written. */
const MANY_ZEROS = 64;

function cut(data: Uint8Array): string {
  const size = data.findLastIndex((byte) => byte !== 0) + 1;
  const zeros = data.length - size;
  return zeros < MANY_ZEROS ? toHex(data) : `${toHex(data.subarray(0, size))}+${zeros}`;
}

function bytes(text: string): Uint8Array {
  const [hex, zeros = "0"] = text.split("+");
  return concatBytes(fromHex(hex!)!, new Uint8Array(Number(zeros)));
}
