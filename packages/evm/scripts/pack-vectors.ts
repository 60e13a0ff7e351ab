// Packs folders of GeneralStateTests into vectors/<folder>.jsonl.gz, one line {path, text} a file.
// node scripts/pack-vectors.ts <GeneralStateTests>
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const source = process.argv[2]!;
const target = fileURLToPath(new URL("../vectors/", import.meta.url));
mkdirSync(target, { recursive: true });
for (const folder of readdirSync(source).sort()) {
  const lines = readdirSync(join(source, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => JSON.stringify({ path: relative(source, file), text: readFileSync(file, "utf8") }));
  if (lines.length > 0) writeFileSync(join(target, `${folder}.jsonl.gz`), gzipSync(lines.join("\n"), { level: 9 }));
}
