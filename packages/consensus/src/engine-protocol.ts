import type { Block, Hash, Height } from "@fb/types";
import type { CoreEffect, CoreInput, Image, Machine, MachineView, Signatures } from "./core/machine.ts";

export interface SignedMessage<M> {
  readonly msg: M;
  readonly signatures: Signatures;
}

/** A peer's message of which only the envelope has been read. */
export interface OpenedMessage<M, H> {
  readonly heading: H;
  /** Signatures that taking it will cost to check: its own and those of a certificate in it. */
  readonly signatureCount: number;
  /** Reads the rest. Null for anything malformed; never throws on a peer's bytes. */
  read(): SignedMessage<M> | null;
}

/** How an engine's messages and records become bytes. Pure. A message is a heading too. */
export interface EngineCodec<M extends H, R, H> {
  encodeMessage(message: SignedMessage<M>): Uint8Array;
  /** Reads the envelope, at no cost worth mentioning. Null for anything malformed; never throws on a peer's bytes. */
  openMessage(bytes: Uint8Array): OpenedMessage<M, H> | null;
  /** What the sender signs, one signature each; empty for an unsigned message. Derived from the message alone. */
  digests(msg: M): readonly Hash[];
  encodeRecord(record: R): Uint8Array;
  /** Null when the bytes are no record of ours. */
  decodeRecord(bytes: Uint8Array): R | null;
  /** The records that still matter once `durable` is stored, in order. */
  liveRecords(records: readonly R[], durable: Height): readonly R[];
}

export type EngineMachine<M extends H, R, H> = Machine<CoreInput<M, Block>, CoreEffect<M, R, Block>, MachineView, H>;

/** What an engine package gives to the driver. */
export interface EngineProtocol<M extends H, R, H> {
  readonly type: "pbft" | "raft";
  /** Length of a tick. ms. */
  readonly tickMs: number;
  readonly codec: EngineCodec<M, R, H>;
  /** The view or term a message was sent in; null for one that names none. */
  roundOf(msg: M): number | null;
  createMachine(image: Image<R>): EngineMachine<M, R, H>;
}
