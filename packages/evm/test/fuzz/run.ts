// node --conditions=fb-source test/fuzz/run.ts: see USAGE.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Divergence } from "./differential.ts";

const USAGE = `usage: pnpm fuzz [--programs <count>] [--seed <first>] [--jobs <threads>]

Runs random programs on the engine and on @ethereumjs/evm, each with its gas and around the gas it used, in one go,
suspended at every access and interrupted at every jump and costly operation, and compares gas, refund, output, logs,
state and error. One seed is one program.

  --programs  how many (default 1000000)
  --seed      the first seed (default 1)
  --jobs      threads (default ${availableParallelism()}, the processors of this machine)
  --help      this text
`;

/** Seeds handed to a thread at a time. */
export interface Range {
  readonly first: number;
  readonly count: number;
}

const RANGE = 500;
const LINE_EVERY = 50_000;
const MOST_DIVERGENCES = 10;
const SAME_INTERRUPT_MS = 500;
const CLEAR_TO_END = "\x1b[K";

function usage(problem: string): never {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function options(): { programs: number; seed: number; jobs: number } {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      options: { programs: text, seed: text, jobs: text, help: { type: "boolean", short: "h" } },
    });
    if (values.help === true) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const number = (name: "programs" | "seed" | "jobs", standard: number, most: number) => {
      const value = Number(values[name] ?? standard);
      if (!Number.isInteger(value) || value < 1 || value > most)
        usage(`--${name} must be an integer from 1 to ${most}`);
      return value;
    };
    return {
      programs: number("programs", 1_000_000, 2 ** 32),
      seed: number("seed", 1, 2 ** 32 - 1),
      jobs: number("jobs", availableParallelism(), 256),
    };
  } catch (error) {
    usage((error as Error).message);
  }
}

const { programs, seed, jobs } = options();
const started = performance.now();
const running = new Map<Worker, Range>();
let handedOut = 0;
let done = 0;
let found = 0;
let stopping = false;
let interrupted = 0;

function nextRange(): Range | null {
  if (stopping || handedOut >= programs) return null;
  const range = { first: seed + handedOut, count: Math.min(RANGE, programs - handedOut) };
  handedOut += range.count;
  return range;
}

function progress(): string {
  const seconds = (performance.now() - started) / 1000;
  const rate = done / seconds;
  const left = Math.ceil((programs - done) / rate / 60);
  return `${done} of ${programs} programs, ${found} divergences, ${rate.toFixed(0)}/s, ${left} min left`;
}

function report(divergence: Divergence): void {
  const { seed: at, gas, way, expected, actual } = divergence;
  process.stdout.write(`\nseed ${at}, gas ${gas}, ${way}\n`);
  process.stdout.write(`--- @ethereumjs/evm\n${expected}\n--- engine\n${actual}\n`);
  process.stdout.write(`again: pnpm fuzz --seed ${at} --programs 1 --jobs 1\n`);
}

function onRange(worker: Worker, divergences: readonly Divergence[]): void {
  const before = done;
  done += running.get(worker)!.count;
  for (const divergence of divergences) report(divergence);
  found += divergences.length;
  if (found >= MOST_DIVERGENCES) stopping = true;
  if (process.stdout.isTTY) process.stdout.write(`\r${progress()}${CLEAR_TO_END}`);
  else if (Math.floor(done / LINE_EVERY) > Math.floor(before / LINE_EVERY)) process.stdout.write(`${progress()}\n`);
  feed(worker);
}

function feed(worker: Worker): void {
  const range = nextRange();
  if (range === null) {
    running.delete(worker);
    worker.postMessage(null);
    if (running.size === 0) finish();
    return;
  }
  running.set(worker, range);
  worker.postMessage(range);
}

function finish(): void {
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  const seeds = `seeds ${seed} to ${seed + handedOut - 1}`;
  process.stdout.write(`\n${done} programs (${seeds}), ${found} divergences, ${minutes} min, ${jobs} threads\n`);
  if (done < programs) process.stdout.write(`stopped early; the next seed is ${seed + handedOut}\n`);
  process.exitCode = found === 0 && done === programs ? 0 : 1;
}

// Each thread ends the range it has; a second interrupt ends the process. Package managers hand on an interrupt that the
// terminal has sent to all, so one that follows at once is no second one.
process.on("SIGINT", () => {
  if (stopping && performance.now() - interrupted > SAME_INTERRUPT_MS) process.exit(130);
  if (!stopping) interrupted = performance.now();
  stopping = true;
});
for (let i = 0; i < jobs; i++) {
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  worker.on("message", (divergences: readonly Divergence[]) => onRange(worker, divergences));
  worker.on("error", (error) => {
    throw error;
  });
  feed(worker);
}
