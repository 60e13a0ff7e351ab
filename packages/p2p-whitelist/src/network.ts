import { type GroupChannel, type GroupId, invariant, isGroupId, type NodeId } from "@fb/types";
import type { Connection } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import { createAdmission } from "./admission.ts";
import type { NodeCertificate } from "./certificates.ts";
import { checkAddresses, checkOptions } from "./check-options.ts";
import { createDialer, type DialOutcome } from "./dialer.ts";
import { type AdmissionGate, admissionEncrypter, type Direction, type Refusal } from "./encrypter.ts";
import { p2pError } from "./errors.ts";
import { createGroupDoor, type GroupDoor } from "./group-channel.ts";
import { nodeIdOfCompressedKey } from "./identity.ts";
import { addressToMultiaddr, createHost, multiaddrToText } from "./libp2p-host.ts";
import { DEFAULT_MAX_PAYLOAD_BYTES, DEFAULT_MAX_PEERS, LIMITS } from "./limits.ts";
import { p2pMetrics } from "./metrics.ts";
import type { Network, NetworkDeps, NetworkOptions, PeerAddress, PeerInfo, ReloadableOptions } from "./options.ts";
import { createPeerConnection, type PeerConnection } from "./peer-connection.ts";
import { createPeerTable } from "./peer-table.ts";
import { createRefusalLog } from "./refusal-log.ts";
import { createStreamSwitch } from "./stream-switch.ts";

/** The one stream protocol of a chain; it says nothing about groups. */
export function channelProtocol(chainId: number): string {
  return `/fb/${chainId}/channel/1`;
}

/**
 * The shared network of one node. Nothing is opened before `start`.
 *
 * @throws OPTIONS_INVALID, CERTIFICATE_INVALID
 */
export function createNetwork(options: NetworkOptions, deps: NetworkDeps): Network {
  return new P2pNetwork(options, deps);
}

class P2pNetwork implements Network {
  readonly nodeId: NodeId;
  readonly #options: NetworkOptions;
  readonly #deps: NetworkDeps;
  readonly #metrics;
  readonly #admission;
  readonly #peers;
  readonly #dialer;
  readonly #refusals;
  readonly #doors = new Map<number, GroupDoor>();
  /** By libp2p connection id. */
  readonly #connections = new Map<string, PeerConnection>();
  /** Certificates between the end of a handshake and the connection event that follows it. */
  readonly #handshakes = new Map<string, { readonly certificate: NodeCertificate; readonly forget: () => void }>();
  /** What a refused handshake with an address told, for the dial that waits for it. */
  readonly #refusedDials = new Map<string, DialOutcome>();
  #host: Libp2p | null = null;
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  #stopBeats = () => {};

  constructor(options: NetworkOptions, deps: NetworkDeps) {
    this.nodeId = checkOptions(options);
    this.#options = options;
    this.#deps = deps;
    this.#metrics = p2pMetrics(deps.metrics);
    this.#admission = createAdmission(options, { nodeId: this.nodeId, chainId: options.chainId }, deps.clock);
    this.#peers = createPeerTable(this.nodeId);
    this.#refusals = createRefusalLog({ ...deps, refused: this.#metrics.admissionRefused });
    this.#dialer = createDialer(options.peers, {
      clock: deps.clock,
      rng: deps.rng,
      dial: (address) => this.#dial(address),
      isConnected: (node) => this.#peers.get(node)?.isOpen === true,
    });
  }

  get listenPort(): number {
    const address = this.#host?.getMultiaddrs()[0]?.toString();
    return address === undefined ? 0 : Number(address.split("/")[4]);
  }

  start(): Promise<void> {
    if (this.#closing !== null) return Promise.reject(p2pError("NETWORK_CLOSED", "the network was closed"));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  group(groupId: GroupId, initialMembers: readonly NodeId[]): GroupChannel {
    if (this.#closing !== null) throw p2pError("NETWORK_CLOSED", "the network was closed");
    invariant(isGroupId(groupId), "group id out of range", { groupId });
    if (this.#doors.has(groupId)) throw p2pError("GROUP_OPEN", `group ${groupId} has a channel already`, { groupId });
    const door = createGroupDoor(groupId, initialMembers, {
      clock: this.#deps.clock,
      rng: this.#deps.rng,
      log: this.#deps.log,
      metrics: this.#metrics,
      self: this.nodeId,
      maxPayloadBytes: this.#options.maxPayloadBytes ?? DEFAULT_MAX_PAYLOAD_BYTES,
      inboundBytesPerSecond: LIMITS.inboundBytesPerSecond,
      connectionTo: (peer) => this.#peers.get(peer),
      onClose: () => void this.#doors.delete(groupId),
    });
    this.#doors.set(groupId, door);
    for (const connection of this.#peers.all()) door.attach(connection);
    return door.channel;
  }

  peers(): readonly PeerInfo[] {
    const doors = [...this.#doors.values()];
    return this.#peers
      .all()
      .map(({ nodeId, address, direction, certificate }) => ({
        nodeId,
        address,
        direction,
        agency: certificate.agency,
        agencyFingerprint: certificate.agencyFingerprint,
        name: certificate.name,
        groups: doors.filter((door) => door.isLinked(nodeId)).length,
      }))
      .sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }

  reload(changes: Partial<ReloadableOptions>): void {
    const { peers, ...lists } = changes;
    if (peers !== undefined) checkAddresses(peers);
    this.#admission.reload(lists);
    if (peers !== undefined) this.#dialer.setAddresses(peers);
    this.#recheck();
    this.#deps.log.info("network-reloaded", { changed: Object.keys(changes).sort().join(" ") });
  }

  async #start(): Promise<void> {
    const { listen } = this.#options;
    const host = await createHost(
      { ...this.#options, maxPeers: this.#options.maxPeers ?? DEFAULT_MAX_PEERS },
      admissionEncrypter(this.#gate(), this.#deps.clock),
    );
    const protocol = channelProtocol(this.#options.chainId);
    const route = createStreamSwitch({
      clock: this.#deps.clock,
      log: this.#deps.log,
      metrics: this.#metrics,
      doors: this.#doors,
      currentOf: (connection) => this.#currentOf(connection),
    });
    await host.handle(protocol, route, { maxInboundStreams: LIMITS.streams, maxOutboundStreams: LIMITS.streams });
    host.addEventListener("connection:open", (event) => this.#onOpen(event.detail, protocol));
    host.addEventListener("connection:close", (event) => this.#onClose(event.detail));
    try {
      await host.start();
    } catch (error) {
      const where = `${listen.host}:${listen.port}`;
      throw p2pError("LISTEN_FAILED", `cannot listen on ${where}`, { ...listen }, error);
    }
    this.#host = host;
    this.#deps.log.info("network-started", { nodeId: this.nodeId, host: listen.host, port: this.listenPort });
    this.#startBeats();
    this.#dialer.start();
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => {});
    this.#stopBeats();
    this.#dialer.close();
    for (const door of [...this.#doors.values()]) await door.channel.close();
    for (const peer of this.#peers.all()) peer.end("SHUTDOWN");
    await this.#host?.stop();
    for (const { forget } of this.#handshakes.values()) forget();
    this.#refusals.close();
    this.#deps.log.info("network-closed");
  }

  #gate(): AdmissionGate {
    const maxPeers = this.#options.maxPeers ?? DEFAULT_MAX_PEERS;
    return {
      hello: () => this.#admission.hello(),
      judge: (provenKey, helloFrame, direction) => {
        const verdict = this.#admission.judge(provenKey, helloFrame);
        if (!verdict.ok) return verdict;
        const known = this.#peers.get(verdict.certificate.nodeId);
        // Only the dialing side can know that its older connection still works (SPEC 3.4).
        if (direction === "outbound" && known?.isOpen === true) return { ok: false, reason: "DUPLICATE", issuer: "" };
        if (known === undefined && this.#peers.size >= maxPeers) {
          return { ok: false, reason: "TOO_MANY_PEERS", issuer: "" };
        }
        return verdict;
      },
      admitted: (link, certificate) => {
        this.#handshakes.get(link)?.forget();
        // The upgrade may still fail after the handshake.
        const forget = this.#deps.clock.after(2 * LIMITS.admissionMs, () => this.#handshakes.delete(link));
        this.#handshakes.set(link, { certificate, forget });
      },
      refused: (refusal, address, direction) => this.#onRefused(refusal, address, direction),
    };
  }

  #onRefused(refusal: Refusal, address: string, direction: Direction): void {
    const node = nodeIdOfCompressedKey(refusal.provenKey);
    this.#refusals.note(refusal, { node, address: multiaddrToText(address), direction });
    if (direction === "inbound" || this.#refusedDials.get(address)?.kind === "self") return;
    this.#refusedDials.set(address, refusal.reason === "SELF" ? { kind: "self" } : { kind: "failed", node });
  }

  async #dial(address: PeerAddress): Promise<DialOutcome> {
    const target = addressToMultiaddr(address);
    const key = target.toString();
    let outcome: DialOutcome;
    try {
      const connection = await this.#host!.dial(target, { force: true });
      const node = this.#connections.get(connection.id)?.nodeId ?? null;
      outcome = node === null ? { kind: "failed", node } : { kind: "connected", node };
    } catch (error) {
      outcome = this.#refusedDials.get(key) ?? { kind: "failed", node: null };
      this.#deps.log.debug("dial-failed", { ...address, error: String(error) });
    }
    this.#refusedDials.delete(key);
    this.#metrics.dials.inc({ result: outcome.kind });
    return outcome;
  }

  #currentOf(connection: Connection): PeerConnection | undefined {
    const peer = this.#connections.get(connection.id);
    return peer !== undefined && this.#peers.get(peer.nodeId) === peer ? peer : undefined;
  }

  #onOpen(connection: Connection, protocol: string): void {
    const link = connection.remoteAddr.toString();
    const handshake = this.#handshakes.get(link);
    handshake?.forget();
    this.#handshakes.delete(link);
    if (handshake === undefined || this.#closing !== null) {
      connection.abort(p2pError("NETWORK_CLOSED", "connection without admission"));
      return;
    }
    const { certificate } = handshake;
    const peer = createPeerConnection(
      connection,
      { certificate, address: multiaddrToText(connection.remoteAddr) },
      {
        clock: this.#deps.clock,
        protocol,
        onBye: (code) => this.#refusals.goodbye(code, certificate.nodeId),
      },
    );
    this.#connections.set(connection.id, peer);
    const loser = this.#peers.add(peer);
    if (loser !== null) this.#drop(loser);
    if (loser === peer) return;
    const { nodeId, name, agency, agencyFingerprint } = certificate;
    this.#deps.log.info("peer-connected", {
      peer: nodeId,
      name,
      agency,
      agencyFingerprint,
      address: peer.address,
      direction: peer.direction,
    });
    this.#metrics.peers.set(this.#peers.size);
    peer.startControl();
    for (const door of this.#doors.values()) door.attach(peer);
  }

  #drop(loser: PeerConnection): void {
    for (const door of this.#doors.values()) door.detach(loser);
    loser.end("DUPLICATE");
  }

  #onClose(connection: Connection): void {
    const peer = this.#connections.get(connection.id);
    if (peer === undefined) return;
    this.#connections.delete(connection.id);
    for (const door of this.#doors.values()) door.detach(peer);
    if (!this.#peers.remove(peer)) return;
    this.#metrics.peers.set(this.#peers.size);
    this.#deps.log.info("peer-disconnected", { peer: peer.nodeId, address: peer.address });
    this.#dialer.lost(peer.nodeId);
  }

  #recheck(): void {
    for (const peer of this.#peers.all()) {
      const reason = this.#admission.recheck(peer.certificate);
      if (reason === null) continue;
      this.#deps.log.warn("peer-no-longer-admitted", { peer: peer.nodeId, reason });
      this.#metrics.admissionRefused.inc({ by: "self", reason });
      for (const door of this.#doors.values()) door.detach(peer);
      peer.end(reason);
    }
  }

  #startBeats(): void {
    const { clock } = this.#deps;
    let lastMs = clock.monotonic();
    const beat = () => {
      const now = clock.monotonic();
      // After this process itself stood still, what peers sent is still in the sockets.
      const wasStopped = now - lastMs > 2 * LIMITS.beatMs;
      lastMs = now;
      for (const peer of this.#peers.all()) this.#watch(peer, wasStopped);
    };
    const stops = [clock.every(LIMITS.beatMs, beat), clock.every(LIMITS.recheckMs, () => this.#recheck())];
    this.#stopBeats = () => {
      for (const stop of stops) stop();
    };
  }

  #watch(peer: PeerConnection, wasStopped: boolean): void {
    if (wasStopped) peer.forgiveSilence();
    const isSilent = peer.silentMs() > LIMITS.silenceMs;
    const isSlow = [...this.#doors.values()].some((door) => door.stalledMs(peer.nodeId) > LIMITS.stallMs);
    if (isSilent || isSlow) {
      const cause = isSilent ? "silent" : "slow";
      this.#metrics.shed.inc({ cause });
      this.#deps.log.warn("peer-shed", { peer: peer.nodeId, cause });
      peer.abort(cause);
      return;
    }
    peer.ping();
    // A lost wake-up must not stop a queue for ever.
    peer.wake();
  }
}
