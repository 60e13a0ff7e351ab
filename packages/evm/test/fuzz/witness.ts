import type { TracingEvm } from "@fb/evm/tracing";
import { type Evm, type EvmFork, type Hex, toHex } from "@fb/types";
import { AUTHORITIES, addressOf, CHILDREN, SYSTEM } from "./cast.ts";

const PRAGUE_ON: ReadonlySet<EvmFork> = new Set(["prague", "osaka"]);
const NAMES: ReadonlyMap<Hex, string> = new Map([
  [toHex(addressOf(SYSTEM)), "system"],
  ...CHILDREN.map((child): [Hex, string] => [toHex(addressOf(child)), "child"]),
]);
const DELEGATED: ReadonlySet<Hex> = new Set(AUTHORITIES.map((account) => toHex(addressOf(account))));

/** An engine that notes in `events` what happens: operations, callees and outcomes of frames, and what is left of it all. */
export function witness(evm: TracingEvm, events: Set<string>): Evm {
  return {
    name: "witness",
    async execute(message, host) {
      const follows = PRAGUE_ON.has(host.fork);
      const operations = new Set<number>();
      const result = await evm.trace(message, host, {
        step: ({ op }) => operations.add(op),
        exit: ({ outcome }) => events.add(`outcome ${outcome}`),
        enter({ kind, to }) {
          const callee = toHex(to);
          events.add(`${kind} ${NAMES.get(callee) ?? "other"}`);
          if (follows && DELEGATED.has(callee)) events.add(`${kind} delegated`);
        },
      });
      for (const op of operations) events.add(opEvent(op));
      events.add(result.error === null ? "success" : "failure");
      if (result.refund > 0n) events.add("refund");
      if (result.logs.length > 0) events.add("logs");
      for (const { account, code } of result.changes.values()) {
        if (account === null) events.add("deleted account");
        if (code !== undefined) events.add("new code");
      }
      return result;
    },
  };
}

/** What is noted of an operation. */
export function opEvent(op: number): string {
  return `op ${op}`;
}
