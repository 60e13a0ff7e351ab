import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeProcess } from "@fb/local-chain";

/** Makes a node that was not started yet encrypt what it keeps, under a key that is no secret. */
export function encryptNode(node: NodeProcess): void {
  const file = join(node.folder, "config.ini");
  const config = readFileSync(file, "utf8").replace(/^enable=false$/m, "enable=true");
  writeFileSync(file, config.replace(/^key_file=$/m, "key_file=master.keys"));
  writeFileSync(join(node.folder, "master.keys"), `0${"e".repeat(63)}\n`, { mode: 0o600 });
}
