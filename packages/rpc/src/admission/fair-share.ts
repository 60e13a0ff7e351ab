import type { Clock } from "@fb/runtime";
import { busy, gone } from "../errors.ts";
import type { Client } from "./client.ts";
import type { Party } from "./party.ts";

export interface FairShareOptions {
  /** What may be held at once, in the unit of the costs. */
  readonly capacity: number;
  /** Claims that may wait; a connection may have as many as are left for the others. */
  readonly maxWaiting: number;
  /** A claim that waited so long is refused. */
  readonly maxWaitMs: number;
  /** Part of the capacity one address may hold, and one connection, at least one unit; 1 unless given. */
  readonly addressPart?: number;
  readonly connectionPart?: number;
}

/** A part of the capacity, held until it is released. */
export interface Lease {
  readonly cost: number;
  /** Corrects the cost when more is known; never waits, so the capacity may be exceeded by it. */
  resize(cost: number): void;
  /** Idempotent. */
  release(): void;
}

interface Claim {
  readonly cost: number;
  readonly since: number;
  readonly grant: (lease: Lease) => void;
  readonly refuse: (error: Error) => void;
}

interface Connection {
  readonly party: Party;
  readonly address: Address;
  held: number;
  /** In the order of arrival. */
  readonly waiting: Claim[];
}

interface Address {
  readonly key: string;
  held: number;
  readonly connections: Map<Party, Connection>;
  /** Connections that wait, in turn. */
  readonly queue: Set<Connection>;
}

/** How often claims that waited too long are looked for. */
const SWEEP_MS = 500;

/**
 * Shares a capacity (work of a group, bytes of answers) among clients: whoever is alone may use all of it, and when it
 * is short the address that holds least is served next, and its connections in turn. What does not fit waits in
 * bounded queues, so that a client that asks for too much waits for itself.
 */
export class FairShare {
  readonly #options: FairShareOptions;
  readonly #clock: Clock;
  readonly #onRefused: () => void;
  readonly #addresses = new Map<string, Address>();
  /** Addresses with claims that wait. */
  readonly #queue = new Set<Address>();
  readonly #maxPerAddress: number;
  readonly #maxPerConnection: number;
  #held = 0;
  #waiting = 0;
  #isSuspended = false;
  #stopSweep: (() => void) | null = null;

  /** @param onRefused told of every claim that is refused, for a metric */
  constructor(options: FairShareOptions, clock: Clock, onRefused: () => void) {
    this.#options = options;
    this.#clock = clock;
    this.#onRefused = onRefused;
    this.#maxPerAddress = Math.max(1, Math.floor(options.capacity * (options.addressPart ?? 1)));
    this.#maxPerConnection = Math.max(1, Math.floor(options.capacity * (options.connectionPart ?? 1)));
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * A lease at once, or when it is the client's turn. Rejects with the busy error when too much waits or it takes too
   * long, and when the client leaves. A cost above what one connection may hold counts as that.
   */
  claim(client: Client, cost: number): Lease | Promise<Lease> {
    if (client.hasLeft) return Promise.reject(gone());
    if (this.#isSuspended) {
      this.#onRefused();
      return Promise.reject(busy());
    }
    const fitting = Math.min(cost, this.#maxPerConnection, this.#maxPerAddress);
    return (this.#waiting === 0 ? this.tryClaim(client.party, fitting) : null) ?? this.#wait(client, fitting);
  }

  /** True when claims wait, or are not taken at all. */
  get isShort(): boolean {
    return this.#isSuspended || this.#waiting > 0;
  }

  /** While it is suspended every claim is refused, those that wait, too. */
  suspend(isSuspended: boolean): void {
    this.#isSuspended = isSuspended;
    if (isSuspended) this.#refuseOlderThan(Number.POSITIVE_INFINITY);
  }

  /** A lease if it fits now, whoever waits. */
  tryClaim(party: Party, cost: number): Lease | null {
    if (this.#held + cost > this.#options.capacity) return null;
    const connection = this.#connection(party);
    if (this.#isCapped(connection, cost)) {
      this.#forgetIdle(connection);
      return null;
    }
    return this.#grant(connection, cost);
  }

  /** A lease for what exists already, whether it fits or not. */
  take(party: Party, cost: number): Lease {
    return this.#grant(this.#connection(party), cost);
  }

  #wait(client: Client, cost: number): Promise<Lease> {
    const connection = this.#connection(client.party);
    if (connection.waiting.length >= this.#options.maxWaiting - this.#waiting) {
      this.#forgetIdle(connection);
      this.#onRefused();
      return Promise.reject(busy());
    }
    return new Promise((resolve, reject) => {
      const stopListening = client.onLeave(() => {
        this.#remove(connection, claim);
        claim.refuse(gone());
        this.#serve();
      });
      const claim: Claim = {
        cost,
        since: this.#clock.monotonic(),
        grant: (lease) => {
          stopListening();
          resolve(lease);
        },
        refuse: (error) => {
          stopListening();
          reject(error);
        },
      };
      connection.waiting.push(claim);
      connection.address.queue.add(connection);
      this.#queue.add(connection.address);
      this.#waiting++;
      this.#stopSweep ??= this.#clock.every(SWEEP_MS, () => this.#sweep());
      this.#serve();
    });
  }

  /** Grants while the next claim fits. */
  #serve(): void {
    while (this.#waiting > 0) {
      const connection = this.#next();
      if (connection === null) return;
      const claim = connection.waiting[0]!;
      if (this.#held + claim.cost > this.#options.capacity) return;
      this.#remove(connection, claim);
      if (connection.waiting.length > 0) {
        // To the end of the turn.
        connection.address.queue.delete(connection);
        connection.address.queue.add(connection);
      }
      claim.grant(this.#grant(this.#connection(connection.party), claim.cost));
    }
  }

  /** The connection whose turn it is; null when all that wait hold as much as they may. */
  #next(): Connection | null {
    let next: Connection | null = null;
    for (const address of this.#queue) {
      if (next !== null && next.address.held <= address.held) continue;
      for (const connection of address.queue) {
        if (this.#isCapped(connection, connection.waiting[0]!.cost)) continue;
        next = connection;
        break;
      }
    }
    return next;
  }

  #isCapped({ held, address }: Connection, cost: number): boolean {
    return held + cost > this.#maxPerConnection || address.held + cost > this.#maxPerAddress;
  }

  #remove(connection: Connection, claim: Claim): void {
    const { address, waiting } = connection;
    waiting.splice(waiting.indexOf(claim), 1);
    this.#waiting--;
    if (waiting.length === 0) address.queue.delete(connection);
    if (address.queue.size === 0) this.#queue.delete(address);
    if (this.#waiting === 0) {
      this.#stopSweep?.();
      this.#stopSweep = null;
    }
    this.#forgetIdle(connection);
  }

  #sweep(): void {
    this.#refuseOlderThan(this.#clock.monotonic() - this.#options.maxWaitMs);
    this.#serve();
  }

  /** @param oldest monotonic time */
  #refuseOlderThan(oldest: number): void {
    for (const address of this.#queue) {
      for (const connection of address.queue) {
        let claim = connection.waiting[0];
        while (claim !== undefined && claim.since <= oldest) {
          this.#remove(connection, claim);
          this.#onRefused();
          claim.refuse(busy());
          claim = connection.waiting[0];
        }
      }
    }
  }

  #grant(connection: Connection, cost: number): Lease {
    this.#add(connection, cost);
    let held = cost;
    let released = false;
    const resize = (to: number) => {
      if (released) return;
      const change = to - held;
      held = to;
      this.#add(this.#connection(connection.party), change);
      if (change < 0) this.#serve();
    };
    return {
      get cost() {
        return held;
      },
      resize,
      release() {
        resize(0);
        released = true;
      },
    };
  }

  #add(connection: Connection, cost: number): void {
    this.#held += cost;
    connection.held += cost;
    connection.address.held += cost;
    this.#forgetIdle(connection);
  }

  #connection(party: Party): Connection {
    let address = this.#addresses.get(party.address);
    if (address === undefined) {
      address = { key: party.address, held: 0, connections: new Map(), queue: new Set() };
      this.#addresses.set(party.address, address);
    }
    let connection = address.connections.get(party);
    if (connection === undefined) {
      connection = { party, address, held: 0, waiting: [] };
      address.connections.set(party, connection);
    }
    return connection;
  }

  /** What holds nothing and waits for nothing is not kept. */
  #forgetIdle({ party, address, held, waiting }: Connection): void {
    if (held > 0 || waiting.length > 0) return;
    address.connections.delete(party);
    if (address.connections.size === 0) this.#addresses.delete(address.key);
  }
}
