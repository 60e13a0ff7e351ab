import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const MAX_LINES = 1000;

/**
 * Lines remembered between runs, in a file that only its owner can read. Where no file can be kept, they are remembered
 * for this run, and `warn` says so once.
 */
export class History {
  readonly #file: string;
  readonly #warn: (text: string) => void;
  #lines: readonly string[];
  #isKept = true;

  constructor(file: string, warn: (text: string) => void) {
    this.#file = file;
    this.#warn = warn;
    this.#lines = read(file);
  }

  /** Newest first, each once. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines = [line, ...this.#lines.filter((one) => one !== line)].slice(0, MAX_LINES);
    if (!this.#isKept) return;
    try {
      this.#write();
    } catch (error) {
      this.#isKept = false;
      this.#warn(`lines are not remembered: ${(error as Error).message}`);
    }
  }

  #write(): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    writeFileSync(this.#file, `${this.#lines.join("\n")}\n`, { mode: 0o600 });
    // The mode above is that of a new file only.
    chmodSync(this.#file, 0o600);
  }
}

/** What cannot be read cannot be written either, which is told then. */
function read(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}
