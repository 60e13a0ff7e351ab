import type { CallOutcome, CallRequest, EstimateOutcome } from "@fb/api";
import { EMPTY, FbError, type Height, isCode, RECEIPT_STATUS } from "@fb/types";
import {
  type Caller,
  type CallRequest as CallerRequest,
  type CallOptions,
  type CallPlace,
  createCaller,
  DEFAULT_CALL_MEMORY_BYTES,
} from "@fb/verifier";
import { callError } from "../errors.ts";
import { own } from "../query/records.ts";
import { Lane } from "./lanes.ts";
import type { CallRunnerOptions } from "./options.ts";
import {
  type CallRunner,
  type CallRunnerDeps,
  type CallSource,
  hashAt,
  type NextTurn,
  type SiteRecord,
} from "./ports.ts";
import { RemoteState } from "./remote-state.ts";
import { Turns } from "./turns.ts";

/**
 * Every call begins among the small ones; one that turns out to want more begins anew among the big ones. So whoever
 * asks for little never waits for those who ask for much, and few hold much memory at a time: the engine may take four
 * times what is named here, and 16 MiB.
 */
const SMALL = { places: 4, maxWaiting: 1024, usedMs: 25, loads: 64, memoryBytes: 1024 * 1024 };
const BIG = {
  places: 2,
  maxWaiting: 256,
  usedMs: Number.POSITIVE_INFINITY,
  loads: Number.POSITIVE_INFINITY,
  memoryBytes: DEFAULT_CALL_MEMORY_BYTES,
};
type Size = typeof SMALL;

/** Blocks of which is remembered what they say to calls. */
const MAX_SITES = 16;

/** Return or revert data of a call. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Why a call begins anew; never leaves the runner. */
type RestartCode = "CALL_IS_LONG" | "HASHES_NEEDED";

interface Site extends SiteRecord {
  /** Hashes of the blocks before it; null until a call asks for one, which few do. */
  hashes: Uint8Array | null;
}

type Reads = Pick<CallPlace, "view" | "openTables" | "blockHash">;
type Work<T> = (reads: Reads, options: CallOptions) => Promise<T>;

/** Runs the calls of one group, in whatever thread it is created. */
export function createCallRunner(options: CallRunnerOptions, deps: CallRunnerDeps): CallRunner {
  return new LanedRunner(options, deps);
}

class LanedRunner implements CallRunner {
  readonly #source: CallSource;
  readonly #caller: Caller;
  readonly #state: RemoteState;
  readonly #turns: Turns;
  readonly #small = new Lane(SMALL.places, SMALL.maxWaiting);
  readonly #big = new Lane(BIG.places, BIG.maxWaiting);
  /** In order of use, least recent first. */
  readonly #sites = new Map<Height, Promise<Site>>();
  #closed = false;

  constructor(options: CallRunnerOptions, { suite, evm, source, clock }: CallRunnerDeps) {
    this.#source = source;
    this.#caller = createCaller(options, { suite, evm });
    this.#state = new RemoteState(source);
    this.#turns = new Turns(clock);
  }

  async call(request: CallRequest, height: Height, maxGas: bigint, signal: AbortSignal): Promise<CallOutcome> {
    const site = await this.#site(height);
    const { head, members, config } = site;
    const { status, output, gasUsed } = await this.#run(site, signal, (reads, options) =>
      this.#caller.call(toCall(request, maxGas), { ...reads, head, members, config }, options),
    );
    return { blockNumber: height, status, output: answerOf(output), gasUsed };
  }

  async estimateGas(
    request: CallRequest,
    height: Height,
    turn: NextTurn,
    maxGas: bigint,
    signal: AbortSignal,
  ): Promise<EstimateOutcome> {
    const site = await this.#site(height);
    const { head: parent, next } = site;
    const result = await this.#run(site, signal, (reads, options) =>
      this.#caller.estimateGas(toCall(request, maxGas), { ...reads, ...next, ...turn, parent }, options),
    );
    if (result.ok) return { status: RECEIPT_STATUS.ok, gas: result.gas, output: EMPTY };
    return { status: result.status, gas: 0n, output: answerOf(result.output) };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #run<T>(site: Site, signal: AbortSignal, work: Work<T>): Promise<T> {
    try {
      return await this.#small.run(signal, () => this.#attempt(SMALL, site, signal, work));
    } catch (error) {
      if (!isRestart(error, "CALL_IS_LONG") && !isCode(error, "CALL_MEMORY_EXCEEDED")) throw error;
      return this.#big.run(signal, () => this.#attempt(BIG, site, signal, work));
    }
  }

  async #attempt<T>(size: Size, site: Site, signal: AbortSignal, work: Work<T>): Promise<T> {
    try {
      return await this.#once(size, site, signal, work);
    } catch (error) {
      if (!isRestart(error, "HASHES_NEEDED")) throw error;
      site.hashes = await this.#source.hashesBefore(site.head.header.number);
      return this.#once(size, site, signal, work);
    }
  }

  async #once<T>(size: Size, site: Site, signal: AbortSignal, work: Work<T>): Promise<T> {
    const height = site.head.header.number;
    const turn = this.#turns.create();
    const pause = async () => {
      await turn.away(nextTask());
      if (this.#closed) throw callError("CALL_ABORTED", "calls have ended");
      if (turn.usedMs > size.usedMs) throw restart("CALL_IS_LONG");
    };
    let loaded = 0;
    /** Who waits for reads uses no time of the thread, but a place. */
    const onLoad = (items: number) => {
      loaded += items;
      if (loaded > size.loads) throw restart("CALL_IS_LONG");
    };
    await turn.take();
    try {
      if (this.#closed) throw callError("CALL_ABORTED", "calls have ended");
      const reads: Reads = {
        view: this.#state.view(height, turn, onLoad),
        openTables: () => this.#state.tables(height, turn, onLoad, size.memoryBytes),
        blockHash: (number) => {
          if (site.hashes === null) throw restart("HASHES_NEEDED");
          return hashAt(site.hashes, height - 1 - number);
        },
      };
      return await work(reads, { signal, memoryBytes: size.memoryBytes, pause });
    } finally {
      turn.release();
    }
  }

  #site(height: Height): Promise<Site> {
    const known = this.#sites.get(height);
    this.#sites.delete(height);
    const site = known ?? this.#source.site(height).then((record) => ({ ...record, hashes: null }));
    this.#sites.set(height, site);
    if (this.#sites.size > MAX_SITES) this.#sites.delete(this.#sites.keys().next().value!);
    if (known === undefined) site.catch(() => this.#sites.delete(height));
    return site;
  }
}

function toCall({ from, gas, nonce, ...same }: CallRequest, maxGas: bigint): CallerRequest {
  return {
    ...same,
    ...(from === null ? {} : { from }),
    ...(nonce === null ? {} : { nonce }),
    gas: gas === null || gas > maxGas ? maxGas : gas,
  };
}

/** Bytes with a buffer of their own. Answers go through the group's thread, which must not carry more for one call. */
function answerOf(output: Uint8Array): Uint8Array {
  if (output.length <= MAX_ANSWER_BYTES) return own(output);
  throw callError("CALL_ANSWER_TOO_LARGE", `the call answers more than ${MAX_ANSWER_BYTES} bytes`);
}

function restart(code: RestartCode): FbError<RestartCode> {
  return new FbError(code, "the call begins anew");
}

function isRestart(error: unknown, code: RestartCode): boolean {
  return isCode(error, code);
}

/** Lets messages in, so that answers and cancellations arrive. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
