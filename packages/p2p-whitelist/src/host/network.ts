import { type GroupChannel, type GroupId, invariant, isGroupId, type NodeId } from "@fb/types";
import type { Libp2p } from "libp2p";
import { createAdmission } from "../admission/admission.ts";
import { type AdmissionGate, admissionEncrypter, type Refusal } from "../admission/encrypter.ts";
import { createHandshakes } from "../admission/handshakes.ts";
import { createRefusalLog } from "../admission/refusal-log.ts";
import { createGroupDoor, type GroupDoor } from "../channel/group-channel.ts";
import { createMemberIndex } from "../channel/member-index.ts";
import { createStreamSwitch } from "../channel/stream-switch.ts";
import type { Direction, Network, PeerInfo } from "../contract.ts";
import { p2pError } from "../errors.ts";
import { nodeIdOfCompressedKey } from "../identity.ts";
import { DEFAULT_MAX_PAYLOAD_BYTES, DEFAULT_MAX_PEERS, LIMITS } from "../limits.ts";
import { p2pMetrics } from "../metrics.ts";
import type { NetworkOptions, PeerAddress, ReloadableOptions } from "../options.ts";
import { createConnectedPeers } from "../peers/connected-peers.ts";
import { createPeerBudgets } from "../peers/peer-budgets.ts";
import type { NetworkDeps } from "../ports.ts";
import { checkAddresses, checkOptions } from "./check-options.ts";
import { createDialer, type DialOutcome } from "./dialer.ts";
import { addressToMultiaddr, createHost, multiaddrToText } from "./libp2p-host.ts";

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
  readonly #members;
  readonly #budgets;
  readonly #handshakes;
  readonly #connected;
  /** IP addresses among those of the configured peers. */
  #peerHosts: ReadonlySet<string>;
  readonly #dialer;
  readonly #refusals;
  readonly #doors = new Map<number, GroupDoor>();
  /** What a refused handshake with an address told, for the dial that waits for it. */
  readonly #refusedDials = new Map<string, DialOutcome>();
  #host: Libp2p | null = null;
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  #stops: (() => void)[] = [];

  constructor(options: NetworkOptions, deps: NetworkDeps) {
    this.nodeId = checkOptions(options);
    this.#options = options;
    this.#deps = deps;
    this.#metrics = p2pMetrics(deps.metrics);
    this.#admission = createAdmission(options, { nodeId: this.nodeId, chainId: options.chainId }, deps.clock);
    this.#peerHosts = hostsOf(options.peers);
    this.#members = createMemberIndex(this.#doors);
    this.#budgets = createPeerBudgets(deps.clock, (node) => this.#members.has(node));
    this.#handshakes = createHandshakes({
      clock: deps.clock,
      log: deps.log,
      register: deps.metrics,
      metrics: this.#metrics,
      isConfigured: (host) => this.#peerHosts.has(host),
    });
    this.#connected = createConnectedPeers({
      clock: deps.clock,
      log: deps.log,
      register: deps.metrics,
      metrics: this.#metrics,
      self: this.nodeId,
      protocol: channelProtocol(options.chainId),
      maxPeers: options.maxPeers ?? DEFAULT_MAX_PEERS,
      admission: this.#admission,
      budgets: this.#budgets,
      handshakes: this.#handshakes,
      isPrivileged: (node) => this.#members.has(node) || this.#dialer.keeps(node),
      doors: this.#doors,
      onBye: (code, node) => this.#refusals.goodbye(code, node),
      onLost: (node) => this.#dialer.lost(node),
    });
    this.#refusals = createRefusalLog({ ...deps, refused: this.#metrics.admissionRefused });
    this.#dialer = createDialer(options.peers, {
      clock: deps.clock,
      rng: deps.rng,
      dial: (address) => this.#dial(address),
      isConnected: (node) => this.#connected.table.get(node)?.isOpen === true,
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
      register: this.#deps.metrics,
      metrics: this.#metrics,
      self: this.nodeId,
      maxPayloadBytes: this.#options.maxPayloadBytes ?? DEFAULT_MAX_PAYLOAD_BYTES,
      budgets: this.#budgets.group(),
      connectionTo: (peer) => this.#connected.table.get(peer),
      onMembers: this.#members.refresh,
      onClose: () => {
        this.#doors.delete(groupId);
        this.#members.refresh();
      },
    });
    this.#doors.set(groupId, door);
    this.#members.refresh();
    for (const connection of this.#connected.table.all()) door.attach(connection);
    return door.channel;
  }

  peers(): readonly PeerInfo[] {
    const doors = [...this.#doors.values()];
    return this.#connected.table
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
    if (peers !== undefined) {
      this.#dialer.setAddresses(peers);
      this.#peerHosts = hostsOf(peers);
    }
    this.#connected.recheck();
    this.#deps.log.info("network-reloaded", { changed: Object.keys(changes).sort().join(" ") });
  }

  async #start(): Promise<void> {
    const { listen } = this.#options;
    const host = await createHost(
      { ...this.#options, maxPeers: this.#options.maxPeers ?? DEFAULT_MAX_PEERS },
      admissionEncrypter(this.#gate(), this.#deps.clock),
      { enter: this.#handshakes.enter, muxer: this.#connected.muxer },
    );
    const route = createStreamSwitch({
      clock: this.#deps.clock,
      log: this.#deps.log,
      metrics: this.#metrics,
      doors: this.#doors,
      currentOf: this.#connected.currentOf,
    });
    await host.handle(channelProtocol(this.#options.chainId), route, {
      maxInboundStreams: LIMITS.streams,
      maxOutboundStreams: LIMITS.streams,
    });
    host.addEventListener("connection:open", (event) => this.#connected.onOpen(event.detail));
    host.addEventListener("connection:close", (event) => this.#connected.onClose(event.detail));
    try {
      await host.start();
    } catch (error) {
      const where = `${listen.host}:${listen.port}`;
      throw p2pError("LISTEN_FAILED", `cannot listen on ${where}`, { ...listen }, error);
    }
    this.#host = host;
    this.#deps.log.info("network-started", { nodeId: this.nodeId, host: listen.host, port: this.listenPort });
    const { clock } = this.#deps;
    this.#stops = [
      clock.every(LIMITS.beatMs, this.#connected.beat),
      clock.every(LIMITS.recheckMs, this.#connected.recheck),
    ];
    this.#dialer.start();
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => {});
    for (const stop of this.#stops) stop();
    this.#dialer.close();
    for (const door of [...this.#doors.values()]) await door.channel.close();
    this.#connected.close();
    await this.#host?.stop();
    this.#refusals.close();
    this.#handshakes.close();
    this.#deps.log.info("network-closed");
  }

  #gate(): AdmissionGate {
    const { judge, admitted } = this.#connected;
    const { begun, proved } = this.#handshakes;
    return {
      begun,
      proved,
      hello: () => this.#admission.hello(),
      judge,
      admitted,
      refused: (refusal, address, direction) => this.#onRefused(refusal, address, direction),
    };
  }

  #onRefused(refusal: Refusal, address: string, direction: Direction): void {
    const node = nodeIdOfCompressedKey(refusal.provenKey);
    this.#refusals.note(refusal, { node, address: multiaddrToText(address), direction });
    if (direction === "inbound" || this.#refusedDials.get(address)?.type === "self") return;
    this.#refusedDials.set(address, refusal.reason === "SELF" ? { type: "self" } : { type: "failed", node });
  }

  async #dial(address: PeerAddress): Promise<DialOutcome> {
    const target = addressToMultiaddr(address);
    const key = target.toString();
    let outcome: DialOutcome;
    try {
      const node = this.#connected.nodeOf(await this.#host!.dial(target, { force: true }));
      outcome = node === null ? { type: "failed", node } : { type: "connected", node };
    } catch (error) {
      outcome = this.#refusedDials.get(key) ?? { type: "failed", node: null };
      this.#deps.log.debug("dial-failed", { ...address, error: String(error) });
    }
    this.#refusedDials.delete(key);
    this.#metrics.dials.inc({ result: outcome.type });
    return outcome;
  }
}

/** A name is whatever it resolves to; of these only the usual name of this machine is known without asking. */
function hostsOf(peers: readonly PeerAddress[]): ReadonlySet<string> {
  return new Set(peers.flatMap(({ host }) => (host === "localhost" ? ["127.0.0.1", "::1"] : [host])));
}
