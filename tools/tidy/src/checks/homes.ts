import { basename, join } from "node:path/posix";
import type { Check, Finding } from "../check.ts";
import { lineAt } from "../files.ts";
import { entrySources, packages } from "../manifest.ts";

const REEXPORT = /export (?:type )?\{([^}]*)\} from "([^"]+)"/g;
const DECLARED = /export (?:interface|type) (\w+)/g;
const HOMES = { Options: "options.ts", Deps: "ports.ts" } as const;

export const homes: Check = {
  name: "homes",
  rule: "What an entry exports as XOptions is declared in options.ts, as XDeps in ports.ts.",
  find(repository) {
    const findings: Finding[] = [];
    for (const { folder, manifest } of packages(repository)) {
      if (manifest.private === true) continue;
      for (const [entry, source] of entrySources(manifest)) {
        const path = join(folder, source);
        if (entry.endsWith("/testing") || !repository.has(path)) continue;
        const text = repository.read(path);
        const tell = (name: string, from: string, offset: number) => {
          const home = HOMES[name.endsWith("Options") ? "Options" : "Deps"];
          if (!/(Options|Deps)$/.test(name) || basename(from) === home) return;
          const problem = `${name} is declared in ${basename(from)}`;
          findings.push({ path, line: lineAt(text, offset), problem, fix: `move it to ${home}` });
        };
        for (const { index, 1: names, 2: from } of text.matchAll(REEXPORT))
          for (const name of names!.split(",")) tell(name.replace(/\btype\b|\bas\b.*/g, "").trim(), from!, index);
        for (const { index, 1: name } of text.matchAll(DECLARED)) tell(name!, path, index);
      }
    }
    return findings;
  },
};
