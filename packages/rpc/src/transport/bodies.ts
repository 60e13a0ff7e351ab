import type { IncomingMessage } from "node:http";
import type { Clock } from "@fb/runtime";
import { FbError } from "@fb/types";
import type { Party } from "../admission/party.ts";
import type { RpcMetrics } from "../metrics.ts";
import type { RpcLimits } from "../options.ts";

/** Why a body was not read: answered with this HTTP status. */
export class BodyRefused extends FbError<"RPC_BODY_REFUSED"> {
  readonly statusCode: 408 | 413 | 503;

  constructor(statusCode: BodyRefused["statusCode"], message: string) {
    super("RPC_BODY_REFUSED", message, { statusCode });
    this.statusCode = statusCode;
  }
}

/** What has arrived of something that is not complete. */
interface Arriving {
  readonly address: string;
  bytes: number;
  /** Where it was when its progress was last looked at, and when that was (monotonic). */
  seen: number;
  seenAt: number;
  readonly refuse: (why: BodyRefused) => void;
}

/** A body that is received or answered. */
export interface HeldBody {
  readonly bytes: Uint8Array;
  /** Its request has been answered, or never will be. Idempotent. */
  release(): void;
}

/** The messages of a WebSocket. */
export interface MessageIntake {
  /** Bytes have arrived. */
  add(bytes: number): void;
  /** They were a whole message; the returned function says that it has been answered, or never will be. Idempotent. */
  complete(): () => void;
}

const SWEEP_MS = 1000;
/** What brings less in the time given for it makes no progress. */
const PROGRESS_BYTES = 1024;
/** Part of the budget that one address may use. */
const ADDRESS_PART = 1 / 2;

/**
 * Receives requests within one budget. What has arrived is counted, not what was announced; when it is too much, what
 * has been arriving for longest is refused.
 */
export class Bodies {
  readonly #limits: RpcLimits;
  readonly #clock: Clock;
  readonly #metrics: RpcMetrics;
  /** In the order in which they began. */
  readonly #arriving = new Set<Arriving>();
  readonly #perAddress = new Map<string, number>();
  #held = 0;
  #stopSweep: (() => void) | null = null;

  constructor(limits: RpcLimits, clock: Clock, metrics: RpcMetrics) {
    this.#limits = limits;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  get held(): number {
    return this.#held;
  }

  start(): void {
    this.#stopSweep ??= this.#clock.every(SWEEP_MS, () => this.#sweep());
  }

  close(): void {
    this.#stopSweep?.();
    this.#stopSweep = null;
  }

  /** Rejects with {@link BodyRefused}; the request is left paused then. */
  receive(request: IncomingMessage, { address }: Party): Promise<HeldBody> {
    const { maxBodyBytes } = this.#limits;
    return new Promise((resolve, reject) => {
      if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) return reject(tooLong(maxBodyBytes));
      const chunks: Uint8Array[] = [];
      const refuse = (why: BodyRefused) => {
        stop();
        this.#count(address, -body.bytes);
        request.pause();
        reject(why);
      };
      const body: Arriving = { address, bytes: 0, seen: 0, seenAt: this.#clock.monotonic(), refuse };
      const stop = () => {
        request.off("data", take).off("end", complete).off("close", abort).off("error", abort);
        this.#arriving.delete(body);
      };
      const take = (chunk: Uint8Array) => {
        chunks.push(chunk);
        if (body.bytes + chunk.length > maxBodyBytes) refuse(tooLong(maxBodyBytes));
        else this.#add(body, chunk.length);
      };
      const complete = () => {
        stop();
        resolve(this.#hold(address, chunks, body.bytes));
      };
      const abort = () => refuse(new BodyRefused(408, "the body is incomplete"));
      this.#arriving.add(body);
      request.on("data", take).on("end", complete).on("close", abort).on("error", abort);
    });
  }

  /** @param refuse called when what has arrived must not be kept any more */
  intake({ address }: Party, refuse: (why: BodyRefused) => void): MessageIntake {
    const message: Arriving = { address, bytes: 0, seen: 0, seenAt: 0, refuse };
    return {
      add: (bytes) => {
        // Control frames alone are no message.
        if (message.bytes + bytes >= PROGRESS_BYTES && !this.#arriving.has(message)) {
          message.seenAt = this.#clock.monotonic();
          this.#arriving.add(message);
        }
        this.#add(message, bytes);
      },
      complete: () => {
        this.#arriving.delete(message);
        let held = message.bytes;
        message.bytes = message.seen = 0;
        return () => {
          this.#count(address, -held);
          held = 0;
        };
      },
    };
  }

  #hold(address: string, chunks: readonly Uint8Array[], bytes: number): HeldBody {
    let isReleased = false;
    return {
      bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
      release: () => {
        if (!isReleased) this.#count(address, -bytes);
        isReleased = true;
      },
    };
  }

  #add(body: Arriving, bytes: number): void {
    body.bytes += bytes;
    this.#count(body.address, bytes);
    const { maxInFlightBytes } = this.#limits;
    if (this.#perAddress.get(body.address)! > maxInFlightBytes * ADDRESS_PART) this.#shed(body.address, body);
    else if (this.#held > maxInFlightBytes) this.#shed(null, body);
  }

  #count(address: string, bytes: number): void {
    this.#held += bytes;
    const held = (this.#perAddress.get(address) ?? 0) + bytes;
    if (held === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, held);
  }

  /** Refuses what has been arriving for longest, of one address or of all. */
  #shed(address: string | null, last: Arriving): void {
    const oldest = [...this.#arriving].find((body) => address === null || body.address === address) ?? last;
    this.#metrics.cut.inc({ reason: "body" });
    oldest.refuse(new BodyRefused(503, "server busy, retry later"));
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    const { bodyProgressMs } = this.#limits;
    for (const body of this.#arriving) {
      if (body.bytes - body.seen >= PROGRESS_BYTES) {
        body.seen = body.bytes;
        body.seenAt = now;
      } else if (now - body.seenAt >= bodyProgressMs) {
        this.#metrics.cut.inc({ reason: "body" });
        body.refuse(new BodyRefused(408, `the request did not go on for ${bodyProgressMs} ms`));
      }
    }
  }
}

function tooLong(maxBodyBytes: number): BodyRefused {
  return new BodyRefused(413, `the body exceeds ${maxBodyBytes} bytes`);
}
