import { createQuotaLogger, PRICES, type QuotaLogger } from "@fb/runtime";
import type { Height, NodeId } from "@fb/types";
import type { BlockGap, Sync, SyncStatus } from "./api.ts";
import { BlockServer } from "./block-server.ts";
import { Downloader } from "./download/downloader.ts";
import { GapReport } from "./download/gap-report.ts";
import { PEER_FAULTS, type PeerFaultCode, type SyncHaltCode } from "./errors.ts";
import { type SyncMetrics, syncMetrics } from "./metrics.ts";
import type { SyncOptions } from "./options.ts";
import { messagePrice, PeerCosts } from "./peer-costs.ts";
import type { SyncDeps } from "./ports.ts";
import { StatusBox } from "./status/status-box.ts";
import { StatusExchange } from "./status/status-exchange.ts";
import { TxBroadcast } from "./transactions/broadcast.ts";
import { TxFetch } from "./transactions/fetch.ts";
import { TxInbox } from "./transactions/inbox.ts";
import { TxIntake } from "./transactions/intake.ts";
import { Links } from "./transactions/links.ts";
import { TxRelay } from "./transactions/relay.ts";
import { isStatus, LINK_BYTES, MAX_TXS_MESSAGE_BYTES, type StatusMessage, wire } from "./wire.ts";

/** Time-outs and lag are looked at this often. */
const TICK_MS = 250;
/** Reading a status and thinking about what it claims, in microseconds. */
const STATUS_PRICE = 20 * PRICES.object;
/** Log lines about one member, and about all, that they can provoke in a minute. */
const LINES = { perSource: 2, total: 60 } as const;

/** Sync of one group. Nothing happens before `start`. */
export function createSync(options: SyncOptions, deps: SyncDeps): Sync {
  return new GroupSync(options, deps);
}

class GroupSync implements Sync {
  readonly #options: SyncOptions;
  readonly #deps: SyncDeps;
  readonly #metrics: SyncMetrics;
  readonly #provoked: QuotaLogger;
  readonly #syncCosts: PeerCosts;
  readonly #txCosts: PeerCosts;
  readonly #statuses: StatusExchange;
  readonly #statusBox = new StatusBox((from, payload) => this.#readSync(from, payload));
  readonly #downloader: Downloader;
  readonly #gapReport: GapReport;
  readonly #server: BlockServer;
  readonly #broadcast: TxBroadcast;
  readonly #fetch: TxFetch;
  readonly #intake: TxIntake;
  readonly #inbox: TxInbox;
  readonly #links: Links;
  readonly #relay: TxRelay;
  #stops: (() => void)[] = [];
  #started = false;
  #closing: Promise<void> | null = null;
  #halt: SyncHaltCode | null = null;
  /** Since when this node lags without its head moving; null while it does not. */
  #lagSince: number | null = null;

  constructor(options: SyncOptions, deps: SyncDeps) {
    const { channel, chain, pool, suite, clock, rng, lane, log } = deps;
    this.#options = options;
    this.#deps = deps;
    const metrics = syncMetrics(deps.metrics);
    this.#metrics = metrics;
    const source = ({ peer }: { readonly peer?: unknown }) => String(peer);
    this.#provoked = createQuotaLogger(log, { ...LINES, source }, deps);
    const costsDeps = { channel, chain, clock, log: this.#provoked, metrics };
    this.#syncCosts = new PeerCosts("sync", costsDeps);
    this.#txCosts = new PeerCosts("txs", costsDeps);
    this.#statuses = new StatusExchange(options, { channel, chain, clock, log });
    const onHalt = (code: SyncHaltCode, message: string) => this.#onHalt(code, message);
    this.#downloader = new Downloader(options, { ...deps, metrics, onHalt });
    this.#gapReport = new GapReport({ clock, log, gauge: this.#metrics.gap });
    this.#server = new BlockServer(options, { channel, chain, clock, lane, log, register: deps.metrics, metrics });
    this.#broadcast = new TxBroadcast(options, { channel, pool, clock, metrics });
    this.#links = new Links(channel);
    this.#relay = new TxRelay(options, { channel, pool, links: this.#links, clock, metrics });
    const costs = this.#txCosts;
    const deliver = (peer: NodeId, txs: readonly Uint8Array[]) => this.#intake.onFetched(peer, txs);
    this.#fetch = new TxFetch(options, { channel, pool, suite, clock, rng, lane, costs, metrics, deliver });
    const onInvalid = (peer: NodeId) => this.#fault(peer, "TX_INVALID");
    this.#intake = new TxIntake({ pool, fetch: this.#fetch, relay: this.#relay, costs, log, metrics, onInvalid });
    const read = (from: NodeId, payload: Uint8Array) => this.#readTxs(from, payload);
    this.#inbox = new TxInbox(options.maxWaitingBytes, { lane, costs, metrics, read });
  }

  start(): void {
    if (this.#started || this.#closing !== null) return;
    this.#started = true;
    const { channel, chain, pool, clock } = this.#deps;
    this.#stops = [
      pool.onAccepted((event) => this.#broadcast.onAccepted(event)),
      channel.onMessage("sync", (from, payload) => this.#onSync(from, payload)),
      channel.onMessage("txs", (from, payload) => this.#inbox.put(from, payload)),
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
      this.#statusBox.clear();
      this.#inbox.close();
      this.#provoked.close();
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
      gap: this.#gap(),
      peers: this.#statuses.peers(),
    };
  }

  pause(on: boolean): void {
    this.#downloader.pause(on);
    this.#server.pause(on);
  }

  behind(height: Height, peer: NodeId): void {
    if (!this.#started || height <= this.#height() || !this.#deps.channel.peers().includes(peer)) return;
    if (height > this.#downloader.reachable) this.#downloader.claim(peer, height, 0);
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
    this.#broadcast.beat();
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
    this.#gapReport.look(this.#gap());
  }

  /** Of blocks that enough sealers claim to be there: one liar cannot make them missing. */
  #gap(): BlockGap | null {
    const { gap } = this.#downloader;
    return gap !== null && gap.from <= this.#highest().height ? gap : null;
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
    if (!this.#syncCosts.charge(from, messagePrice(payload.length))) return;
    if (!isStatus(payload)) this.#readSync(from, payload);
    else if (!this.#statusBox.put(from, payload)) this.#syncCosts.drop("newer");
  }

  #readSync(from: NodeId, payload: Uint8Array): void {
    const message = wire.decode("SyncMessage", payload);
    if (message?.status) {
      if (this.#syncCosts.charge(from, STATUS_PRICE)) this.#onStatus(from, message.status);
    } else if (message?.block_request) {
      if (!this.#server.onRequest(from, message.block_request)) this.#fault(from, "REQUEST_EXCESSIVE");
    } else if (message?.block_response) {
      if (this.#downloader.onAnswer(from, message.block_response, payload.length))
        this.#syncCosts.refund(from, messagePrice(payload.length));
      else this.#fault(from, "RESPONSE_UNASKED");
    } else {
      this.#fault(from, "MESSAGE_MALFORMED");
    }
  }

  #onStatus(from: NodeId, status: StatusMessage): void {
    const isOfThisChain = this.#statuses.onStatus(from, status);
    if (isOfThisChain === null) this.#fault(from, "MESSAGE_MALFORMED");
    else if (isOfThisChain) this.#downloader.claim(from, status.height, status.lowest_block ?? 0);
    else this.#downloader.gone(from);
    this.#consider();
  }

  async #readTxs(from: NodeId, payload: Uint8Array): Promise<void> {
    let isAffordable = true;
    const mayBuild = (elements: number) => {
      isAffordable = this.#txCosts.charge(from, elements * PRICES.object);
      return isAffordable;
    };
    const isTooLong = payload.length > MAX_TXS_MESSAGE_BYTES;
    const message = isTooLong ? null : wire.decode("TxsMessage", payload, mayBuild);
    if (!isAffordable) return;
    if (message?.batch) await this.#intake.onBatch(from, message.batch.txs);
    else if (message?.announce) {
      if (!this.#intake.onAnnounce(from, message.announce.hashes)) this.#fault(from, "MESSAGE_MALFORMED");
    } else if (message?.request) {
      if (!this.#fetch.onRequest(from, message.request)) this.#fault(from, "REQUEST_EXCESSIVE");
    } else if (message?.response) {
      const code = await this.#fetch.onResponse(from, message.response);
      if (code !== null) this.#fault(from, code);
    } else if (message?.links) {
      const { members } = message.links;
      if (!this.#txCosts.charge(from, (members.length / LINK_BYTES) * PRICES.object)) return;
      if (!this.#links.onLinks(from, members)) this.#fault(from, "MESSAGE_MALFORMED");
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
