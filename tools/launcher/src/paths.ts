import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Everything the launcher makes; git-ignored. */
export const STATE_FOLDER = join(ROOT, ".fb");
export const CHAIN_FOLDER = join(STATE_FOLDER, "chain");
