import { type Block, type ConsensusEngine, type EngineStatus, InvariantError, type NodeId } from "@fb/types";
import { imageOf, loadChain, logStanding, machineHead } from "./boot.ts";
import type { CoreInput } from "./core/machine.ts";
import { Effects } from "./effects.ts";
import type { EngineMachine, EngineProtocol } from "./engine-protocol.ts";
import { consensusError, haltCodeOf, reasonOf } from "./errors.ts";
import { Executor } from "./executor.ts";
import { HeardRounds } from "./heard-rounds.ts";
import { type JournalFiles, nodeFiles } from "./journal/files.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import { type PersistEffect, Persister } from "./journal/persister.ts";
import { Inbox, type InboxItem } from "./messages/inbox.ts";
import { Intake } from "./messages/intake.ts";
import { Outbox } from "./messages/outbox.ts";
import { consensusMetrics } from "./metrics.ts";
import { type CheckedEngineOptions, checkEngineOptions, type EngineOptions } from "./options.ts";
import type { EngineDeps, NewHead } from "./ports.ts";
import type { RecentSealers } from "./recent-sealers.ts";
import { Sealer } from "./sealing/sealer.ts";

/**
 * Runs an engine's pure machine: the only place with timers, journal, network and jobs (SPEC 2). `start` rejects with
 * the journal's codes; whatever goes wrong later halts the engine and is reported once to `deps.onHalt`.
 *
 * @param files replaces the file system in tests.
 */
export function createConsensusEngine<M extends H, R, H>(
  options: EngineOptions,
  deps: EngineDeps,
  protocol: EngineProtocol<M, R, H>,
  files: JournalFiles = nodeFiles,
): ConsensusEngine {
  return new Driver(checkEngineOptions(options), deps, protocol, files);
}

type State = "new" | "running" | "halted" | "closed";

class Driver<M extends H, R, H> implements ConsensusEngine {
  readonly #options: CheckedEngineOptions;
  readonly #deps: EngineDeps;
  readonly #protocol: EngineProtocol<M, R, H>;
  readonly #files: JournalFiles;
  readonly #metrics;
  readonly #sealer: Sealer;
  readonly #executor: Executor;
  readonly #intake: Intake<M, R, H>;
  readonly #outbox: Outbox<M, R, H>;
  readonly #inbox: Inbox<M>;
  readonly #unsubscribe: (() => void)[] = [];
  #state: State = "new";
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  #haltedBy: string | null = null;
  #machine: EngineMachine<M, R, H> | null = null;
  #persister: Persister<M, R> | null = null;
  #effects: Effects<M, R, H> | null = null;
  #recent: RecentSealers | null = null;
  /** Sealers of the height the machine works on. */
  #sealers: readonly NodeId[] = [];
  readonly #heard = new HeardRounds();
  #pending = false;

  constructor(options: CheckedEngineOptions, deps: EngineDeps, protocol: EngineProtocol<M, R, H>, files: JournalFiles) {
    this.#options = options;
    this.#deps = deps;
    this.#protocol = protocol;
    this.#files = files;
    this.#metrics = consensusMetrics(deps.metrics);
    const failed = (error: unknown) => this.#halt(error);
    this.#sealer = new Sealer(options, {
      ...deps,
      metrics: this.#metrics,
      deliver: (round, proposal) => this.#enqueue({ type: "proposal", round, proposal }),
      failed: (error) => this.#halt(consensusError("EXECUTION_FAILED", "the pool could not be sealed", {}, error)),
    });
    this.#executor = new Executor(options.maxAheadMs, {
      ...deps,
      metrics: this.#metrics,
      head: () => deps.chain.head().head.header,
      executed: (key, outcome) => this.#enqueue({ type: "executed", key, outcome }),
      stored: () => this.#forget(),
      failed,
    });
    this.#intake = new Intake({ ...deps, codec: protocol.codec, register: deps.metrics, metrics: this.#metrics });
    this.#outbox = new Outbox({ ...deps, codec: protocol.codec, metrics: this.#metrics });
    this.#inbox = new Inbox<M>({
      handle: (item) => this.#handle(item),
      failed,
      emptied: (length) => this.#showView(length),
    });
  }

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  keptUp(): Promise<void> {
    return this.#state === "running" ? this.#persister!.keptUp() : Promise.resolve();
  }

  status(): EngineStatus {
    const view = this.#machine?.view();
    const { head, members } = this.#deps.chain.head();
    const { sealers, observers } = members;
    const isMember = sealers.includes(this.#deps.signer.self) || observers.includes(this.#deps.signer.self);
    return {
      type: this.#protocol.type,
      role: this.#haltedBy !== null ? "halted" : isMember ? (view?.role ?? "observer") : "none",
      round: view?.round ?? 0,
      height: view?.height ?? head.header.number + 1,
      leader: view?.leader ?? null,
      sealers,
      heard: this.#heard.of(sealers),
      haltedBy: this.#haltedBy,
    };
  }

  async #start(): Promise<void> {
    const { chain, channel, clock, pool, keys = null } = this.#deps;
    const { journalDir, voteWithoutJournal } = this.#options;
    const place = { dir: journalDir, genesisHash: chain.genesisHash, durable: chain.durableHeight() };
    const journal = await openJournal({ ...place, trusted: voteWithoutJournal, keys }, this.#files);
    const recent = await loadChain(chain, this.#sealer);
    if (this.#state !== "new") {
      await journal.close();
      return;
    }
    this.#recent = recent;
    this.#boot(journal, recent);
    this.#state = "running";
    this.#unsubscribe.push(
      chain.onHead((head) => this.#newHead(head)),
      channel.onMessage("consensus", (from, payload) => this.#receive(from, payload)),
      channel.onPeer((peer, up) => this.#enqueue({ type: "peer", peer, up })),
      pool.onPending(() => this.#poolChanged()),
      clock.every(this.#protocol.tickMs, () => this.#tick()),
    );
    this.#pending = this.#hasWork();
    // Effects that are due from the start come with the first input.
    this.#enqueue({ type: "pending", pending: this.#pending });
  }

  #boot(journal: Journal, recent: RecentSealers): void {
    const { chain, clock, log } = this.#deps;
    const { codec, tickMs } = this.#protocol;
    const durableHeight = chain.durableHeight();
    logStanding(journal, durableHeight, log);
    const head = machineHead(chain, tickMs, chain.head(), recent.list());
    const image = imageOf(journal, codec, head, durableHeight);
    this.#machine = this.#protocol.createMachine(image);
    this.#sealers = head.sealers;
    this.#intake.newHead(chain.head());
    this.#persister = new Persister(image.records, durableHeight, {
      journal,
      codec,
      clock,
      metrics: this.#metrics,
      durable: (effect) => this.#durable(effect),
      failed: (error) => this.#halt(error),
    });
    this.#effects = new Effects({
      ...this.#deps,
      persister: this.#persister,
      outbox: this.#outbox,
      executor: this.#executor,
      sealer: this.#sealer,
      intake: this.#intake,
      metrics: this.#metrics,
      sealers: () => this.#sealers,
      halt: (error) => this.#halt(error),
    });
  }

  async #close(): Promise<void> {
    if (this.#state === "new" || this.#state === "running") this.#state = "closed";
    this.#stop();
    await this.#starting?.catch(() => undefined);
    await this.#executor.close();
    // What moved the head after the last word to the journal was not ours to hear any more.
    this.#forget();
    await this.#persister?.close();
  }

  #stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#intake.close();
    this.#sealer.close();
    this.#inbox.clear();
  }

  #halt(error: unknown): void {
    if (this.#state !== "running") return;
    this.#state = "halted";
    this.#stop();
    const code = haltCodeOf(error);
    const message = reasonOf(error);
    this.#haltedBy = code;
    this.#metrics.halted.set(1);
    this.#deps.log.error("consensus-halted", { code, message, error });
    this.#deps.onHalt({ code, message });
  }

  #tick(): void {
    this.#enqueue({ type: "tick" });
    this.#poolChanged();
  }

  #poolChanged(): void {
    this.#sealer.check();
    const pending = this.#hasWork();
    if (pending === this.#pending) return;
    this.#pending = pending;
    this.#enqueue({ type: "pending", pending });
  }

  #hasWork(): boolean {
    return this.#deps.pool.pending() > 0 || this.#sealer.emptyBlockDue();
  }

  #receive(from: NodeId, payload: Uint8Array): void {
    if (this.#state !== "running") return;
    // What a peer says can make us promise; while the disk does not keep up it has to say it again.
    if (this.#persister!.isFull) this.#metrics.dropped.inc({ reason: "journal" });
    else if (!this.#intake.admit(from, payload)) return;
    else if (this.#sealers.includes(from)) this.#inbox.put({ type: "bytes", from, payload });
    else this.#inbox.putLater({ type: "bytes", from, payload });
  }

  #newHead(next: NewHead): void {
    const recent = this.#recent!;
    const { number } = next.head.header;
    if (number !== recent.head.header.number + 1) {
      this.#halt(new InvariantError("heads must come one by one", { number, after: recent.head.header.number }));
      return;
    }
    this.#sealer.newHead(next.head.header);
    this.#intake.newHead(next);
    const head = machineHead(this.#deps.chain, this.#protocol.tickMs, next, recent.advance(next));
    this.#enqueue({ type: "head", head });
    this.#forget();
    this.#poolChanged();
  }

  #forget(): void {
    this.#persister?.forgetThrough(this.#deps.chain.durableHeight());
  }

  #enqueue(item: InboxItem<M>): void {
    if (this.#state === "running") this.#inbox.put(item);
  }

  #handle(item: InboxItem<M>): void {
    if (item.type === "head") {
      this.#sealers = item.head.sealers;
      this.#heard.keep(this.#sealers);
    }
    if (item.type === "bytes") this.#open(item.from, item.payload);
    else this.#step(item);
  }

  #showView(handled: number): void {
    const view = this.#machine!.view();
    this.#metrics.inbox.set(handled);
    this.#metrics.height.set(view.height);
    this.#metrics.round.set(view.round);
  }

  #open(from: NodeId, payload: Uint8Array): void {
    const message = this.#intake.open(from, payload, this.#machine!);
    if (message === null) return;
    const round = this.#protocol.roundOf(message.msg);
    if (round !== null && this.#sealers.includes(from)) this.#heard.hear(from, round);
    this.#step({ type: "msg", from, ...message });
  }

  #step(input: CoreInput<M, Block>): void {
    for (const effect of this.#machine!.step(input)) this.#effects!.perform(effect);
  }

  #durable(effect: PersistEffect<M, R>): void {
    if (this.#state !== "running") return;
    const signatures = this.#effects!.release(effect);
    if (signatures !== null) this.#enqueue({ type: "persisted", seq: effect.seq, signatures });
  }
}
