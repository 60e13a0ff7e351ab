import { createThreadShare, PRICES, type ThreadLane } from "@fb/runtime";
import type { ClientTime } from "./client-time.ts";
import { isLoopback, type Party } from "./party.ts";

/** Work for clients in one turn of the event loop, in milliseconds. */
const SLICE_MS = 10;
/** Reading a request and making its answer, alone and among others of a batch. */
const REQUEST_MICROS = 4 * PRICES.message;
const CONNECTION_MICROS = 10 * PRICES.message;
const ITEM_MICROS = 2 * PRICES.object;
const PARSE_MICROS_PER_KIB = 10 * PRICES.kibibyte;
/** Making 1024 characters of an answer out of decoded transactions. */
const TEXT_MICROS_PER_KIB = 20;

/**
 * The thread of the server, shared among clients in slices: within one turn of the event loop a client that asks for
 * much waits behind those that ask for little.
 */
export class ThreadTurns {
  readonly #time: ClientTime;
  /** Reading and answering requests goes before making long texts. */
  readonly #requests: ThreadLane;
  readonly #texts: ThreadLane;

  constructor(time: ClientTime) {
    this.#time = time;
    const [requests, texts] = createThreadShare({ sliceMs: SLICE_MS, lanes: 2 });
    this.#requests = requests!;
    this.#texts = texts!;
  }

  /** A connection was made, which cannot be put off. */
  noteConnection({ address }: Party): void {
    this.#time.charge(address, CONNECTION_MICROS);
  }

  /** So much of the address waits that its requests should not even be read. */
  isFull({ address }: Party): boolean {
    return this.#time.isFull(address);
  }

  /** Null = go on at once. @param bytes of the body that is about to be parsed */
  forBody(party: Party, bytes: number): Promise<void> | null {
    const micros = REQUEST_MICROS + (bytes / 1024) * PARSE_MICROS_PER_KIB;
    const take = () => this.#requests.take(who(party), micros);
    const room = this.#time.room(party.address, micros);
    return room === null ? take() : room.then(() => take() ?? undefined);
  }

  /** Null = go on at once with the next item of a batch. */
  forItem(party: Party): Promise<void> | null {
    this.#time.charge(party.address, ITEM_MICROS);
    return this.#requests.take(who(party), ITEM_MICROS);
  }

  /** Null = go on at once. @param length characters that are about to be made */
  forText(party: Party, length: number): Promise<void> | null {
    const micros = (length / 1024) * TEXT_MICROS_PER_KIB;
    this.#time.charge(party.address, micros);
    return this.#texts.take(who(party), micros);
  }
}

/** Programs of this machine are told apart by connection. */
function who(party: Party): unknown {
  return isLoopback(party) ? party : party.address;
}
