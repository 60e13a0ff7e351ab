import { type Clock, type Logger, PendingRequests, type Rng } from "@fb/runtime";
import {
  BLOCK_LIMITS,
  type CryptoSuite,
  decodeBlock,
  decodeCertificate,
  equalBytes,
  type GroupChannel,
  type Height,
  type NodeId,
  toHex,
  txRootOf,
  verifyCertificate,
} from "@fb/types";
import type { BlockGap } from "../api.ts";
import { PEER_FAULTS, type PeerFaultCode, type SyncHaltCode } from "../errors.ts";
import type { SyncMetrics } from "../metrics.ts";
import type { SyncOptions } from "../options.ts";
import type { ImportBlockFn, SyncChain } from "../ports.ts";
import { type BlockResponseMessage, wire } from "../wire.ts";
import { type CandidateBlock, examineAnswer } from "./examine.ts";
import { type DownloadEffect, type DownloadInput, DownloadScheduler } from "./scheduler.ts";

export interface DownloaderDeps {
  readonly channel: GroupChannel;
  readonly chain: SyncChain;
  readonly suite: CryptoSuite;
  readonly importBlock: ImportBlockFn;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: SyncMetrics;
  readonly onHalt: (code: SyncHaltCode, message: string) => void;
}

interface Asked {
  /** The scheduler's number of this request. */
  readonly request: number;
  readonly from: Height;
  readonly count: number;
  readonly maxBytes: number;
}

/** A peer has one request under way; the others are overdue. */
const MAX_PENDING_PER_PEER = 16;

/** What became of a block that was to be imported. */
type Imported =
  | { readonly type: "imported" }
  /** The server's fault. */
  | { readonly type: "refused"; readonly fault: PeerFaultCode }
  /** A quorum stands for it and this node cannot follow: download has stopped for good. */
  | { readonly type: "halted" };

/** Carries out what the scheduler decides: asks, checks, imports. */
export class Downloader {
  readonly #options: SyncOptions;
  readonly #deps: DownloaderDeps;
  readonly #scheduler: DownloadScheduler<CandidateBlock>;
  readonly #pending: PendingRequests<Asked>;
  #importing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: SyncOptions, deps: DownloaderDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#pending = new PendingRequests({ maxPerPeer: MAX_PENDING_PER_PEER, rng: deps.rng });
    this.#scheduler = new DownloadScheduler(options, deps.chain.head().header.number);
  }

  get active(): boolean {
    return this.#scheduler.active;
  }

  get startedAt(): Height {
    return this.#scheduler.startedAt;
  }

  /** Highest height a member claims that has not failed lately. */
  get reachable(): Height {
    return this.#scheduler.best(this.#deps.clock.monotonic());
  }

  /** Faults of a member that it has not made up for. */
  failures(peer: NodeId): number {
    return this.#scheduler.failures(peer);
  }

  /** @param lowest that it keeps, as far as it is known */
  claim(peer: NodeId, height: Height, lowest: Height): void {
    this.#step({ type: "claim", peer, height, lowest });
  }

  /** What this node lacks and no member keeps, as far as members tell. */
  get gap(): BlockGap | null {
    return this.#scheduler.gap;
  }

  gone(peer: NodeId): void {
    this.#pending.gone(peer);
    this.#step({ type: "gone", peer });
  }

  headMoved(height: Height): void {
    this.#step({ type: "head", height });
  }

  begin(): void {
    this.#step({ type: "start" });
  }

  /** While it is on, nothing more is asked for. */
  pause(on: boolean): void {
    this.#step({ type: "pause", on });
  }

  tick(): void {
    this.#step({ type: "tick" });
  }

  /**
   * False when this peer was not asked; what it sent is not looked at then.
   *
   * @param bytes of the message, which stays in memory as long as a block of it.
   */
  onAnswer(peer: NodeId, response: BlockResponseMessage, bytes: number): boolean {
    const asked = this.#pending.take(peer, response.id);
    if (asked === null) return false;
    const id = asked.request;
    const examined = examineAnswer(this.#deps.suite, asked, response.items);
    const lowest = response.lowest_block ?? 0;
    if (examined.ok) this.#step({ type: "received", peer, id, blocks: examined.blocks, bytes, lowest });
    else this.#step({ type: "invalid", peer, id, code: examined.code });
    return true;
  }

  /** Waits for an import under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#importing;
  }

  #step(input: DownloadInput<CandidateBlock>): void {
    if (this.#stopped) return;
    const before = this.#scheduler.active;
    for (const effect of this.#scheduler.step(input, this.#deps.clock.monotonic())) this.#perform(effect);
    this.#deps.metrics.heldBytes.set(this.#scheduler.heldBytes);
    if (this.#scheduler.active !== before) this.#report();
  }

  #perform(effect: DownloadEffect<CandidateBlock>): void {
    switch (effect.type) {
      case "request":
        this.#request(effect.peer, effect.id, effect.from, effect.count);
        return;
      case "fault":
        this.#deps.metrics.faults.inc({ code: effect.code });
        this.#deps.log.debug("sync-peer-fault", { peer: effect.peer, code: effect.code });
        this.#deps.channel.report(effect.peer, PEER_FAULTS[effect.code], effect.code);
        return;
      case "discard":
        this.#deps.metrics.discardedBytes.inc({}, effect.bytes);
        return;
      case "import":
        this.#importing = this.#import(effect.blocks);
    }
  }

  #request(peer: NodeId, request: number, from: Height, count: number): void {
    const maxBytes = this.#options.batchBytes;
    const id = this.#pending.open(peer, { request, from, count, maxBytes });
    const message = { id, from, count, max_bytes: maxBytes };
    this.#deps.channel.send(peer, "sync", wire.encode("SyncMessage", { block_request: message }));
  }

  async #import(blocks: readonly CandidateBlock[]): Promise<void> {
    for (const candidate of blocks) {
      if (this.#stopped) return;
      const { number } = candidate.header;
      const head = this.#deps.chain.head().header.number;
      if (number <= head) continue;
      const outcome = await this.#importOne(candidate);
      if (outcome.type === "imported") continue;
      if (outcome.type === "refused") this.#step({ type: "refused", code: outcome.fault });
      return;
    }
    this.#step({ type: "imported" });
  }

  async #importOne(candidate: CandidateBlock): Promise<Imported> {
    const { header, hash } = candidate;
    const { chain, suite, importBlock, metrics } = this.#deps;
    const head = chain.head();
    const height = header.number;
    if (height !== head.header.number + 1) return { type: "refused", fault: "RESPONSE_WRONG" };
    const certificate = decodeCertificate(candidate.certificate);
    if (certificate === null) return { type: "refused", fault: "BLOCK_MALFORMED" };
    const checked = verifyCertificate(suite, {
      genesisHash: chain.genesisHash,
      consensus: this.#options.consensus,
      sealers: chain.members().sealers,
      height,
      hash,
      certificate,
    });
    if (!checked.ok) return { type: "refused", fault: "CERTIFICATE_INVALID" };
    const block = decodeBlock(candidate.block, BLOCK_LIMITS);
    const rootOf = (raws: readonly Uint8Array[]) => txRootOf(suite, raws, () => raws.map((raw) => suite.hash(raw)));
    if (block === null || !equalBytes(rootOf(block.transactions), header.txRoot)) {
      return { type: "refused", fault: "BLOCK_MALFORMED" };
    }
    // From here on a quorum stands for the block: what does not fit is not the fault of who served it.
    if (!equalBytes(header.parentHash, head.hash)) {
      return this.#halt("DIVERGED", `the certified block ${height} (${toHex(hash)}) does not follow this node's head`);
    }
    try {
      const result = await importBlock(block, certificate);
      if (!result.ok)
        return this.#halt("DIVERGED", `the certified block ${height} cannot be reproduced: ${result.code}`);
    } catch (error) {
      return this.#halt("IMPORT_FAILED", `block ${height}: ${error instanceof Error ? error.message : String(error)}`);
    }
    metrics.imported.inc();
    return { type: "imported" };
  }

  #halt(code: SyncHaltCode, message: string): Imported {
    if (!this.#stopped) {
      this.#stopped = true;
      this.#deps.onHalt(code, message);
    }
    return { type: "halted" };
  }

  #report(): void {
    const { active } = this.#scheduler;
    this.#deps.metrics.downloading.set(active ? 1 : 0);
    const fields = { head: this.#deps.chain.head().header.number, reachable: this.reachable };
    this.#deps.log.info(active ? "block-download-started" : "block-download-ended", fields);
  }
}
