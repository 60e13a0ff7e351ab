import type { BlockRef, CallRequest, Data, EthProof, Quantity } from "@fb/api";
import type { AccountProof, Address } from "@fb/types";
import { Handover } from "../answers/handover.ts";
import { data, quantity, quantityOf } from "../format/hex.ts";
import { callFailed } from "../format/revert.ts";
import { heldFor, reading } from "../reads/bounded-read.ts";
import { calling } from "../reads/call-turn.ts";
import { unwrap } from "../reads/query-result.ts";
import { block, blockOrPending } from "../schema/block.ts";
import { callRequest } from "../schema/call.ts";
import { address, INVALID, isObject, optional, type Param, readList, readSlot, slot } from "../schema/params.ts";
import { ethMethod, type GroupScope, HEAVY, type MethodPart } from "./method.ts";

const MAX_PROOF_SLOTS = 1024;
/** Nodes of one path, about. */
const PROOF_BYTES = 4096;

const latest = optional(block("block"), "latest" as const);

/** Overrides of state are not offered; an empty object is what some clients always send. */
const noOverrides: Param<null> = {
  name: "stateOverrides",
  expects: "nothing: state overrides are not supported",
  fallback: { value: null },
  read: (value) => (isObject(value) && Object.keys(value).length === 0 ? null : INVALID),
};

const slots: Param<Uint8Array[]> = {
  name: "storageKeys",
  expects: `a list of at most ${MAX_PROOF_SLOTS} slots`,
  read: (value) => readList(value, MAX_PROOF_SLOTS, readSlot),
};

/** Accounts, code, storage and execution without a transaction. */
export const ethStateMethods = {
  eth_getBalance: ethMethod([address("address"), latest], async ({ query }, who, at) =>
    quantity(unwrap(await query.balance(who, at))),
  ),
  eth_getTransactionCount: ethMethod(
    [address("address"), optional(blockOrPending("block"), "latest" as const)],
    async ({ query }, who, at) => quantity(unwrap(await query.nonce(who, at))),
  ),
  eth_getCode: ethMethod([address("address"), latest], async ({ query }, who, at) =>
    data(unwrap(await query.code(who, at))),
  ),
  eth_getStorageAt: ethMethod([address("address"), slot("slot"), latest], async ({ query }, who, key, at) =>
    data(unwrap(await query.storageAt(who, key, at))),
  ),
  eth_getProof: ethMethod(
    [address("address"), slots, latest],
    async (scope, who, keys, at) => {
      const bytes = PROOF_BYTES * (keys.length + 1);
      const held = await scope.room.reserve(heldFor(bytes));
      try {
        const proof = unwrap(await reading(scope, bytes, () => scope.query.proof(who, keys, at)));
        return new Handover(ethProof(who, proof), held);
      } catch (error) {
        held.release();
        throw error;
      }
    },
    HEAVY,
  ),
  eth_call: ethMethod([callRequest, latest, noOverrides], call, HEAVY),
  eth_estimateGas: ethMethod([callRequest, latest, noOverrides], estimateGas, HEAVY),
} satisfies MethodPart;

async function call(scope: GroupScope, request: CallRequest, at: BlockRef): Promise<Data> {
  const outcome = await calling(scope, (limits, signal) => scope.query.call(request, at, limits, signal));
  if (outcome.status !== 0) throw callFailed(outcome.status, outcome.output);
  return data(outcome.output);
}

async function estimateGas(scope: GroupScope, request: CallRequest, at: BlockRef): Promise<Quantity> {
  const outcome = await calling(scope, (limits, signal) => scope.query.estimateGas(request, at, limits, signal));
  if (outcome.status !== 0) throw callFailed(outcome.status, outcome.output);
  return quantity(outcome.gas);
}

function ethProof(who: Address, proof: AccountProof): EthProof {
  return {
    address: data(who),
    accountProof: proof.accountProof.map(data),
    balance: quantity(proof.account?.balance ?? 0n),
    nonce: quantity(proof.account?.nonce ?? 0n),
    codeHash: data(proof.account?.codeHash ?? new Uint8Array(32)),
    storageHash: data(proof.storageHash),
    storageProof: proof.storageProof.map((one) => ({
      key: data(one.slot),
      value: quantityOf(one.value),
      proof: one.proof.map(data),
    })),
  };
}
