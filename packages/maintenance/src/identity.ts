import { buildGenesis } from "@fb/blockchain";
import { createMptState } from "@fb/state-mpt";
import { createStorageState } from "@fb/state-storage";
import { numberKey, TABLES } from "@fb/storage-amdb";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import {
  type CryptoSuite,
  equalBytes,
  type GenesisConfig,
  type Hash,
  type Height,
  type StorageBackend,
} from "@fb/types";
import { maintenanceError } from "./errors.ts";
import type { FileHeader } from "./files/file-header.ts";

/** Block 0 of a configuration. */
export async function genesisBlock(genesis: GenesisConfig, suite: CryptoSuite) {
  const scratch = { backend: createMemoryBackend(), suite };
  const world = await (genesis.stateType === "mpt" ? createMptState(scratch) : createStorageState(scratch));
  return buildGenesis(genesis, { suite, world });
}

/** What every file says of the group that it comes from. Throws STORE_EMPTY. */
export async function identityOf(
  genesis: GenesisConfig,
  backend: Pick<StorageBackend, "rowsMany">,
  height: Height,
): Promise<Omit<FileHeader, "kind" | "from">> {
  const [first, head] = await backend.rowsMany(TABLES.numberToHash, [numberKey(0), numberKey(height)]);
  const [genesisHash, headHash] = [first?.[0]?.fields[0], head?.[0]?.fields[0]];
  if (genesisHash?.length !== 32 || headHash?.length !== 32) {
    throw maintenanceError("STORE_EMPTY", `the store has no block ${genesisHash === undefined ? 0 : height}`);
  }
  const { chainId, groupId, stateType } = genesis;
  return { chainId, groupId, stateType, genesisHash, height, headHash };
}

/** Throws FILE_FOREIGN unless a file comes from a group with this genesis hash, and FILE_FORMAT unless it is of this kind. */
export function requireOwn(
  path: string,
  header: FileHeader,
  own: { readonly kind: FileHeader["kind"]; readonly genesis: GenesisConfig; readonly genesisHash: Hash },
): void {
  const { kind, genesis, genesisHash } = own;
  if (header.kind !== kind) {
    const hint = header.kind === "backup" ? "restore takes it" : "import takes it";
    throw maintenanceError("FILE_FORMAT", `${path} holds ${header.kind === "backup" ? "a backup" : "blocks"}: ${hint}`);
  }
  if (header.chainId !== genesis.chainId || header.groupId !== genesis.groupId) {
    const [theirs, ours] = [header, genesis].map(({ chainId, groupId }) => `group ${groupId} of chain ${chainId}`);
    throw maintenanceError("FILE_FOREIGN", `${path} is of ${theirs}, not of ${ours}`);
  }
  if (!equalBytes(header.genesisHash, genesisHash)) {
    throw maintenanceError("FILE_FOREIGN", `${path} is of a group with another genesis`);
  }
}
