import { describe, expect, it } from "vitest";
import { compareRandomTables } from "./random-tables.ts";
import type { TablesFixture } from "./table-port.ts";

export interface TablesOptions {
  /** Of a seed, at least 2,000; a server over a network does fewer in the same time. Default 100,000. */
  readonly operations?: number;
}

/** The sums of the answers, by seed: the same on every backend. */
const SUMS: readonly (readonly [seed: number, sum: number])[] = [
  [1, 1_096_977_424],
  [2, 973_085_274],
];

/** What the tables of `@fb/storage-amdb` must do over every `StorageBackend`. */
export function describeTables(
  name: string,
  factory: () => Promise<TablesFixture>,
  { operations = 100_000 }: TablesOptions = {},
): void {
  describe(`tables over ${name}`, () => {
    it.each(SUMS)(
      `agree with a model on ${operations} random operations of seed %d, and with other backends (storage-amdb SPEC 1.7)`,
      { timeout: 120_000 },
      async (seed, sum) => {
        const fixture = await factory();
        try {
          expect(await compareRandomTables(fixture, { seed, operations })).toBe(sum);
        } finally {
          await fixture.dispose();
        }
      },
    );
  });
}
