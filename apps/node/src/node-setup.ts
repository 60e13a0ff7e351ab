import { createPrivateKey } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  configError,
  GROUP_OPTIONS,
  type GroupOptionsFile,
  NODE_CONFIG,
  type NodeConfig,
  readConfig,
} from "@fb/config";
import { FbError, type GenesisConfig } from "@fb/types";
import type { NodeErrorCode } from "./errors.ts";
import { readGenesis } from "./genesis-config.ts";
import { readStore, requirePrivate, type StoreSetup } from "./store-setup.ts";

/** What a node that prunes blocks keeps at least: more than a member lacks that was only restarted. */
const MIN_KEPT_BLOCKS = 512;

/** One group as its two files describe it. */
export interface GroupSetup {
  readonly genesis: GenesisConfig;
  readonly options: GroupOptionsFile;
  /** Everything this group keeps on disk. */
  readonly dataFolder: string;
  /** Where it writes backups while it runs. */
  readonly backupFolder: string;
  /** Where its rows are. */
  readonly store: StoreSetup;
}

/** Absolute paths. */
export interface NodePaths {
  readonly config: string;
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  /** Folder of the groups' folders. */
  readonly data: string;
  /** Null = standard output. */
  readonly log: string | null;
}

/** A node's configuration, read and checked. */
export interface NodeSetup {
  /** Name of the node's folder. */
  readonly name: string;
  readonly folder: string;
  readonly config: NodeConfig;
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly ca: string;
  readonly paths: NodePaths;
  readonly groups: readonly GroupSetup[];
}

/** Reads `config.ini` and everything it points to. Throws CONFIG_INVALID, CONFIG_MISSING or KEY_INVALID with what corrects it. */
export function readNodeSetup(configFile: string): NodeSetup {
  const file = resolve(configFile);
  const folder = dirname(file);
  const config = readConfig(NODE_CONFIG, file, readText(file, "pass its path with --config"));
  checkKeySource(file, config);
  const { dataPath, key, cert, caCert } = config.network_security;
  const security = resolve(folder, dataPath);
  const paths: NodePaths = {
    config: file,
    key: join(security, key),
    cert: join(security, cert),
    ca: join(security, caCert),
    data: resolve(folder, config.group.dataPath),
    log: config.log.path === "-" ? null : resolve(folder, config.log.path),
  };
  const credential = (path: string) => readText(path, "see [network_security] in config.ini");
  return {
    name: basename(folder),
    folder,
    config,
    paths,
    privateKey: readPrivateKey(paths.key, credential(paths.key)),
    cert: credential(paths.cert),
    ca: credential(paths.ca),
    groups: readGroups(folder, config, paths.data),
  };
}

/** Master keys come from one place. */
function checkKeySource(file: string, config: NodeConfig): void {
  const { enable, keyFile, keyEnv, keyCommand } = config.storage_security;
  if (!enable || [keyFile, keyEnv, keyCommand].filter((source) => source !== "").length === 1) return;
  const allowed = "one of key_file, key_env and key_command, the others empty";
  throw configError(file, readFileSync(file, "utf8"), [{ section: "storage_security", key: "key_file", allowed }]);
}

/** What a node writes, and nobody else has any business with. */
export function privatePaths({ paths, groups }: NodeSetup): string[] {
  return [...groups.map(({ dataFolder }) => dataFolder), ...(paths.log === null ? [] : [paths.log])];
}

function readText(file: string, fix: string): string {
  if (!existsSync(file)) throw new FbError<NodeErrorCode>("CONFIG_MISSING", `${file} does not exist; ${fix}`, { file });
  return readFileSync(file, "utf8");
}

function readGroups(folder: string, config: NodeConfig, data: string): GroupSetup[] {
  const conf = join(folder, config.group.configPath);
  if (!existsSync(conf))
    throw new FbError<NodeErrorCode>("CONFIG_MISSING", `${conf} does not exist; see [group] group_config_path`);
  const groups: GroupSetup[] = [];
  for (const name of readdirSync(conf)
    .filter((entry) => entry.endsWith(".genesis"))
    .sort()) {
    const file = join(conf, name);
    const content = readFileSync(file, "utf8");
    const genesis = readGenesis(file, content, config.chain.id);
    const optionsFile = file.replace(/\.genesis$/, ".ini");
    const text = existsSync(optionsFile) ? readFileSync(optionsFile, "utf8") : "";
    const twin = groups.find((group) => group.genesis.groupId === genesis.groupId);
    if (twin !== undefined) {
      const allowed = "an id that no other .genesis file of this folder has";
      throw configError(file, content, [{ section: "group", key: "id", allowed }]);
    }
    const options = readConfig(GROUP_OPTIONS, optionsFile, text);
    if (options.storage.historyBlocks === 0 && genesis.stateType === "storage") {
      const allowed = "1 to 1000000: only a group of state type mpt keeps all";
      throw configError(optionsFile, text, [{ section: "storage", key: "history_blocks", allowed }]);
    }
    const { keepBlocks } = options.storage;
    if (keepBlocks !== 0 && keepBlocks < MIN_KEPT_BLOCKS) {
      const allowed = `0, or ${MIN_KEPT_BLOCKS} and more: members that were away for a while fetch these blocks`;
      throw configError(optionsFile, text, [{ section: "storage", key: "keep_blocks", allowed }]);
    }
    if (config.storage_security.enable && options.storage.type !== "rocksdb") {
      const allowed =
        "rocksdb while [storage_security] of config.ini has enable=true: a database server encrypts its own files, with what it has for that (see operate.md)";
      throw configError(optionsFile, text, [{ section: "storage", key: "type", allowed }]);
    }
    const dataFolder = join(data, `group${genesis.groupId}`);
    const store = readStore(optionsFile, text, options.storage, { genesis, dataFolder });
    const backupFolder = join(resolve(folder, config.operator.backupPath), `group${genesis.groupId}`);
    groups.push({ genesis, options, dataFolder, backupFolder, store });
  }
  return groups;
}

function readPrivateKey(file: string, pem: string): Uint8Array {
  requirePrivate(file);
  try {
    const jwk = createPrivateKey(pem).export({ format: "jwk" });
    if (jwk.crv === "secp256k1" && jwk.d !== undefined) return new Uint8Array(Buffer.from(jwk.d, "base64url"));
  } catch (error) {
    throw new FbError<NodeErrorCode>("KEY_INVALID", `${file} is not a private key in PEM form`, { file }, error);
  }
  throw new FbError<NodeErrorCode>("KEY_INVALID", `${file} is not a secp256k1 key`, { file });
}
