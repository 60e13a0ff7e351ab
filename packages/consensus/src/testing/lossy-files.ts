import { FbError } from "@fb/types";
import type { AppendFile, JournalFiles } from "../journal/files.ts";

interface FileData {
  durable: Uint8Array;
  written: Uint8Array;
}

/** A disk in memory that a crash resets to what was synced. Names are durable only after `syncDir`. */
export interface LossyFiles extends JournalFiles {
  /** Forgets unsynced bytes and names, except the first `keepBytes` of each unsynced tail (a torn write). */
  crash(keepBytes?: number): void;
  /** Every change after the next `operations` ones rejects, until a crash. */
  breakDown(operations?: number): void;
  /** Syncs hang from now on, until the returned function is called. */
  pause(): () => void;
  /** Syncs performed, for tests that count them. */
  readonly syncs: number;
  /** The durable bytes of a file, to be damaged by a test. */
  durable(dir: string, name: string): Uint8Array;
}

export function createLossyFiles(): LossyFiles {
  let durableNames = new Map<string, FileData>();
  let names = new Map<string, FileData>();
  let changesLeft = Number.POSITIVE_INFINITY;
  let syncs = 0;
  let running: Promise<void> | null = null;
  const guard = () => {
    changesLeft -= 1;
    if (changesLeft < 0) throw new FbError("DISK_FULL", "the disk is full");
  };
  const find = (dir: string, name: string): FileData => {
    const file = names.get(`${dir}/${name}`);
    if (file === undefined) throw new FbError("NO_SUCH_FILE", "no such file", { dir, name });
    return file;
  };
  return {
    async ensureDir() {
      guard();
    },
    async list(dir) {
      return [...names.keys()].filter((path) => path.startsWith(`${dir}/`)).map((path) => path.slice(dir.length + 1));
    },
    async read(dir, name) {
      return find(dir, name).written.slice();
    },
    async open(dir, name, size): Promise<AppendFile> {
      guard();
      const path = `${dir}/${name}`;
      if (size === "fresh") names.set(path, { durable: new Uint8Array(0), written: new Uint8Array(0) });
      const file = find(dir, name);
      if (size !== "fresh") file.durable = file.written = file.written.slice(0, size);
      return {
        async write(bytes) {
          guard();
          const next = new Uint8Array(file.written.length + bytes.length);
          next.set(file.written);
          next.set(bytes, file.written.length);
          file.written = next;
        },
        async sync() {
          guard();
          await running;
          syncs += 1;
          file.durable = file.written;
        },
        async close() {},
      };
    },
    async rename(dir, from, to) {
      guard();
      names.set(`${dir}/${to}`, find(dir, from));
      names.delete(`${dir}/${from}`);
    },
    async remove(dir, name) {
      guard();
      names.delete(`${dir}/${name}`);
    },
    async syncDir() {
      guard();
      durableNames = new Map(names);
    },
    crash(keepBytes = 0) {
      names = new Map(durableNames);
      for (const file of names.values()) {
        file.written = file.written.slice(0, Math.min(file.written.length, file.durable.length + keepBytes));
        file.durable = file.written;
      }
      changesLeft = Number.POSITIVE_INFINITY;
    },
    breakDown(operations = 0) {
      changesLeft = operations;
    },
    pause() {
      let resume = () => {};
      running = new Promise((resolve) => {
        resume = resolve;
      });
      return () => {
        running = null;
        resume();
      };
    },
    get syncs() {
      return syncs;
    },
    durable: (dir, name) => find(dir, name).durable,
  };
}
