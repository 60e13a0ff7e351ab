import type { StorageBackend } from "@fb/types";
import { afterEach, beforeEach, describe, it } from "vitest";
import { describeCommits } from "./commits.ts";
import type { BackendContext, BackendFixture } from "./context.ts";
import { describeMisuse } from "./misuse.ts";
import { describeOrder } from "./order.ts";
import { compareRandomBlocks } from "./random-blocks.ts";
import { describeRows } from "./rows.ts";
import { describeWhole } from "./whole.ts";

/** What every `StorageBackend` of `@fb/types` must do. */
export function describeBackend(name: string, factory: () => Promise<BackendFixture>): void {
  describe(`${name} as a storage backend`, () => {
    let fixture: BackendFixture;
    let backend: StorageBackend;
    const reopen = async (): Promise<void> => {
      await backend.close();
      backend = await fixture.open();
    };

    beforeEach(async () => {
      fixture = await factory();
      backend = await fixture.open();
    });
    afterEach(async () => {
      await backend.close();
      await fixture.dispose();
    });

    const context: BackendContext = { backend: () => backend, reopen };
    describeRows(context);
    describe("in order", () => describeOrder(context));
    describeCommits(context);
    describeMisuse(context);
    describe("as a whole", () => describeWhole(context));
    it("agrees with a sorted map on random blocks", () => compareRandomBlocks(context));
  });
}
