import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Everything the launcher makes; git-ignored. */
export const STATE_FOLDER = join(ROOT, ".fb");
/** FB_CHAIN names another folder, so that several development chains can exist beside each other. */
export const CHAIN_FOLDER = resolve(process.env["FB_CHAIN"] ?? join(STATE_FOLDER, "chain"));
