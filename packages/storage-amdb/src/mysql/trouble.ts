import type { Gauge, Logger } from "@fb/runtime";
import type { StorageTrouble } from "../ports.ts";
import type { MysqlDeps } from "./ports.ts";

/** What the store waits for: told when it begins, when the reason changes, and when it is over. */
export class Troubles {
  readonly #log: Logger;
  readonly #gauge: Gauge;
  readonly #onTrouble: MysqlDeps["onTrouble"];
  /** Of each job that waits, the oldest first. */
  readonly #waiting = new Map<object, StorageTrouble>();
  #told: StorageTrouble | null = null;

  constructor({ log, metrics, onTrouble }: Pick<MysqlDeps, "log" | "metrics" | "onTrouble">) {
    this.#log = log;
    this.#gauge = metrics.gauge("fb_storage_waiting", "1 while the store waits for its server", ["reason"]);
    this.#onTrouble = onTrouble;
  }

  waits(job: object, trouble: StorageTrouble, server: string): void {
    this.#waiting.set(job, trouble);
    this.#tell(server);
  }

  isOver(job: object): void {
    if (this.#waiting.delete(job)) this.#tell("");
  }

  #tell(server: string): void {
    const now: StorageTrouble | null = this.#waiting.values().next().value ?? null;
    if (now?.code === this.#told?.code) return;
    if (this.#told !== null) this.#gauge.set(0, { reason: this.#told.code });
    this.#told = now;
    if (now === null) this.#log.info("storage-goes-on");
    else {
      this.#gauge.set(1, { reason: now.code });
      this.#log.warn("storage-waits", { code: now.code, reason: now.message, server });
    }
    this.#onTrouble?.(now);
  }
}
