import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that FB_VECTORS names, or the one beside the checkout. */
export const VECTORS_FOLDER: string =
  process.env["FB_VECTORS"] ?? fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));

const COLLECTIONS = ["ethereum-tests", "execution-apis"] as const;
export type Collection = (typeof COLLECTIONS)[number];

/** The folder of one collection of official test data; null where it is not, and the tests that need it are skipped. */
export function officialVectors(collection: Collection): string | null {
  const folder = join(VECTORS_FOLDER, collection);
  return existsSync(folder) ? folder : null;
}

/** Collections that are not there. */
export function missingVectors(): readonly Collection[] {
  return COLLECTIONS.filter((collection) => officialVectors(collection) === null);
}
