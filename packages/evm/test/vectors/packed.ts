import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const FOLDER = new URL("../../vectors/", import.meta.url);

/** Names of the packed folders. */
export function packedFolders(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".jsonl.gz"))
    .map((name) => name.slice(0, -".jsonl.gz".length));
}

export function readPacked(folder: string): readonly { readonly path: string; readonly text: string }[] {
  const text = gunzipSync(readFileSync(new URL(`${folder}.jsonl.gz`, FOLDER))).toString();
  return text.split("\n").map((line) => JSON.parse(line) as { path: string; text: string });
}
