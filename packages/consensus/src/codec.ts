import type { Block, Hash, Height } from "@fb/types";
import type { CoreEffect, CoreInput, Image, Machine, MachineView, Signatures } from "./core/machine.ts";

export interface SignedMessage<M> {
  readonly msg: M;
  readonly signatures: Signatures;
}

/** How an engine's messages and records become bytes. Pure. */
export interface EngineCodec<M, R> {
  encodeMessage(message: SignedMessage<M>): Uint8Array;
  /** Null for anything malformed; never throws on a peer's bytes. */
  decodeMessage(bytes: Uint8Array): SignedMessage<M> | null;
  /** What the sender signs, one signature each; empty for an unsigned message. Derived from the message alone. */
  digests(msg: M): readonly Hash[];
  encodeRecord(record: R): Uint8Array;
  /** Null when the bytes are no record of ours. */
  decodeRecord(bytes: Uint8Array): R | null;
  /** The records that still matter once `durable` is stored, in order. */
  liveRecords(records: readonly R[], durable: Height): readonly R[];
}

export type EngineMachine<M, R> = Machine<CoreInput<M, Block>, CoreEffect<M, R, Block>, MachineView>;

/** What an engine package gives to the driver. */
export interface EngineProtocol<M, R> {
  readonly type: "pbft" | "raft";
  /** Length of a tick. ms. */
  readonly tickMs: number;
  readonly codec: EngineCodec<M, R>;
  createMachine(image: Image<R>): EngineMachine<M, R>;
}
