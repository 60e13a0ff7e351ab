import type { Agent } from "node:http";
import { createSenders, type Sender, sign } from "@fb/testkit";
import { type CryptoSuite, fromHex, toHex } from "@fb/types";
import { keepAlive, post, rpcBody } from "../client/http.ts";
import type { GroupSample } from "./load-protocol.ts";

const SENDERS = 50;
const TICK_MS = 100;
const WATCH_MS = 20;
const ANSWER_MS = 120_000;
const PAYLOAD = { to: fromHex(`0x${"51".repeat(20)}`)!, data: new Uint8Array(0) };

interface SubmitAnswer {
  readonly id: number | null;
  readonly error?: { readonly message: string };
}

interface Shot {
  /** When it was due, whatever the connection did then: a stall counts for all that it held up. */
  readonly dueAt: number;
  seenAt: number;
}

/** Offers a group transactions at a fixed rate, whatever it does, and sees when each is in a block. */
export class GroupLoad {
  readonly #group: { readonly id: number; readonly url: string; readonly chainId: number };
  readonly #suite: CryptoSuite;
  readonly #rate: number;
  readonly #seed: number;
  readonly #sending: Agent = keepAlive(8);
  readonly #watching: Agent = keepAlive(1);
  readonly #senders: Sender[];
  readonly #waiting = new Map<string, Shot>();
  #spares = 0;
  #next = 0;
  #due = 0;
  #height = 0;
  #shots: Shot[] = [];
  #refused = 0;
  #why = "";
  #committed = 0;
  #markedAt = 0;

  constructor(
    group: { readonly id: number; readonly url: string; readonly chainId: number },
    suite: CryptoSuite,
    options: { readonly rate: number; readonly seed: number },
  ) {
    this.#group = group;
    this.#suite = suite;
    this.#rate = options.rate;
    this.#seed = options.seed;
    this.#senders = createSenders(suite, SENDERS, `load ${options.seed} ${group.id}`);
  }

  async start(): Promise<void> {
    this.#height = Number(await this.#ask<string>("eth_blockNumber", []));
    const startedAt = performance.now();
    this.#markedAt = startedAt;
    setInterval(() => this.#send(startedAt), TICK_MS);
    void this.#watch();
  }

  /** What happened since the last mark. */
  mark(): GroupSample {
    const now = performance.now();
    const seconds = (now - this.#markedAt) / 1_000;
    const ages = this.#shots.map(({ dueAt, seenAt }) => (seenAt === 0 ? now : seenAt) - dueAt).sort((a, b) => a - b);
    const at = (part: number) => Math.round(ages[Math.min(ages.length - 1, Math.floor(ages.length * part))] ?? 0);
    const sample = {
      group: this.#group.id,
      seconds,
      sent: this.#shots.length,
      refused: this.#refused,
      why: this.#why,
      committed: this.#committed,
      txPerSecond: this.#committed / seconds,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
    };
    this.#shots = [];
    this.#refused = 0;
    this.#why = "";
    this.#committed = 0;
    this.#markedAt = now;
    return sample;
  }

  #send(startedAt: number): void {
    const until = Math.floor(((performance.now() - startedAt) / 1_000) * this.#rate);
    const batch: { raw: string; hash: string; sender: number }[] = [];
    for (; this.#due < until; this.#due++) {
      const sender = this.#next++ % this.#senders.length;
      const raw = sign(this.#suite, BigInt(this.#group.chainId), this.#senders[sender]!, PAYLOAD);
      const hash = `0x${toHex(this.#suite.hash(raw))}`;
      const shot = { dueAt: startedAt + (this.#due / this.#rate) * 1_000, seenAt: 0 };
      this.#shots.push(shot);
      this.#waiting.set(hash, shot);
      batch.push({ raw: `0x${toHex(raw)}`, hash, sender });
    }
    if (batch.length === 0) return;
    const body = rpcBody(batch.map(({ raw }) => ["eth_sendRawTransaction", [raw]] as const));
    post(this.#group.url, body, { agent: this.#sending, timeoutMs: ANSWER_MS })
      .then(({ body: text }) => {
        const answers: unknown = JSON.parse(text);
        const list = (Array.isArray(answers) ? answers : [answers]) as SubmitAnswer[];
        for (const { id, error } of list)
          if (error !== undefined) this.#refuse(id === null ? batch : [batch[id]!], error.message);
      })
      .catch((error: Error) => this.#refuse(batch, error.message));
  }

  /** A refused transaction leaves a gap in the nonces of its sender: another one takes its place. */
  #refuse(batch: readonly { hash: string; sender: number }[], why: string): void {
    this.#why ||= why;
    for (const { hash, sender } of batch) {
      if (!this.#waiting.delete(hash)) continue;
      this.#refused++;
      const seed = `load ${this.#seed} ${this.#group.id} spare ${this.#spares++}`;
      this.#senders[sender] = createSenders(this.#suite, 1, seed)[0]!;
    }
  }

  async #watch(): Promise<void> {
    for (;;) {
      try {
        const head = Number(await this.#ask<string>("eth_blockNumber", []));
        while (this.#height < head) {
          const at = `0x${(this.#height + 1).toString(16)}`;
          const block = await this.#ask<{ transactions: string[] }>("eth_getBlockByNumber", [at, false]);
          this.#height++;
          this.#see(block.transactions);
        }
      } catch {
        // The node does not answer: what waits for a block grows older.
      }
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
    }
  }

  #see(hashes: readonly string[]): void {
    const now = performance.now();
    for (const hash of hashes) {
      const shot = this.#waiting.get(hash);
      if (shot === undefined) continue;
      this.#waiting.delete(hash);
      shot.seenAt = now;
      this.#committed++;
    }
  }

  async #ask<T>(method: string, params: readonly unknown[]): Promise<T> {
    const options = { agent: this.#watching, timeoutMs: ANSWER_MS };
    const answer = JSON.parse((await post(this.#group.url, rpcBody([[method, params]]), options)).body);
    if (answer.result === undefined || answer.result === null) throw new RangeError(`${method} has no result`);
    return answer.result as T;
  }
}
