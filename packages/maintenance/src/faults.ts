import type { RowFault, RowFaultCode } from "@fb/storage-amdb";

/** Keeps the first faults and counts all. */
export class Faults {
  readonly #max: number;
  readonly #first: RowFault[] = [];
  readonly #counts = new Map<RowFaultCode, number>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  readonly report = (fault: RowFault): void => {
    this.#total++;
    this.#counts.set(fault.code, (this.#counts.get(fault.code) ?? 0) + 1);
    if (this.#first.length < this.#max) this.#first.push(fault);
  };

  get total(): number {
    return this.#total;
  }

  get first(): readonly RowFault[] {
    return this.#first;
  }

  /** How many of each code. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
