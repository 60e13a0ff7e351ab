import type { Clock, Logger, MetricsRegister, Rng } from "@fb/runtime";
import type { CryptoSuite, GroupChannel, Height, NodeId } from "@fb/types";
import type { Sync, SyncStatus } from "./api.ts";
import { Downloader } from "./download/downloader.ts";
import { PEER_FAULTS, type PeerFaultCode, type SyncHaltCode } from "./errors.ts";
import { Links } from "./links.ts";
import { type SyncMetrics, syncMetrics } from "./metrics.ts";
import type { SyncOptions } from "./options.ts";
import { StatusExchange } from "./peers.ts";
import type { ImportBlockFn, SyncChain, SyncPool } from "./ports.ts";
import { BlockServer } from "./serve.ts";
import { TxBroadcast } from "./tx-broadcast.ts";
import { TxFetch } from "./tx-fetch.ts";
import { TxIntake } from "./tx-intake.ts";
import { TxRelay } from "./tx-relay.ts";
import { type StatusMessage, type SyncMessage, type TxsMessage, wire } from "./wire.ts";

export interface SyncHalt {
  readonly code: SyncHaltCode;
  readonly message: string;
}

export interface SyncDeps {
  readonly channel: GroupChannel;
  readonly chain: SyncChain;
  readonly pool: SyncPool;
  readonly importBlock: ImportBlockFn;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  /** For the ids of requests; not predictable outside tests. */
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
  /** Called once when block download has stopped for good. */
  readonly onHalt: (halt: SyncHalt) => void;
}

/** Time-outs and lag are looked at this often. */
const TICK_MS = 250;

/** Sync of one group. Nothing happens before `start`. */
export function createSync(options: SyncOptions, deps: SyncDeps): Sync {
  return new GroupSync(options, deps);
}

class GroupSync implements Sync {
  readonly #options: SyncOptions;
  readonly #deps: SyncDeps;
  readonly #metrics: SyncMetrics;
  readonly #statuses: StatusExchange;
  readonly #downloader: Downloader;
  readonly #server: BlockServer;
  readonly #broadcast: TxBroadcast;
  readonly #fetch: TxFetch;
  readonly #intake: TxIntake;
  readonly #links: Links;
  readonly #relay: TxRelay;
  #stops: (() => void)[] = [];
  #started = false;
  #closing: Promise<void> | null = null;
  #halt: SyncHaltCode | null = null;
  /** Since when this node lags without its head moving; null while it does not. */
  #lagSince: number | null = null;

  constructor(options: SyncOptions, deps: SyncDeps) {
    const { channel, chain, pool, suite, clock, rng, log } = deps;
    this.#options = options;
    this.#deps = deps;
    const metrics = syncMetrics(deps.metrics);
    this.#metrics = metrics;
    this.#statuses = new StatusExchange(options, { channel, chain, clock, log });
    const onHalt = (code: SyncHaltCode, message: string) => this.#onHalt(code, message);
    this.#downloader = new Downloader(options, { ...deps, metrics, onHalt });
    this.#server = new BlockServer(options, { channel, chain, log, register: deps.metrics, metrics });
    this.#broadcast = new TxBroadcast(options, { channel, pool, clock, metrics });
    const onWrong = (peer: NodeId) => this.#fault(peer, "RESPONSE_WRONG");
    this.#fetch = new TxFetch(options, { channel, pool, suite, clock, rng, metrics, onWrong });
    this.#links = new Links(channel);
    this.#relay = new TxRelay(options, { channel, pool, links: this.#links, clock, metrics });
    const onInvalid = (peer: NodeId) => this.#fault(peer, "TX_INVALID");
    this.#intake = new TxIntake({ pool, fetch: this.#fetch, relay: this.#relay, log, metrics, onInvalid });
  }

  start(): void {
    if (this.#started || this.#closing !== null) return;
    this.#started = true;
    const { channel, chain, pool, clock } = this.#deps;
    this.#stops = [
      pool.onAccepted((event) => this.#broadcast.onAccepted(event)),
      channel.onMessage("sync", (from, payload) => this.#onSync(from, payload)),
      channel.onMessage("txs", (from, payload) => this.#onTxs(from, payload)),
      chain.onCommitted(() => this.#onHead()),
      clock.every(TICK_MS, () => this.#tick()),
      clock.every(this.#options.statusBeatMs, () => this.#statuses.broadcast()),
      clock.every(this.#options.announceMs, () => this.#beat()),
      channel.onPeer((peer, up) => (up ? this.#up(peer) : this.#gone(peer))),
    ];
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const stop of this.#stops) stop();
      this.#statuses.close();
      this.#broadcast.close();
      this.#relay.close();
      this.#fetch.close();
      await Promise.all([this.#downloader.stop(), this.#server.close()]);
    })();
    return this.#closing;
  }

  status(): SyncStatus {
    const highest = this.#highest();
    return {
      state: this.#halt !== null ? "halted" : this.#downloader.active ? "downloading" : "idle",
      haltedBy: this.#halt,
      startedAt: this.#downloader.startedAt,
      knownHighest: highest.height,
      knownHighestHash: highest.hash,
      peers: this.#statuses.peers(),
    };
  }

  behind(height: Height, peer: NodeId): void {
    if (!this.#started || height <= this.#height() || !this.#deps.channel.peers().includes(peer)) return;
    if (height > this.#downloader.reachable) this.#downloader.claim(peer, height);
    this.#downloader.begin();
  }

  #height(): Height {
    return this.#deps.chain.head().header.number;
  }

  #highest() {
    return this.#statuses.highest((peer) => this.#downloader.failures(peer));
  }

  #up(peer: NodeId): void {
    this.#statuses.greet(peer);
    this.#broadcast.up(peer);
    this.#relay.up();
  }

  #gone(peer: NodeId): void {
    this.#statuses.gone(peer);
    this.#broadcast.gone(peer);
    this.#links.gone(peer);
    this.#relay.gone(peer);
    this.#fetch.gone(peer);
    this.#downloader.gone(peer);
    this.#server.gone(peer);
  }

  #beat(): void {
    this.#intake.beat();
    this.#relay.beat();
  }

  #onHead(): void {
    this.#lagSince = null;
    this.#downloader.headMoved(this.#height());
    this.#statuses.changed();
    this.#consider();
  }

  #tick(): void {
    this.#downloader.tick();
    this.#consider();
    this.#metrics.lag.set(this.#highest().height - this.#height());
  }

  /**
   * Downloads when consensus will not bring the blocks: observers always, sealers when they lag by much, or by little
   * for a while without their head moving. (The last block reaches a sealer by consensus a moment after it is known elsewhere.)
   */
  #consider(): void {
    const lag = this.#downloader.reachable - this.#height();
    if (lag <= 0) {
      this.#lagSince = null;
      return;
    }
    if (this.#downloader.active) return;
    const now = this.#deps.clock.monotonic();
    this.#lagSince ??= now;
    const isSealer = this.#deps.chain.members().sealers.includes(this.#deps.channel.self);
    const isDue = now - this.#lagSince >= this.#options.graceMs;
    if (!isSealer || lag > this.#options.maxLagBlocks || isDue) this.#downloader.begin();
  }

  #onSync(from: NodeId, payload: Uint8Array): void {
    const message: SyncMessage | null = wire.decode("SyncMessage", payload);
    if (message?.status) {
      this.#onStatus(from, message.status);
    } else if (message?.block_request) {
      if (!this.#server.onRequest(from, message.block_request)) this.#fault(from, "REQUEST_EXCESSIVE");
    } else if (message?.block_response) {
      if (!this.#downloader.onAnswer(from, message.block_response, payload.length))
        this.#fault(from, "RESPONSE_UNASKED");
    } else {
      this.#fault(from, "MESSAGE_MALFORMED");
    }
  }

  #onStatus(from: NodeId, status: StatusMessage): void {
    const isOfThisChain = this.#statuses.onStatus(from, status);
    if (isOfThisChain === null) this.#fault(from, "MESSAGE_MALFORMED");
    else if (isOfThisChain) this.#downloader.claim(from, status.height);
    else this.#downloader.gone(from);
    this.#consider();
  }

  #onTxs(from: NodeId, payload: Uint8Array): void {
    const message: TxsMessage | null = wire.decode("TxsMessage", payload);
    if (message?.batch) this.#intake.onBatch(from, message.batch.txs);
    else if (message?.announce) {
      if (!this.#intake.onAnnounce(from, message.announce.hashes)) this.#fault(from, "MESSAGE_MALFORMED");
    } else if (message?.request) {
      if (!this.#fetch.onRequest(from, message.request)) this.#fault(from, "REQUEST_EXCESSIVE");
    } else if (message?.response) {
      const code = this.#fetch.onResponse(from, message.response);
      if (code !== null) this.#fault(from, code);
    } else if (message?.links) {
      if (!this.#links.onLinks(from, message.links.members)) this.#fault(from, "MESSAGE_MALFORMED");
    } else {
      this.#fault(from, "MESSAGE_MALFORMED");
    }
  }

  #fault(peer: NodeId, code: PeerFaultCode): void {
    this.#metrics.faults.inc({ code });
    this.#deps.channel.report(peer, PEER_FAULTS[code], code);
  }

  #onHalt(code: SyncHaltCode, message: string): void {
    this.#halt = code;
    this.#deps.log.error("block-download-halted", { code, message });
    this.#deps.onHalt({ code, message });
  }
}
