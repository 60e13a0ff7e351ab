import type { KeyRing } from "@fb/runtime/encryption";
import type { GenesisConfig, Height } from "@fb/types";

export interface VerifyOptions {
  /** What the group is configured with; null = what the store says that it was made with. */
  readonly genesis: GenesisConfig | null;
  /** First and last block looked at; absent = all. With either, only blocks and what belongs to them are looked at. */
  readonly from?: Height;
  readonly to?: Height;
  /** Whether the trie of every kept height is read, or that of the head only. Default head. */
  readonly roots?: "head" | "all";
  /** Faults that are handed out; all are counted. Default 100. */
  readonly maxFaults?: number;
}

export interface FileOptions {
  readonly path: string;
  readonly genesis: GenesisConfig;
  /** What a file is encrypted under when it is written, and may be when it is read; absent = files are in clear. */
  readonly keys?: KeyRing | null;
}

export interface ExportOptions extends FileOptions {
  /** First and last block; absent = 1 and the head. */
  readonly from?: Height;
  readonly to?: Height;
}

export interface ImportChoices {
  /** Blocks before the head whose state stays readable; 0 = all. */
  readonly historyBlocks: number;
  /** Blocks before the head that stay whole; 0 = all. */
  readonly keepBlocks: number;
}

export interface ImportOptions extends FileOptions, ImportChoices {}
