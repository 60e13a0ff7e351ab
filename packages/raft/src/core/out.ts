import type { CoreEffect, JournalSeq, Note, RejectCode, Send, Target } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import type { RaftMsg, RaftRecord } from "./messages.ts";

export type RaftEffect<P> = CoreEffect<RaftMsg<P>, RaftRecord<P>, P>;

export interface Waiting<P> {
  readonly record: RaftRecord<P>;
  /** What it let go; null for a record that promises nothing to anybody. */
  readonly send: Send<RaftMsg<P>> | null;
}

/** Collects the effects of a step and remembers what waits for the journal. */
export class Out<P> {
  #effects: RaftEffect<P>[] = [];
  #seq: JournalSeq = 0;
  readonly #waiting = new Map<JournalSeq, Waiting<P>>();

  add(effect: RaftEffect<P>): void {
    this.#effects.push(effect);
  }

  /** A record lets one message go, or none. */
  persist(record: RaftRecord<P>, to?: Target, msg?: RaftMsg<P>): void {
    const send = to === undefined || msg === undefined ? null : { to, msg };
    this.#seq += 1;
    this.#waiting.set(this.#seq, { record, send });
    this.add({ type: "persist", seq: this.#seq, record, thenSend: send === null ? [] : [send] });
  }

  /** The record that has waited longest for the disk. */
  get oldestWaiting(): JournalSeq | null {
    for (const seq of this.#waiting.keys()) return seq;
    return null;
  }

  /** The record that is durable now, and its message. */
  persisted(seq: JournalSeq): Waiting<P> | undefined {
    const waiting = this.#waiting.get(seq);
    this.#waiting.delete(seq);
    return waiting;
  }

  send(to: Target, msg: RaftMsg<P>): void {
    this.add({ type: "send", to, msg });
  }

  reject(from: NodeId, code: RejectCode): void {
    this.add({ type: "reject", from, code });
  }

  note(level: Note["level"], event: string, fields: Note["fields"]): void {
    this.add({ type: "note", note: { level, event, fields } });
  }

  take(): readonly RaftEffect<P>[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
