import type { BlockRef, GroupQuery, QueryResult } from "@fb/api";
import type { Blockchain } from "@fb/blockchain";
import { SYSTEM_ABI, SYSTEM_CODE } from "@fb/precompiled";
import type { ThreadLane } from "@fb/runtime";
import type { TxPool } from "@fb/txpool";
import { type AccountProof, type Address, type Hash, type Height, toHex } from "@fb/types";
import type { CallDesk } from "../calls/desk.ts";
import { type NextTurnDeps, nextTurn } from "../calls/next-turn.ts";
import type { CallRunner } from "../calls/ports.ts";
import { proveInPieces } from "./proof.ts";
import { own, resolveRef } from "./records.ts";
import { NOT_FOUND, readRefusal } from "./result.ts";

type StateReads = Pick<GroupQuery, "balance" | "nonce" | "code" | "storageAt" | "proof" | "call" | "estimateGas">;

export interface StateReadsDeps extends NextTurnDeps {
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly calls: CallRunner;
  readonly desk: CallDesk;
  readonly reads: ThreadLane;
  readonly proof: (height: Height, address: Address, slots: readonly Hash[]) => Promise<AccountProof>;
  /** Lowest height whose state is kept. */
  readonly lowestState: () => Height;
}

/** Accounts, code and slots at a height, and what a call would do there. */
export function stateReads(deps: StateReadsDeps): StateReads {
  const { chain, pool, calls, desk } = deps;

  /** Runs a read at a height the client named; what it may not have becomes an answer. */
  const atHeight = async <T>(at: BlockRef, read: (height: Height) => Promise<T>): Promise<QueryResult<T>> => {
    const height = await resolveRef(chain, at);
    if (height === null) return NOT_FOUND;
    try {
      return { ok: true, value: await read(height) };
    } catch (error) {
      const refusal = readRefusal(error, height, deps.lowestState());
      if (refusal !== null) return refusal;
      throw error;
    }
  };

  const account = async (address: Address, height: Height) => {
    const view = chain.stateView(height);
    const key = toHex(address);
    if (view.peekAccount(key) === undefined) await view.load([{ type: "account", address: key }]);
    return view.peekAccount(key) ?? null;
  };

  return {
    balance: (address, at) => atHeight(at, async (height) => (await account(address, height))?.balance ?? 0n),

    async nonce(address, at) {
      if (at === "pending") return { ok: true, value: await pool.pendingNonce(address) };
      return atHeight(at, async (height) => (await account(address, height))?.nonce ?? 0n);
    },

    code: (address, at) =>
      atHeight(at, async (height) => {
        if (SYSTEM_ABI.has(toHex(address))) return SYSTEM_CODE.slice();
        const found = await account(address, height);
        if (found === null) return new Uint8Array(0);
        const codeHash = toHex(found.codeHash);
        const view = chain.stateView(height);
        if (view.peekCode(codeHash) === undefined) await view.load([{ type: "code", codeHash }]);
        return own(view.peekCode(codeHash)!);
      }),

    storageAt: (address, slot, at) =>
      atHeight(at, async (height) => {
        const view = chain.stateView(height);
        const miss = { type: "slot", address: toHex(address), slot: toHex(slot) } as const;
        if (view.peekSlot(miss.address, miss.slot) === undefined) await view.load([miss]);
        return own(view.peekSlot(miss.address, miss.slot)!);
      }),

    proof: (address, slots, at) => atHeight(at, (height) => proveInPieces(deps, height, address, slots)),

    call: (request, at, limits, signal) =>
      atHeight(at, (height) =>
        desk.wait(limits.timeoutMs, signal, (ended) => calls.call(request, height, limits.maxGas, ended)),
      ),

    estimateGas: (request, at, limits, signal) =>
      atHeight(at, (height) =>
        desk.wait(limits.timeoutMs, signal, async (ended) => {
          const turn = await nextTurn(deps, height);
          return calls.estimateGas(request, height, turn, limits.maxGas, ended);
        }),
      ),
  };
}
