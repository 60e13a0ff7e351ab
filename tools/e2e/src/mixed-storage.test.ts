import { mariadbAvailable } from "@fb/mariadb";
import { describe, expect, it } from "vitest";
import { runMixedGroup } from "./support/mixed-group.ts";

describe.skipIf(!mariadbAvailable())("a PBFT group of two nodes on RocksDB and two on MariaDB", () => {
  it("makes the same blocks and rows on all, whatever is killed under it", async () => {
    expect(await runMixedGroup({ blocks: 150, seed: 7 })).toBeGreaterThanOrEqual(150);
  });
});
