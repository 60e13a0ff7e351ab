import { chmodSync, existsSync, statSync } from "node:fs";
import type { Logger } from "@fb/runtime";

const OTHERS_WRITE = 0o002;
const GROUP_AND_OTHERS = 0o077;
/** All that a group may do with a key of root: containers get keys from outside this way. */
const GROUP_READS = 0o040;

/** Windows keeps no such modes. */
const HAS_MODES = process.platform !== "win32";

/** What this process makes from now on is its user's alone. */
export function keepFilesPrivate(): void {
  process.umask(GROUP_AND_OTHERS);
}

/** As `chmod` takes it. */
export function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, "0");
}

/** Mode of a key file that more than its owner may read, or others change; null when it is private. */
export function openKeyMode(file: string): number | null {
  const { mode, uid } = statSync(file);
  if (!HAS_MODES || (mode & GROUP_AND_OTHERS) === 0) return null;
  const isGivenByRoot = uid === 0 && process.getuid?.() !== 0 && (mode & GROUP_AND_OTHERS) === GROUP_READS;
  return isGivenByRoot ? null : mode;
}

/** Mode of a file or folder that others may read; null when it is private, or not there. */
export function openMode(path: string): number | null {
  if (!HAS_MODES || !existsSync(path)) return null;
  const { mode } = statSync(path);
  return (mode & GROUP_AND_OTHERS) === 0 ? null : mode;
}

/**
 * Takes from others what an earlier version, or somebody, left open to them. Only for what is this node's alone: a folder
 * that was configured may be one that many share.
 */
export function closeToOthers(paths: readonly string[], log: Logger): void {
  for (const path of paths) {
    const mode = openMode(path);
    if (mode === null) continue;
    try {
      chmodSync(path, mode & ~GROUP_AND_OTHERS & 0o777);
      log.info("closed-to-others", { path, mode: modeText(mode) });
    } catch (error) {
      log.warn("open-to-others", { path, mode: modeText(mode), error });
    }
  }
}

/** Whether others may change what is in a file or folder. */
export function mayOthersWrite(path: string): boolean {
  return HAS_MODES && (statSync(path).mode & OTHERS_WRITE) !== 0;
}
