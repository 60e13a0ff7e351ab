import { MAX_BLOCK_BYTES } from "@fb/types";

/** Bounds and pauses of the network (SPEC 6.1). Times in ms, sizes in bytes. */
export const LIMITS = {
  /** Admission from the first byte to the verdict. */
  admissionMs: 10_000,
  /** How long a refusing side waits for the other side to read the verdict. */
  lingerMs: 2_000,
  /** From the opening of a stream to its open frame or its acceptance. */
  openMs: 10_000,
  /** Pause between beats: ping, liveness, stalled queues. */
  beatMs: 5_000,
  /** A connection is dead when nothing was heard for so long. */
  silenceMs: 20_000,
  /** A peer is shed when a queue to it made no progress for so long. */
  stallMs: 20_000,
  /** Pause between two checks of the certificates of live connections. */
  recheckMs: 60_000,
  /** Two connections within this time count as dialed at the same moment. */
  simultaneousMs: 5_000,
  /** Pauses between attempts to open a channel that was refused. */
  channelRetryBaseMs: 250,
  channelRetryMaxMs: 15_000,
  /** A link or connection that held for so long starts over with short pauses. */
  steadyMs: 5_000,
  /** Pauses between dials of one address. */
  dialRetryBaseMs: 250,
  dialRetryMaxMs: 30_000,
  /** How long a group stays closed to a peer that had to be disconnected. */
  banMs: 60_000,
  /** Penalties that a peer may collect in one group before it counts as disconnected; one is forgiven each 30 s. */
  penalties: 10,
  penaltiesPerSecond: 1 / 30,
  /** Control frames: burst and rate. */
  controlBurst: 100,
  controlPerSecond: 10,
  /** Streams opened by a peer: burst and rate. */
  openBurst: 2_000,
  openPerSecond: 200,
  /** Streams in each direction of one connection: 3 modules of 300 groups and the control stream. */
  streams: 901,
  /** Receive window of a stream, the same on all nodes, and what it buffers at most while paused. */
  windowBytes: 1024 * 1024,
  /** What is read of a stream before its window grows again. */
  roomBytes: 256 * 1024,
  pausedBytes: 2 * 1024 * 1024,
  /** Bytes that a stream holds back at most because its connection must drain. */
  unwrittenBytes: 128 * 1024,
  /** Body of a yamux frame; a slice of ours is smaller. */
  frameBytes: 64 * 1024,
  /** What a peer may send on a stream before it is accepted, and on a stream of ours: a protocol name and an open frame. */
  unacceptedBytes: 256,
  /** Bytes under way at most on streams that this side reset. */
  strayBytes: 32 * 1024 * 1024,
  /** Bytes of one connection at most that arrived and were not read. */
  heldBytes: 64 * 1024 * 1024,
  /** Window updates and endings: without a cause, for each stream, and saved up at most. */
  spareUpdates: 64,
  updatesPerStream: 8,
  maxUpdates: 65_536,
  /** Bytes of one connection at most that wait to be sent. */
  unsentBytes: 512 * 1024,
  /** Work for peers in one turn of the event loop, and in one piece, at the prices of work. */
  turnMs: 4,
  pieceMicros: 500,
  /** The same for all that are no members, together: one piece. */
  strangersTurnMs: 0.5,
} as const;

/** Prices of what a connection makes the network's thread do, in microseconds (SPEC 6.3; see `PRICES` of the runtime). */
export const NETWORK_PRICES = {
  /** Decrypting a packet and looking into it. */
  packet: 10,
  /** A frame that tells something: a window, an end. */
  update: 10,
  /** Carrying a data frame to its stream and giving room for the next. */
  data: 20,
  /** A new stream: its protocol, its open frame, its refusal. */
  opening: 500,
  /** Handing a message to its group. */
  message: 20,
} as const;

/** What peers may cost the network's thread, in ms of it at once and each second (SPEC 6.1). */
export const NETWORK_BUDGETS = {
  /** One node that is a member of a group here, with all its connections. */
  member: { burstMs: 1_500, msPerSecond: 250 },
  /** All nodes of one agency together that are not. */
  stranger: { burstMs: 200, msPerSecond: 20 },
  /** Messages of one node in one module of one group. */
  module: { burstMs: 250, msPerSecond: 100 },
} as const;

/** Whatever carries a block fits, twice. */
export const DEFAULT_MAX_PAYLOAD_BYTES = 2 * MAX_BLOCK_BYTES;
export const DEFAULT_MAX_PEERS = 256;

/** Connections that came in and are not admitted yet (SPEC 3.9). Times in ms, sizes in bytes. */
export const HANDSHAKES = {
  /** Slots of sources that are not known, of one of them, and those kept for known ones. */
  slots: 64,
  perSource: 8,
  reserved: 32,
  /** From the connection to the proof of a key. */
  proofMs: 5_000,
  /** What may arrive to agree on the encryption, then until the verdict, then to agree on the frames. */
  bytes: { selection: 256, admission: 20 * 1024 },
  /** Prices in microseconds: taking a connection, and doing a handshake (curves and signatures in JavaScript). */
  prices: { connection: 500, handshake: 10_000 },
  /** What one source costs at most that is not known, all of them together, and one known source, in vain. */
  stranger: { burstMs: 200, msPerSecond: 25 },
  strangers: { burstMs: 500, msPerSecond: 50 },
  known: { burstMs: 1_000, msPerSecond: 50 },
  maxSources: 4_096,
  /** Refused connections that are not closed at once. */
  tarpit: { places: 128, ms: 3_000 },
  /** Lines in the log, a minute. */
  lines: { perSource: 5, total: 30 },
} as const;
