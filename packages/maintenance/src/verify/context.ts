import { type ChainConfig, ConfigHistory, STATE_KEYS } from "@fb/blockchain";
import { keyNumber, numberKey, type ReportFault, shownBytes, TABLES } from "@fb/storage-amdb";
import {
  decodeGenesis,
  decodeHeader,
  encodeGenesis,
  equalBytes,
  type GenesisConfig,
  type Hash,
  type Height,
  headerHash,
  isCode,
  type StorageBackend,
} from "@fb/types";
import { maintenanceError } from "../errors.ts";
import type { StoreDeps } from "../ports.ts";

/** What the parts of a check share. */
export interface VerifyContext extends StoreDeps {
  readonly head: Height;
  readonly genesis: GenesisConfig;
  readonly genesisHash: Hash;
  /** Blocks 1 to here - 1 have neither body nor receipts. */
  readonly lowestBlock: Height;
  /** The rules in force for a height; null when they cannot be read, which was reported. */
  readonly configAt: (height: Height) => ChainConfig | null;
  readonly report: ReportFault;
  /** What the header of a height commits to; null when it cannot be read. */
  readonly stateRootAt: (height: Height) => Promise<Hash | null>;
}

/** Reads what all parts of a check need. Throws STORE_EMPTY. */
export async function openContext(
  deps: StoreDeps,
  configured: GenesisConfig | null,
  report: ReportFault,
): Promise<VerifyContext> {
  const { backend, suite } = deps;
  const head = backend.height();
  if (head < 0) throw maintenanceError("STORE_EMPTY", "the store holds no block");
  const genesis = await storedGenesis(backend, configured, report);
  const header = async (height: Height) => {
    const fields = (await tolerant(() => backend.rows(TABLES.numberToHeader, numberKey(height))))?.[0]?.fields;
    return fields?.[0] === undefined ? null : decodeHeader(fields[0]);
  };
  const first = await header(0);
  const lowest = (await tolerant(() => backend.rows(TABLES.currentState, STATE_KEYS.lowest)))?.[0]?.fields[0];
  return {
    ...deps,
    head,
    genesis,
    genesisHash: first === null ? new Uint8Array(32) : headerHash(suite, first),
    lowestBlock: lowest?.length === 8 ? keyNumber(lowest) : 0,
    configAt: await configOf(genesis, backend, report),
    report,
    stateRootAt: async (height) => (await header(height))?.stateRoot ?? null,
  };
}

async function storedGenesis(
  backend: StorageBackend,
  configured: GenesisConfig | null,
  report: ReportFault,
): Promise<GenesisConfig> {
  const rows = await tolerant(() => backend.rows(TABLES.currentState, STATE_KEYS.genesis));
  const stored = rows?.[0]?.fields[0];
  const decoded = stored === undefined ? null : decodeGenesis(stored);
  if (stored !== undefined && configured !== null && equalBytes(stored, encodeGenesis(configured))) return configured;
  const fault = { table: TABLES.currentState, key: STATE_KEYS.genesis, row: 0, expected: "the group's genesis" };
  if (decoded !== null) {
    if (configured === null) return decoded;
    report({ code: "ROW_DIFFERS", ...fault, found: "another genesis" });
    return decoded;
  }
  report({ code: stored === undefined ? "ROW_MISSING" : "ROW_UNREADABLE", ...fault, found: shownBytes(stored) });
  if (configured !== null) return configured;
  throw maintenanceError("STORE_EMPTY", "the store holds no genesis that can be read: name the group's configuration");
}

async function configOf(
  genesis: GenesisConfig,
  backend: StorageBackend,
  report: ReportFault,
): Promise<VerifyContext["configAt"]> {
  let told = false;
  const unreadable = (error: unknown): null => {
    if (!isCode(error, "STORE_CORRUPT") && !isCode(error, "STORAGE_CORRUPT")) throw error;
    const expected = "a value of each key, and the heights from which they hold";
    if (!told) report({ code: "ROW_UNREADABLE", table: TABLES.config, expected, found: (error as Error).message });
    told = true;
    return null;
  };
  const history = await ConfigHistory.load(genesis, backend).catch(unreadable);
  return (height) => {
    try {
      return history?.at(height) ?? null;
    } catch (error) {
      return unreadable(error);
    }
  };
}

/** Undefined when what is stored there cannot be read. */
export async function tolerant<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isCode(error, "STORAGE_CORRUPT")) return undefined;
    throw error;
  }
}
