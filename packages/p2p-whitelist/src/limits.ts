/** Bounds and pauses of the network (SPEC 6). Times in ms, sizes in bytes. */
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
  pausedBytes: 2 * 1024 * 1024,
  /** Inbound budget of each stream. */
  inboundBytesPerSecond: 64 * 1024 * 1024,
  /** What a message costs of that budget beyond its bytes: handling it takes about as long as copying so many. */
  messageCostBytes: 4096,
} as const;

export const DEFAULT_MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;
export const DEFAULT_MAX_PEERS = 256;
