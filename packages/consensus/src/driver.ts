import { secureRng } from "@fb/runtime";
import {
  type Block,
  type ConsensusEngine,
  type EngineStatus,
  FbError,
  type Height,
  InvariantError,
  isCode,
  type NodeId,
  toHex,
} from "@fb/types";
import type { EngineMachine, EngineProtocol } from "./codec.ts";
import type { CoreEffect, CoreInput, Head } from "./core/machine.ts";
import type { RejectCode } from "./core/reject-code.ts";
import { type ConsensusErrorCode, consensusError, reasonOf } from "./errors.ts";
import { Executor } from "./executor.ts";
import { Inbox, type InboxItem } from "./inbox.ts";
import { Intake } from "./intake.ts";
import { type JournalFiles, nodeFiles } from "./journal/files.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import { consensusMetrics } from "./metrics.ts";
import { type CheckedEngineOptions, checkEngineOptions, type EngineOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { type PersistEffect, Persister } from "./persister.ts";
import type { EngineDeps, NewHead } from "./ports.ts";
import { RecentSealers } from "./recent-sealers.ts";
import { Sealer } from "./sealer.ts";

const MAX_RUN = 2 ** 47;

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
  #recent: RecentSealers | null = null;
  /** Sealers of the height the machine works on. */
  #sealers: readonly NodeId[] = [];
  /** Rounds of other sealers as last heard. */
  readonly #heard = new Map<NodeId, number>();
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
      heard: sealers.flatMap((nodeId) => {
        const round = this.#heard.get(nodeId);
        return round === undefined ? [] : [{ nodeId, round }];
      }),
      haltedBy: this.#haltedBy,
    };
  }

  async #start(): Promise<void> {
    const { chain, channel, clock, pool } = this.#deps;
    const { journalDir, voteWithoutJournal } = this.#options;
    const place = { dir: journalDir, genesisHash: chain.genesisHash, durable: chain.durableHeight() };
    const journal = await openJournal({ ...place, trusted: voteWithoutJournal }, this.#files);
    const recent = await this.#loadChain();
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

  /** What is read back from the chain, all as of one head. */
  async #loadChain(): Promise<RecentSealers> {
    const { chain } = this.#deps;
    for (;;) {
      const recent = await RecentSealers.load(chain, chain.head());
      await this.#sealer.load(recent.head.header);
      // Sync may have moved the head meanwhile.
      if (recent.head.header.number === chain.head().head.header.number) return recent;
    }
  }

  #boot(journal: Journal, recent: RecentSealers): void {
    this.#logStanding(journal);
    const { chain, clock } = this.#deps;
    const { codec } = this.#protocol;
    const records = journal.records.map((bytes) => {
      const record = codec.decodeRecord(bytes);
      if (record === null) throw consensusError("JOURNAL_CORRUPT", "the journal holds an unknown record");
      return record;
    });
    const head = this.#toHead(chain.head(), recent.list());
    const durableHeight = chain.durableHeight();
    const live = codec.liveRecords(records, durableHeight);
    this.#machine = this.#protocol.createMachine({
      head,
      records: live,
      silentThrough: journal.silentThrough,
      forgetful: journal.incomplete,
      mark: journal.mark,
      run: secureRng.below(MAX_RUN),
    });
    this.#sealers = head.sealers;
    this.#intake.newHead(chain.head());
    this.#persister = new Persister(live, durableHeight, {
      journal,
      codec,
      clock,
      metrics: this.#metrics,
      durable: (effect) => this.#durable(effect),
      failed: (error) => this.#halt(error),
    });
  }

  #logStanding({ standing, mark, incomplete }: Journal): void {
    const { log, chain } = this.#deps;
    if (standing === "whole") return;
    const level = standing === "missing" && chain.durableHeight() === 0 ? "info" : "warn";
    log[level]("journal-does-not-fit", { standing, mark, height: chain.durableHeight(), incomplete });
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
    const code: ConsensusErrorCode = error instanceof FbError ? (error.code as ConsensusErrorCode) : "INVARIANT_BROKEN";
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
    this.#enqueue({ type: "head", head: this.#toHead(next, recent.advance(next)) });
    this.#forget();
    this.#poolChanged();
  }

  #toHead({ head, members }: NewHead, recent: Head["recent"]): Head {
    const timeoutTicks = Math.round(this.#deps.chain.limits().timeoutMs / this.#protocol.tickMs);
    return { height: head.header.number, hash: toHex(head.hash), sealers: members.sealers, recent, timeoutTicks };
  }

  #forget(): void {
    this.#persister?.forgetThrough(this.#deps.chain.durableHeight());
  }

  #enqueue(item: InboxItem<M>): void {
    if (this.#state === "running") this.#inbox.put(item);
  }

  #handle(item: InboxItem<M>): void {
    if (item.type === "head") this.#takeSealers(item.head.sealers);
    if (item.type === "bytes") this.#open(item.from, item.payload);
    else this.#step(item);
  }

  #showView(handled: number): void {
    const view = this.#machine!.view();
    this.#metrics.inbox.set(handled);
    this.#metrics.height.set(view.height);
    this.#metrics.round.set(view.round);
  }

  #takeSealers(sealers: readonly NodeId[]): void {
    this.#sealers = sealers;
    for (const node of this.#heard.keys()) if (!sealers.includes(node)) this.#heard.delete(node);
  }

  #open(from: NodeId, payload: Uint8Array): void {
    const message = this.#intake.open(from, payload, this.#machine!);
    if (message === null) return;
    const round = this.#protocol.roundOf(message.msg);
    if (round !== null && this.#sealers.includes(from)) this.#heard.set(from, round);
    this.#step({ type: "msg", from, ...message });
  }

  #step(input: CoreInput<M, Block>): void {
    for (const effect of this.#machine!.step(input)) this.#perform(effect);
  }

  #perform(effect: CoreEffect<M, R, Block>): void {
    switch (effect.type) {
      case "persist":
        this.#persister!.add(effect);
        break;
      case "send":
        this.#outbox.send(effect, this.#sealers);
        break;
      case "execute":
        this.#executor.execute(effect);
        break;
      case "commit":
        this.#metrics.decided.inc();
        this.#executor.commit(effect.height, effect.hash, effect.certificate);
        break;
      case "seal":
        this.#sealer.request(effect);
        break;
      case "behind":
        this.#deps.sync.behind(effect.height, effect.from);
        break;
      case "reject":
        this.#rejected(effect.from, effect.code);
        break;
      case "note":
        if (effect.note.event === "round-failed") this.#sealer.roundFailed();
        this.#deps.log[effect.note.level](effect.note.event, effect.note.fields);
        break;
      case "halt":
        this.#diverged(effect.height, effect.ours, effect.theirs);
        break;
      default:
        effect satisfies never;
    }
  }

  #rejected(from: NodeId, code: RejectCode): void {
    this.#intake.rejected(from, code);
    this.#deps.log.debug("message-rejected", { from: from.slice(0, 8), code });
  }

  #diverged(height: Height, ours: string, theirs: string): void {
    this.#halt(consensusError("DIVERGED", `a quorum signed another block at ${height}`, { height, ours, theirs }));
  }

  #durable(effect: PersistEffect<M, R>): void {
    if (this.#state !== "running") return;
    try {
      const signatures = effect.thenSend.map((send) => this.#outbox.send(send, this.#sealers));
      this.#enqueue({ type: "persisted", seq: effect.seq, signatures });
    } catch (error) {
      this.#halt(isCode(error, "INVARIANT_BROKEN") ? error : new InvariantError(`cannot sign or send: ${error}`));
    }
  }
}
