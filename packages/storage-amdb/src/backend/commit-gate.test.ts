import { describe, expect, it } from "vitest";
import { storageError } from "../errors.ts";
import { asStorageError } from "./commit-gate.ts";

describe("failures of a disk", () => {
  it.each([
    ["IO error: No space left on device: While appending to file", "STORAGE_FULL"],
    ["Corruption: block checksum mismatch: expected 1, got 2", "STORAGE_CORRUPT"],
    ["IO error: While lock file: /x/LOCK: Resource temporarily unavailable", "STORAGE_LOCKED"],
    ["IO error: lock hold by current process", "STORAGE_LOCKED"],
    ["IO error: while open a file for lock: /x/LOCK: Permission denied", "STORAGE_NOT_WRITABLE"],
    ["IO error: while open a file for lock: /x/LOCK: Read-only file system", "STORAGE_NOT_WRITABLE"],
    ["EACCES: permission denied, mkdir '/x'", "STORAGE_NOT_WRITABLE"],
    ["EROFS: read-only file system, mkdir '/x'", "STORAGE_NOT_WRITABLE"],
    ["IO error: While lock file: /x/LOCK: No locks available", "STORAGE_FAILED"],
    ["IO error: While fsync: a file: Input/output error", "STORAGE_FAILED"],
  ])("%s is %s", (message, code) => {
    const cause = new Error(message);
    expect(asStorageError(cause)).toMatchObject({ code, cause });
  });

  it("keep a code they already have", () => {
    const error = storageError("ROW_INVALID", "x");
    expect(asStorageError(error)).toBe(error);
  });
});
