import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { whenDescriptorFree } from "@fb/runtime";

/** An append-only file being written. */
export interface AppendFile {
  /** Appends all of `bytes`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The few file operations a journal needs; a test double forgets what was not synced. */
export interface JournalFiles {
  /** Makes the directory when it is missing, and durable in its parent. */
  ensureDir(dir: string): Promise<void>;
  list(dir: string): Promise<readonly string[]>;
  read(dir: string, name: string): Promise<Uint8Array>;
  /** Creates (`fresh`, truncating) or opens for append, cut to `size` bytes. */
  open(dir: string, name: string, size: number | "fresh"): Promise<AppendFile>;
  rename(dir: string, from: string, to: string): Promise<void>;
  remove(dir: string, name: string): Promise<void>;
  /** Makes creations, renames and removals in the directory durable. */
  syncDir(dir: string): Promise<void>;
}

/** While no file descriptor is left, whatever needs one waits; the engine sees a disk that hangs. */
export const nodeFiles: JournalFiles = {
  async ensureDir(dir) {
    await mkdir(dir, { recursive: true });
    await syncDirectory(join(dir, ".."));
  },
  list: (dir) => whenDescriptorFree(() => readdir(dir)),
  async read(dir, name) {
    const buffer = await whenDescriptorFree(() => readFile(join(dir, name)));
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  },
  async open(dir, name, size) {
    const file = await whenDescriptorFree(() => open(join(dir, name), size === "fresh" ? "w" : "r+"));
    let at = 0;
    if (size !== "fresh") {
      await file.truncate(size);
      await file.datasync();
      at = size;
    }
    return {
      async write(bytes) {
        let done = 0;
        while (done < bytes.length) {
          const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at);
          done += bytesWritten;
          at += bytesWritten;
        }
      },
      sync: () => file.datasync(),
      close: () => file.close(),
    };
  },
  rename: (dir, from, to) => rename(join(dir, from), join(dir, to)),
  remove: (dir, name) => rm(join(dir, name), { force: true }),
  syncDir: syncDirectory,
};

async function syncDirectory(dir: string): Promise<void> {
  const handle = await whenDescriptorFree(() => open(dir, "r"));
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
