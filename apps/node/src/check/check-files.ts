import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { mayOthersWrite, modeText, openMode } from "../file-modes.ts";
import { type NodeSetup, privatePaths } from "../node-setup.ts";
import { type Finding, fault, ok, warn } from "./finding.ts";

const GIB = 2 ** 30;
const LITTLE_BYTES = GIB;

/** What the node keeps on disk: whether it can write there, who else can, and how much room there is. */
export function checkFiles(setup: NodeSetup): Finding[] {
  const { config, ca, cert, data, log } = setup.paths;
  const found = [checkFolder(data)];
  if (log !== null) found.push(checkFolder(dirname(log)));
  for (const file of [config, ca, cert]) {
    if (mayOthersWrite(file)) found.push(fault(file, "anybody may change it", `chmod 600 ${file}`));
  }
  for (const path of privatePaths(setup)) {
    const mode = openMode(path);
    if (mode !== null) {
      found.push(warn(path, `others may look into it (mode ${modeText(mode)})`, "the node closes it when it starts"));
    }
  }
  return found;
}

function checkFolder(folder: string): Finding {
  const place = existingPart(folder);
  if (!statSync(place).isDirectory())
    return fault(folder, `${place} is a file`, "move it away, or name another folder");
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
  } catch {
    return fault(folder, `this user may not write to ${place}`, "correct owner, mode or mount, or name another folder");
  }
  const { bavail, bsize } = statfsSync(place);
  const free = `${((bavail * bsize) / GIB).toFixed(1)} GiB free`;
  if (bavail * bsize < LITTLE_BYTES) return warn(folder, free, "make room: a group halts when it cannot write");
  return ok(folder, place === folder ? `writable, ${free}` : `will be made, ${free}`);
}

function existingPart(folder: string): string {
  return existsSync(folder) ? folder : existingPart(dirname(folder));
}
