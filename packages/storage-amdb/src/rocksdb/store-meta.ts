import type { KeyRing } from "@fb/runtime/encryption";
import { concatBytes, equalBytes, type Height } from "@fb/types";
import { CommitGate } from "../backend/commit-gate.ts";
import { storageError } from "../errors.ts";
import { keyNumber, numberKey } from "../system-tables.ts";
import type { RocksDatabase, RocksWrite } from "./binding.ts";
import { META_KEYS } from "./meta-keys.ts";

const PLAIN_FORMAT = 1;
const SEALED_FORMAT = 2;
const CHECK_BYTES = 16;
const MASTER_BYTES = 4 + CHECK_BYTES;

/** A master key that rows are under: its number, and what tells it from others. */
interface KnownMaster {
  readonly id: number;
  readonly check: Uint8Array;
}

/** What a store says of itself. */
interface StoreMeta {
  /** -1 = nothing was committed. */
  readonly height: Height;
  /** Whether filling it was begun and not finished. */
  readonly incomplete: boolean;
  /** The newest first; null = rows are in clear. */
  readonly masters: readonly KnownMaster[] | null;
  readonly rotation: Uint8Array | null;
}

/** Without rows that count: keys matter only once there are some. */
const EMPTY_STORE = { height: -1, masters: null, rotation: null } as const;

/** The keys of a store, and what it says of them in step with its rows. */
export class StoreKeys {
  readonly ring: KeyRing;
  #masters: readonly KnownMaster[];
  readonly #rotation: Uint8Array | null;

  constructor(ring: KeyRing, { masters, rotation }: StoreMeta) {
    this.ring = ring;
    const known = masters ?? [];
    const isKnown = known[0]?.id === ring.newest;
    const newest = { id: ring.newest, check: ring.check(ring.newest)! };
    this.#masters = isKnown ? known : [newest, ...known.filter(({ id }) => id !== ring.newest)];
    this.#rotation = rotation;
  }

  /** Older master keys that rows may be under. */
  get older(): readonly number[] {
    return this.#masters.slice(1).map(({ id }) => id);
  }

  /** Where a rewriting under the newest key, that did not end, goes on; null = at the first row. */
  get rotatedThrough(): Uint8Array | null {
    const isOurs =
      this.#rotation !== null &&
      new DataView(this.#rotation.buffer, this.#rotation.byteOffset).getUint32(0) === this.ring.newest;
    return isOurs ? this.#rotation.subarray(4) : null;
  }

  /** Belongs to every batch that has a row under the newest key. */
  write(): RocksWrite {
    const parts = this.#masters.flatMap(({ id, check }) => [numberKey(id).subarray(4), check]);
    return { key: META_KEYS.masters, value: concatBytes(...parts) };
  }

  /** All rows before `rowKey` are under the newest key. */
  rotationWrites(rowKey: Uint8Array): readonly RocksWrite[] {
    const value = concatBytes(numberKey(this.ring.newest).subarray(4), rowKey);
    return [this.write(), { key: META_KEYS.rotation, value }];
  }

  /** All rows are under the newest key once these are written. */
  rotationEnd(): readonly RocksWrite[] {
    this.#masters = this.#masters.slice(0, 1);
    return [this.write(), { key: META_KEYS.rotation, value: null }];
  }
}

/** What the store says of itself when it holds whole blocks up to a height. */
export function metaOf(height: Height, keys: StoreKeys | null): readonly RocksWrite[] {
  const format = Uint8Array.of(keys === null ? PLAIN_FORMAT : SEALED_FORMAT);
  const own = [
    { key: META_KEYS.format, value: format },
    { key: META_KEYS.height, value: numberKey(height) },
  ];
  return keys === null ? own : [...own, keys.write()];
}

/**
 * Gate and keys of a store that is opened. Throws STORAGE_FORMAT, STORAGE_CORRUPT, STORAGE_KEY_MISSING,
 * STORAGE_KEY_WRONG or STORAGE_NOT_ENCRYPTED, having changed nothing.
 */
export async function openMeta(
  db: RocksDatabase,
  ring: KeyRing | undefined,
): Promise<{ readonly gate: CommitGate; readonly keys: StoreKeys | null }> {
  const meta = await readMeta(db);
  const gate = new CommitGate(meta.height, meta.incomplete);
  if (ring === undefined) {
    if (meta.masters === null) return { gate, keys: null };
    throw keyMissing(meta.masters[0]!.id, "give its master keys, see [storage_security] in config.ini");
  }
  if (meta.height >= 0 && meta.masters === null) {
    const remedy = "copy it into an encrypted one (fb-node storage copy), or switch [storage_security] off";
    throw storageError("STORAGE_NOT_ENCRYPTED", `the store's rows are in clear, and keys were given: ${remedy}`);
  }
  for (const master of meta.masters ?? []) checkMaster(master, ring);
  return { gate, keys: new StoreKeys(ring, meta) };
}

function checkMaster({ id, check }: KnownMaster, ring: KeyRing): void {
  const given = ring.check(id);
  if (given === null) throw keyMissing(id, "put it back below the newest until the log says encryption-rotated");
  if (equalBytes(given, check)) return;
  const message = `the store's rows are under another master key ${id} than the one given, or belong to another group`;
  throw storageError("STORAGE_KEY_WRONG", `${message}: give the one it was written under`, { masterId: id });
}

function keyMissing(masterId: number, remedy: string): Error {
  const message = `the store has rows under master key ${masterId}, which was not given: ${remedy}`;
  return storageError("STORAGE_KEY_MISSING", message, { masterId });
}

async function readMeta(db: RocksDatabase): Promise<StoreMeta> {
  const { format, height, filling, masters, rotation } = META_KEYS;
  const [found, number, begun, known, progress] = await Promise.all(
    [format, height, filling, masters, rotation].map(async (key) => (await db.get(key)) ?? undefined),
  );
  if (found === undefined && number === undefined) return { ...EMPTY_STORE, incomplete: false };
  const version = found?.length === 1 ? found[0] : undefined;
  if (version !== PLAIN_FORMAT && version !== SEALED_FORMAT) {
    const fields = { found: version, expected: `${PLAIN_FORMAT} or ${SEALED_FORMAT}` };
    throw storageError("STORAGE_FORMAT", "data of another format version", fields);
  }
  if (begun !== undefined) return { ...EMPTY_STORE, incomplete: true };
  if (number?.length !== 8) throw storageError("STORAGE_CORRUPT", "committed height is unreadable");
  const isSealed = version === SEALED_FORMAT;
  return {
    height: keyNumber(number),
    incomplete: false,
    masters: isSealed ? decodeMasters(known) : null,
    rotation: isSealed && progress !== undefined && progress.length >= 4 ? progress : null,
  };
}

function decodeMasters(bytes: Uint8Array | undefined): readonly KnownMaster[] {
  if (bytes === undefined || bytes.length === 0 || bytes.length % MASTER_BYTES !== 0) {
    throw storageError("STORAGE_CORRUPT", "the list of master keys is unreadable");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: bytes.length / MASTER_BYTES }, (_, i) => {
    const at = i * MASTER_BYTES;
    return { id: view.getUint32(at), check: bytes.slice(at + 4, at + MASTER_BYTES) };
  });
}
