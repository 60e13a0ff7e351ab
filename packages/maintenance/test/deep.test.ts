import { createEvm } from "@fb/evm";
import { TABLES } from "@fb/storage-amdb";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import { STATE_TYPES, type TableRow } from "@fb/types";
import { describe, expect, it } from "vitest";
import { verifyDeep } from "../src/index.ts";
import { flipIn } from "./fault-cases.ts";
import { calm, makeChain, rowsOf, storeOf, suite } from "./fixture.ts";

const evm = await createEvm({ suite });

describe.each(STATE_TYPES)("a store with state %s, executed again", (stateType) => {
  const deep = async (rows: readonly TableRow[], genesis: Awaited<ReturnType<typeof makeChain>>["genesis"]) => {
    const backend = await storeOf(10, rows);
    return verifyDeep({ genesis, roots: "all" }, { ...calm, backend, suite, evm }, createMemoryBackend());
  };

  it("is the same, whatever it keeps of old states (SPEC 2.1, 2.2)", async () => {
    for (const historyBlocks of [1, 4, 256]) {
      const { genesis, backend } = await makeChain(stateType, { historyBlocks });
      expect((await deep(await rowsOf(backend), genesis)).first).toEqual([]);
    }
  });

  it("shows what only execution tells (SPEC 2.1)", async () => {
    const { genesis, backend } = await makeChain(stateType);
    const rows = await rowsOf(backend);
    for (const table of [TABLES.tableAccess, TABLES.consensus]) {
      const index = rows.findIndex((row) => row.table === table);
      const [altered, lost] = [flipIn(rows, index, table === TABLES.consensus ? 2 : 0, 0), rows.toSpliced(index, 1)];
      expect((await deep(altered, genesis)).first).toContainEqual(
        expect.objectContaining({ code: "ROW_DIFFERS", table }),
      );
      expect((await deep(lost, genesis)).first).toContainEqual(expect.objectContaining({ code: "ROW_MISSING", table }));
    }
    const extra = { ...rows.find(({ table }) => table === TABLES.tableAccess)!, row: 2 };
    const { first } = await deep([...rows, extra], genesis);
    expect(first).toEqual([expect.objectContaining({ code: "ROW_UNEXPECTED", table: TABLES.tableAccess, row: 2 })]);
  });

  it("cannot be when blocks were pruned (SPEC 2.3)", async () => {
    const { genesis, backend } = await makeChain(stateType, { keepBlocks: 5 });
    await expect(deep(await rowsOf(backend), genesis)).rejects.toMatchObject({ code: "BLOCKS_PRUNED" });
  });
});
