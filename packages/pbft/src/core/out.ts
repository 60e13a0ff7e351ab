import type { CoreEffect, JournalSeq, Note, RejectCode, Send, Target } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import type { PbftMsg, PbftRecord } from "./messages.ts";
import { Stalls } from "./stalls.ts";

export type PbftEffect<P> = CoreEffect<PbftMsg<P>, PbftRecord<P>, P>;

const MAX_ANSWERS_PER_TICK = 4;
/** Of messages that hold a block. */
const MAX_BLOCKS_PER_TICK = 1;

/** Collects the effects of a step and remembers what waits for the journal. */
export class Out<P> {
  readonly stalls = new Stalls();
  #effects: PbftEffect<P>[] = [];
  #seq: JournalSeq = 0;
  readonly #waiting = new Map<JournalSeq, readonly Send<PbftMsg<P>>[]>();
  /** Answers since the last tick, by kind and peer. */
  readonly #answered = new Map<string, number>();

  add(effect: PbftEffect<P>): void {
    if (effect.type === "persist") this.stalls.begin(effect.type, effect.seq);
    if (effect.type === "execute") this.stalls.begin(effect.type, effect.key);
    if (effect.type === "commit") this.stalls.begin(effect.type, effect.hash);
    this.#effects.push(effect);
  }

  persist(record: PbftRecord<P>, then: readonly PbftMsg<P>[]): void {
    const sends = then.map((msg) => ({ to: "sealers" as const, msg }));
    this.#seq += 1;
    this.#waiting.set(this.#seq, sends);
    this.add({ type: "persist", seq: this.#seq, record, thenSend: sends });
  }

  /** The messages that a durable record let go. */
  persisted(seq: JournalSeq): readonly Send<PbftMsg<P>>[] {
    const sends = this.#waiting.get(seq) ?? [];
    this.#waiting.delete(seq);
    this.stalls.end("persist", seq);
    return sends;
  }

  send(to: Target, msg: PbftMsg<P>): void {
    this.add({ type: "send", to, msg });
  }

  /** Sends a few messages of this kind to a peer per tick at most, however often it asks. */
  answer(to: NodeId, msg: PbftMsg<P>): void {
    const key = `${msg.type} ${to}`;
    const count = this.#answered.get(key) ?? 0;
    const large = msg.type === "body" || msg.type === "prepare";
    if (count >= (large ? MAX_BLOCKS_PER_TICK : MAX_ANSWERS_PER_TICK)) return;
    this.#answered.set(key, count + 1);
    this.send(to, msg);
  }

  reject(from: NodeId, code: RejectCode): void {
    this.add({ type: "reject", from, code });
  }

  note(level: Note["level"], event: string, fields: Note["fields"]): void {
    this.add({ type: "note", note: { level, event, fields } });
  }

  tick(): void {
    this.stalls.tick();
    this.#answered.clear();
  }

  take(): readonly PbftEffect<P>[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
