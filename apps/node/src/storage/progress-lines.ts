import type { Progress } from "@fb/maintenance";

/** Milliseconds between lines: often on a terminal, where each replaces the last one. */
const EVERY_MS = { terminal: 200, file: 10_000 };

export interface ProgressScreen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Tells how far a job is, its rate, and when it will be done. */
export class ProgressLines {
  readonly #screen: ProgressScreen;
  readonly #now: () => number;
  readonly #started: number;
  #step = "";
  #stepStarted: number;
  #told: number;
  #isOpen = false;

  /** @param now in milliseconds */
  constructor(screen: ProgressScreen, now: () => number) {
    this.#screen = screen;
    this.#now = now;
    this.#started = this.#stepStarted = this.#told = now();
  }

  readonly tell = (progress: Progress): void => {
    const now = this.#now();
    if (progress.step !== this.#step) {
      this.#step = progress.step;
      this.#stepStarted = now;
    }
    if (now - this.#told < (this.#screen.isTTY === true ? EVERY_MS.terminal : EVERY_MS.file)) return;
    this.#told = now;
    this.#line(progressText(progress, (now - this.#stepStarted) / 1000));
  };

  /** Ends the line that is being replaced. */
  end(): void {
    if (this.#isOpen) this.#screen.write("\n");
    this.#isOpen = false;
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (this.#now() - this.#started) / 1000;
  }

  #line(text: string): void {
    if (this.#screen.isTTY !== true) return void this.#screen.write(`${text}\n`);
    this.#screen.write(`\r\x1b[K${text}`);
    this.#isOpen = true;
  }
}

/** @param seconds since the step began */
export function progressText({ step, done, total, unit }: Progress, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const shown = rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10;
  if (total === null) return `${step}: ${done} ${unit}, ${shown}/s`;
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const left = rate > 0 ? `, ${duration((total - done) / rate)} left` : "";
  return `${step}: ${done} of ${total} ${unit} (${percent} %), ${shown}/s${left}`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}
