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

/** One group as its two files describe it. */
export interface GroupSetup {
  readonly genesis: GenesisConfig;
  readonly options: GroupOptionsFile;
  /** Everything this group keeps on disk. */
  readonly dataFolder: string;
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
  readonly groups: readonly GroupSetup[];
}

/** Reads `config.ini` and everything it points to. Throws CONFIG_INVALID, CONFIG_MISSING or KEY_INVALID with the mend. */
export function readNodeSetup(configFile: string): NodeSetup {
  const file = resolve(configFile);
  const folder = dirname(file);
  const config = readConfig(NODE_CONFIG, file, readText(file, "pass its path with --config"));
  const security = join(folder, config.network_security.dataPath);
  const credentials = (name: string) => readText(join(security, name), "see [network_security] in config.ini");
  return {
    name: basename(folder),
    folder,
    config,
    privateKey: parsePrivateKey(join(security, config.network_security.key), credentials(config.network_security.key)),
    cert: credentials(config.network_security.cert),
    ca: credentials(config.network_security.caCert),
    groups: readGroups(folder, config),
  };
}

function readText(file: string, mend: string): string {
  if (!existsSync(file))
    throw new FbError<NodeErrorCode>("CONFIG_MISSING", `${file} does not exist; ${mend}`, { file });
  return readFileSync(file, "utf8");
}

function readGroups(folder: string, config: NodeConfig): GroupSetup[] {
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
    groups.push({
      genesis,
      options,
      dataFolder: join(folder, config.group.dataPath, `group${genesis.groupId}`),
    });
  }
  return groups;
}

function parsePrivateKey(file: string, pem: string): Uint8Array {
  try {
    const jwk = createPrivateKey(pem).export({ format: "jwk" });
    if (jwk.crv === "secp256k1" && jwk.d !== undefined) return new Uint8Array(Buffer.from(jwk.d, "base64url"));
  } catch (error) {
    throw new FbError<NodeErrorCode>("KEY_INVALID", `${file} is not a private key in PEM form`, { file }, error);
  }
  throw new FbError<NodeErrorCode>("KEY_INVALID", `${file} is not a secp256k1 key`, { file });
}
