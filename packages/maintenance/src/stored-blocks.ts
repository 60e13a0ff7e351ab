import { STATE_KEYS } from "@fb/blockchain";
import { keyNumber, numberKey, TABLES } from "@fb/storage-amdb";
import { concatBytes, type Height, type StorageBackend } from "@fb/types";
import { maintenanceError } from "./errors.ts";
import type { BlockItem } from "./files/block-items.ts";

/** Encoded blocks with their certificates. Throws BLOCKS_PRUNED when the first is not whole any more, STORE_EMPTY. */
export async function* storedBlocks(backend: StorageBackend, from: Height, to: Height): AsyncIterable<BlockItem> {
  const lowest = (await backend.rows(TABLES.currentState, STATE_KEYS.lowest))[0]?.fields[0];
  if (lowest !== undefined && from < keyNumber(lowest)) {
    const message = `blocks below ${keyNumber(lowest)} were pruned: take a store that has them`;
    throw maintenanceError("BLOCKS_PRUNED", message, { lowest: keyNumber(lowest) });
  }
  const read = async (height: Height) => {
    const key = numberKey(height);
    const [body, certificate] = await Promise.all([
      backend.rows(TABLES.numberToBody, key),
      backend.rows(TABLES.certificates, key),
    ]);
    return { body, certificate: certificate[0]?.fields[0] };
  };
  let next = read(from);
  for (let height = from; height <= to; height++) {
    const { body, certificate } = await next;
    if (height < to) next = read(height + 1);
    if (body.length === 0 || certificate === undefined) {
      throw maintenanceError(
        "STORE_EMPTY",
        `the store has no whole block ${height}: fb-node storage verify tells more`,
      );
    }
    yield { block: concatBytes(...body.map(({ fields }) => fields[0]!)), certificate };
  }
}
