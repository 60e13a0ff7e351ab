import { numberKey, shownBytes, TABLES } from "@fb/storage-amdb";
import { decodeHeader, equalBytes, headerHash } from "@fb/types";
import { genesisBlock } from "../identity.ts";
import { compareRows } from "./block-rows.ts";
import { tolerant, type VerifyContext } from "./context.ts";

/** Block 0 is the one that the genesis makes. */
export async function verifyGenesis({ backend, suite, genesis, report }: VerifyContext): Promise<void> {
  const key = numberKey(0);
  const stored = await tolerant(() => backend.rows(TABLES.numberToHeader, key));
  const header = stored?.[0]?.fields[0] === undefined ? null : decodeHeader(stored[0].fields[0]);
  if (header === null) return;
  const { hash, tableBatch } = await genesisBlock(genesis, suite);
  const found = headerHash(suite, header);
  if (!equalBytes(hash, found)) {
    const at = { table: TABLES.numberToHeader, key, row: 0, height: 0 };
    report({ code: "ROW_DIFFERS", ...at, expected: `block 0 with hash ${shownBytes(hash)}`, found: shownBytes(found) });
  }
  // The first values of the configuration stay: later ones are rows of their own.
  for (const op of tableBatch) {
    if (op.table !== TABLES.config) continue;
    const rows = (await tolerant(() => backend.rows(op.table, op.key)))?.filter(({ row }) => row === op.row);
    compareRows({ table: op.table, key: op.key, height: 0 }, [op], rows ?? [], report);
  }
}
