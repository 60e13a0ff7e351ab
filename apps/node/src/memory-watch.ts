import { totalmem } from "node:os";
import type { MemoryStatus } from "@fb/api";
import { type Clock, type Logger, type MemoryLevel, type MetricsRegister, nextMemoryLevel } from "@fb/runtime";

const LOOK_EVERY_MS = 500;
/** While memory stays short, everybody is told again, and collects garbage again. */
const TELL_EVERY_MS = 30_000;
const MIB = 1024 * 1024;
const GIVEN_UP = ["nothing", "clients", "clients, transactions", "clients, transactions, catch-up"] as const;

export interface MemoryWatchDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
  /** Bytes of the whole process that are in memory. */
  readonly usedBytes: () => number;
  /** The level changed, or lasts. */
  readonly onLevel: (level: MemoryLevel) => void;
}

/** Watches how near the process is to its limit of memory, says so, and has threads give up what can be given up. */
export class MemoryWatch {
  readonly #limit: number;
  readonly #deps: MemoryWatchDeps;
  readonly #gauges;
  #level: MemoryLevel = 0;
  #toldAt = 0;
  #stop: (() => void) | null = null;

  constructor(limitBytes: number, deps: MemoryWatchDeps) {
    this.#limit = limitBytes;
    this.#deps = deps;
    const { metrics } = deps;
    this.#gauges = {
      level: metrics.gauge("fb_node_memory_level", "0 = enough; 1 = clients, 2 = transactions, 3 = catch-up given up"),
      used: metrics.gauge("fb_node_memory_used_bytes", "Memory of the process"),
      limit: metrics.gauge("fb_node_memory_limit_bytes", "What the process may use"),
    };
    this.#gauges.limit.set(limitBytes);
  }

  start(): void {
    this.#stop ??= this.#deps.clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
  }

  get level(): MemoryLevel {
    return this.#level;
  }

  status(): MemoryStatus {
    return { level: this.#level, usedMb: toMb(this.#deps.usedBytes()), limitMb: toMb(this.#limit) };
  }

  #look(): void {
    const { clock, log, onLevel } = this.#deps;
    const used = this.#deps.usedBytes();
    const before = this.#level;
    this.#level = nextMemoryLevel(before, used, this.#limit);
    this.#gauges.used.set(used);
    this.#gauges.level.set(this.#level);
    const isChanged = this.#level !== before;
    if (!isChanged && (this.#level === 0 || clock.monotonic() - this.#toldAt < TELL_EVERY_MS)) return;
    this.#toldAt = clock.monotonic();
    const fields = { level: this.#level, usedMb: toMb(used), limitMb: toMb(this.#limit) };
    if (this.#level === 0) log.info("memory-enough", fields);
    else log.warn("memory-short", { ...fields, givenUp: GIVEN_UP[this.#level] });
    onLevel(this.#level);
  }
}

/** Bytes the process may use: as configured, else what its container allows, else what the machine has. */
export function memoryLimit(configuredMb: number): number {
  if (configuredMb > 0) return configuredMb * MIB;
  const ofContainer = process.constrainedMemory();
  return ofContainer > 0 ? Math.min(ofContainer, totalmem()) : totalmem();
}

function toMb(bytes: number): number {
  return Math.round(bytes / MIB);
}
