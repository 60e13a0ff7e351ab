import type { CryptoSuite, NodeId } from "@fb/types";

/** Loopback addresses that attackers connect from, so that honest clients of 127.0.0.1 share none of their budgets. */
export const ATTACKER_ADDRESSES: readonly string[] = Array.from({ length: 16 }, (_, i) => `127.0.0.${166 + i}`);

/**
 * What the attacker is to the chain: `stranger` has no certificate of it, `non-member` has one and belongs to no group of
 * the others, `observer` is one of group 1, `sealer` is one of five in group 3, `client` is anybody who reaches the public
 * listener of JSON-RPC, `nobody` does not talk to the chain at all.
 */
export type Role = "stranger" | "non-member" | "observer" | "sealer" | "client" | "nobody";

/** A node under attack, as an attacker in another process knows it. */
export interface Target {
  readonly name: string;
  readonly nodeId: NodeId;
  readonly p2pPort: number;
  readonly rpcUrl: string;
}

export interface TargetGroup {
  readonly id: number;
  readonly consensus: "pbft" | "raft";
  /** EIP-155. */
  readonly chainId: number;
  readonly genesisHash: string;
  readonly members: readonly NodeId[];
}

/** What an attacker is told; plain data. */
export interface Scene {
  readonly chainId: number;
  readonly targets: readonly Target[];
  readonly groups: readonly TargetGroup[];
  /** Folder with key, certificate and configuration of the node whose identity the attacker has; by role. */
  readonly identities: Readonly<Record<"stranger" | "non-member" | "observer" | "sealer", string>>;
  readonly hostileIds: Readonly<Record<"non-member" | "observer" | "sealer", NodeId>>;
  /** Folder with certificate and key of the agency that admitted the non-member. */
  readonly agency: string;
  readonly seed: number;
  /** How many changed messages a fuzzer sends. */
  readonly messages: number;
}

/** Something that must hold while the attack runs, and whether it did. */
export interface Finding {
  readonly ok: boolean;
  readonly what: string;
}

/** What an attack has at hand in its process. */
export interface AttackContext extends Scene {
  /** The group the attacker is in, or for one that is in none the first. */
  readonly group: TargetGroup;
  readonly suite: CryptoSuite;
  /** So many bytes, the same ones for one seed. */
  rng(bytes: number): Uint8Array;
  /** Adds to a count that the report shows. */
  count(what: string, n?: number): void;
  find(ok: boolean, what: string): void;
}

/** Attacks until the signal aborts. What the signal ended is no failure. */
export type Assault = (signal: AbortSignal) => Promise<void>;

export interface Attack {
  readonly name: string;
  readonly who: Role;
  /** One line. */
  readonly does: string;
  /** Descriptors each node may have open; by default as many as the system allows. */
  readonly openFiles?: number;
  /** The node that is stopped and started again during the attack, to see whether it comes back. */
  readonly restarts?: number;
  /** How long it takes when it must take longer than others. */
  readonly seconds?: number;
  /** Only the first node is attacked: what the others grow by meanwhile, that one would have grown by as well. */
  readonly onlyFirst?: boolean;
  /** It ends when it has sent what it has to send. */
  readonly endsItself?: boolean;
  /** Whatever takes time before the attack: keys, connections, signed transactions. */
  prepare(context: AttackContext): Promise<Assault>;
}

/** The group in which the attacker may slow what it takes part in; null when it may slow none. */
export function groupOf(who: Role): number | null {
  return who === "observer" ? 1 : who === "sealer" ? 3 : null;
}
