import { type Clock, createQuotaLogger, type Logger, type MetricsRegister } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import type { Connection, MessageStream, StreamMuxerFactory } from "@libp2p/interface";
import type { Admission, Admitted } from "../admission/admission.ts";
import type { NodeCertificate } from "../admission/certificates.ts";
import type { Handshakes } from "../admission/handshakes.ts";
import type { GroupDoor } from "../channel/group-channel.ts";
import type { Direction } from "../contract.ts";
import { p2pError } from "../errors.ts";
import { type ConnectionGuard, type GuardDeps, guardedMuxer } from "../guard/guarded-muxer.ts";
import { multiaddrToText } from "../host/libp2p-host.ts";
import { LIMITS } from "../limits.ts";
import type { P2pMetrics } from "../metrics.ts";
import type { PeerBudgets } from "./peer-budgets.ts";
import { type CutCause, createPeerConnection, type PeerConnection } from "./peer-connection.ts";
import { createPeerLog } from "./peer-log.ts";
import { createPeerSlots, type Place } from "./peer-slots.ts";
import { createPeerTable, type PeerTable } from "./peer-table.ts";

/** Lines a minute about peers that were cut or made to wait: one peer can cause as many as it likes. */
const FAULT_LINES = { perSource: 5, total: 60 };

/** The connections of this node, from admission to their end. */
export interface ConnectedPeers {
  readonly table: PeerTable;
  /** Judges a hello, then whether there is room and need. */
  judge(provenKey: Uint8Array, helloFrame: Uint8Array, direction: Direction): Admitted;
  /** Both sides agreed; the connection follows under `link`, its remote multiaddr. */
  admitted(link: string, certificate: NodeCertificate, raw: MessageStream, secured: MessageStream): void;
  /** yamux behind the guard of its connection. */
  muxer(factory: StreamMuxerFactory): StreamMuxerFactory;
  onOpen(connection: Connection): void;
  onClose(connection: Connection): void;
  /** The admitted connection in use; undefined for one that lost against another of the same peer. */
  currentOf(connection: Connection): PeerConnection | undefined;
  nodeOf(connection: Connection): NodeId | null;
  /** Ends connections whose certificates or lists no longer allow them. */
  recheck(): void;
  /** Ends what is silent or slow, and pings the others. */
  beat(): void;
  close(): void;
}

export interface ConnectedPeersDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly register: MetricsRegister;
  readonly metrics: P2pMetrics;
  readonly self: NodeId;
  readonly protocol: string;
  readonly maxPeers: number;
  readonly admission: Admission;
  readonly budgets: PeerBudgets;
  readonly handshakes: Handshakes;
  /** Member of a group here, or found at a configured address. */
  isPrivileged(node: NodeId): boolean;
  readonly doors: ReadonlyMap<number, GroupDoor>;
  onBye(code: number, node: NodeId): void;
  onLost(node: NodeId): void;
}

/** An admitted peer whose connection is not open yet. */
interface Coming {
  readonly certificate: NodeCertificate;
  readonly direction: Direction;
  readonly secured: MessageStream;
  forget(): void;
}

export function createConnectedPeers(deps: ConnectedPeersDeps): ConnectedPeers {
  const { clock, log, metrics } = deps;
  const table = createPeerTable(deps.self);
  const faultLog = createQuotaLogger(
    log,
    { ...FAULT_LINES, source: ({ peer }) => String(peer) },
    { clock, metrics: deps.register },
  );
  const peerLog = createPeerLog(log, deps);
  /** By libp2p connection id. */
  const connections = new Map<string, PeerConnection>();
  /** Between the end of a handshake and the connection event that follows it, by remote multiaddr. */
  const coming = new Map<string, Coming>();
  const slots = createPeerSlots(deps.maxPeers);
  const guards = new WeakMap<MessageStream, ConnectionGuard>();
  const certificates = new WeakMap<MessageStream, NodeCertificate>();
  let isClosed = false;
  let lastBeatMs = clock.monotonic();

  const whoIs = ({ nodeId, name, agency }: NodeCertificate) => ({ peer: nodeId, name, agency });
  const onCut = (certificate: NodeCertificate, cause: CutCause) => {
    metrics.shed.inc({ cause });
    faultLog.warn("peer-shed", { ...whoIs(certificate), cause });
  };
  const guardDeps = (secured: MessageStream): GuardDeps => {
    const certificate = certificates.get(secured)!;
    return {
      clock,
      charge: (micros) => deps.budgets.charge(certificate, micros),
      turn: (micros) => deps.budgets.turn(certificate, micros),
      onCut: (fault) => onCut(certificate, fault),
      onThrottle: (ms) => {
        metrics.throttled.inc({ what: "connection" });
        faultLog.warn("peer-throttled", { ...whoIs(certificate), ms });
      },
    };
  };
  /** Whom this node dials, its operator configured. */
  const placeOf = ({ nodeId, agencyFingerprint }: NodeCertificate, direction: Direction): Place => ({
    nodeId,
    agencyFingerprint,
    isPrivileged: direction === "outbound" || deps.isPrivileged(nodeId),
  });
  const places = (): Place[] => table.all().map(({ certificate, direction }) => placeOf(certificate, direction));
  const makeRoom = () => {
    const leaving = slots.evict(places());
    if (leaving === null) return;
    const peer = table.get(leaving)!;
    faultLog.warn("peer-evicted", whoIs(peer.certificate));
    metrics.admissionRefused.inc({ by: "self", reason: "TOO_MANY_PEERS" });
    peer.end("TOO_MANY_PEERS");
  };
  const detach = (peer: PeerConnection) => {
    for (const door of deps.doors.values()) door.detach(peer);
  };
  const watch = (peer: PeerConnection, wasStopped: boolean) => {
    // The silence was ours.
    if (wasStopped || peer.isThrottled) peer.heard();
    if (peer.silentMs() > LIMITS.silenceMs) return peer.abort("silent");
    const isSlow = [...deps.doors.values()].some((door) => door.stalledMs(peer.nodeId) > LIMITS.stallMs);
    if (isSlow || peer.blockedMs() > LIMITS.stallMs) return peer.abort("slow");
    peer.ping();
    // A lost wake-up must not stop a queue for ever.
    peer.wake();
  };

  return {
    table,
    judge(provenKey, helloFrame, direction) {
      const verdict = deps.admission.judge(provenKey, helloFrame);
      if (!verdict.ok) return verdict;
      const { certificate } = verdict;
      const known = table.get(certificate.nodeId);
      // Only the dialing side can know that its older connection still works (SPEC 3.4).
      if (direction === "outbound" && known?.isOpen === true) return { ok: false, reason: "DUPLICATE", issuer: "" };
      if (known !== undefined) return verdict;
      const others = [...coming.values()].filter(
        ({ certificate: { nodeId } }) => nodeId !== certificate.nodeId && table.get(nodeId) === undefined,
      );
      const present = [...places(), ...others.map((one) => placeOf(one.certificate, one.direction))];
      const reason = slots.judge(placeOf(certificate, direction), present);
      return reason === "OK" ? verdict : { ok: false, reason, issuer: "" };
    },
    admitted(link, certificate, raw, secured) {
      const { direction } = secured;
      // Nobody needs two that are not open yet.
      for (const [other, one] of coming) {
        if (one.certificate.nodeId !== certificate.nodeId || one.direction !== direction) continue;
        one.forget();
        coming.delete(other);
        one.secured.abort(p2pError("REPLACED", "the peer was admitted once more"));
      }
      certificates.set(secured, certificate);
      // The upgrade may still fail after the handshake.
      const forget = clock.after(2 * LIMITS.admissionMs, () => coming.delete(link));
      coming.set(link, { certificate, direction, secured, forget });
      secured.addEventListener("close", () => {
        if (coming.get(link)?.secured !== secured) return;
        forget();
        coming.delete(link);
      });
      deps.handshakes.admitted(raw, secured);
    },
    muxer: (factory) =>
      guardedMuxer(factory, guardDeps, (secured, guard) => {
        guards.set(secured, guard);
        deps.handshakes.guarded(secured);
      }),
    onOpen(connection) {
      const link = connection.remoteAddr.toString();
      const arrived = coming.get(link);
      arrived?.forget();
      coming.delete(link);
      const guard = arrived === undefined ? undefined : guards.get(arrived.secured);
      if (arrived === undefined || guard === undefined || isClosed) {
        connection.abort(p2pError("NOT_ADMITTED", "the connection was not admitted, or the network is closed"));
        return;
      }
      const { certificate } = arrived;
      deps.handshakes.opened(arrived.secured, deps.isPrivileged(certificate.nodeId));
      const peer = createPeerConnection(
        connection,
        { certificate, address: multiaddrToText(connection.remoteAddr) },
        {
          clock,
          protocol: deps.protocol,
          guard,
          charge: (micros) => void deps.budgets.charge(certificate, micros),
          onCut: (cause) => onCut(certificate, cause),
          onBye: (code) => deps.onBye(code, certificate.nodeId),
        },
      );
      connections.set(connection.id, peer);
      const loser = table.add(peer);
      if (loser !== null) {
        detach(loser);
        loser.end("DUPLICATE");
      }
      if (loser === peer) return;
      peerLog.info("peer-connected", {
        ...whoIs(certificate),
        agencyFingerprint: certificate.agencyFingerprint,
        address: peer.address,
        direction: peer.direction,
      });
      metrics.peers.set(table.size);
      peer.startControl();
      makeRoom();
      for (const door of deps.doors.values()) door.attach(peer);
    },
    onClose(connection) {
      const peer = connections.get(connection.id);
      if (peer === undefined) return;
      connections.delete(connection.id);
      detach(peer);
      if (!table.remove(peer)) return;
      metrics.peers.set(table.size);
      peerLog.info("peer-disconnected", { peer: peer.nodeId, address: peer.address });
      deps.onLost(peer.nodeId);
    },
    currentOf(connection) {
      const peer = connections.get(connection.id);
      return peer !== undefined && table.get(peer.nodeId) === peer ? peer : undefined;
    },
    nodeOf: (connection) => connections.get(connection.id)?.nodeId ?? null,
    recheck() {
      for (const peer of table.all()) {
        const reason = deps.admission.recheck(peer.certificate);
        if (reason === null) continue;
        log.warn("peer-no-longer-admitted", { peer: peer.nodeId, reason });
        metrics.admissionRefused.inc({ by: "self", reason });
        detach(peer);
        peer.end(reason);
      }
    },
    beat() {
      const now = clock.monotonic();
      // After this process itself stood still, what peers sent is still in the sockets.
      const wasStopped = now - lastBeatMs > 2 * LIMITS.beatMs;
      lastBeatMs = now;
      for (const peer of table.all()) watch(peer, wasStopped);
    },
    close() {
      isClosed = true;
      for (const peer of table.all()) peer.end("SHUTDOWN");
      for (const { forget } of coming.values()) forget();
      faultLog.close();
      peerLog.close();
    },
  };
}
