import { readFileSync } from "node:fs";

/** Version of this package; the file is one folder up from both `src` and `dist`. */
export const VERSION: string = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;

export const CLIENT_VERSION = `fb/v${VERSION}/${process.platform}-${process.arch}/node${process.version}`;
