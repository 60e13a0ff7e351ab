import { readFileSync } from "node:fs";

export const CORPUS_FILE = new URL("../../testdata/corpus.jsonl", import.meta.url);

/** One case a line, see text.ts. */
export function corpusLines(): readonly string[] {
  return readFileSync(CORPUS_FILE, "utf8").trimEnd().split("\n");
}
