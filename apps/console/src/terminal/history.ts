import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const MAX_LINES = 1000;

/** Lines remembered between runs, in a file that only its owner can read. */
export class History {
  readonly #file: string;
  #lines: readonly string[];

  constructor(file: string) {
    this.#file = file;
    this.#lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  }

  /** Newest first, each once. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines = [line, ...this.#lines.filter((one) => one !== line)].slice(0, MAX_LINES);
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    writeFileSync(this.#file, `${this.#lines.join("\n")}\n`, { mode: 0o600 });
    // The mode above is that of a new file only.
    chmodSync(this.#file, 0o600);
  }
}
