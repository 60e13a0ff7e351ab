import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { configError, type GroupOptionsFile, type HostPort, type WrongValue } from "@fb/config";
import { FbError, type GenesisConfig } from "@fb/types";
import type { NodeErrorCode } from "./errors.ts";
import { modeText, openKeyMode } from "./file-modes.ts";

/** Where the password is, which itself is nowhere but in the thread that connects. */
export type PasswordSource =
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "environment"; readonly name: string };

/** A database of a group's own. */
export interface MysqlSetup {
  readonly type: "mysql";
  readonly hosts: readonly HostPort[];
  readonly database: string;
  readonly user: string;
  readonly password: PasswordSource;
  readonly poolSize: number;
  /** PEM file; null = no TLS. */
  readonly tlsCa: string | null;
  readonly chainId: number;
  readonly groupId: number;
}

/** Where a group keeps everything it has committed. */
export type StoreSetup = { readonly type: "rocksdb"; readonly path: string } | MysqlSetup;

/** The part of `group.N.ini` that says where rows are kept, checked. Throws CONFIG_INVALID, KEY_INVALID. */
export function readStore(
  file: string,
  content: string,
  storage: GroupOptionsFile["storage"],
  { genesis, dataFolder }: { readonly genesis: GenesisConfig; readonly dataFolder: string },
): StoreSetup {
  if (storage.type === "rocksdb") return { type: "rocksdb", path: join(dataFolder, "state") };
  const { hosts, database, user, poolSize, passwordEnv } = storage;
  const wrong: WrongValue[] = [];
  const demand = (key: string, isGood: boolean, allowed: string) => {
    if (!isGood) wrong.push({ section: "storage", key, allowed });
  };
  const path = (name: string) => (name === "" ? null : resolve(dirname(file), name));
  const [passwordFile, tlsCa] = [path(storage.passwordFile), path(storage.tlsCa)];
  demand("host", hosts.length > 0, "with type=mysql at least host.0=host:port");
  demand("database", database !== "", "with type=mysql the group's own database");
  demand("user", user !== "", "with type=mysql the user that owns it");
  demand("password_file", passwordFile === null || existsSync(passwordFile), "a file that exists");
  demand("tls_ca", tlsCa === null || existsSync(tlsCa), "a file that exists");
  if (passwordFile === null) {
    const isSet = process.env[passwordEnv] !== undefined;
    demand("password_env", isSet, `a variable that is set; ${passwordEnv} is not`);
  }
  if (wrong.length > 0) throw configError(file, content, wrong);
  if (passwordFile !== null) requirePrivate(passwordFile);
  return {
    type: "mysql",
    hosts,
    database,
    user,
    password: passwordFile === null ? { type: "environment", name: passwordEnv } : { type: "file", path: passwordFile },
    poolSize,
    tlsCa,
    chainId: genesis.chainId,
    groupId: genesis.groupId,
  };
}

/** The password now; it may be another one when a connection is made later. */
export function readPassword(source: PasswordSource): string {
  if (source.type === "environment") return process.env[source.name] ?? "";
  return readFileSync(source.path, "utf8").split(/\r?\n/, 1)[0]!;
}

/** Throws KEY_INVALID for a file with a secret that others may read. */
export function requirePrivate(file: string): void {
  const mode = openKeyMode(file);
  if (mode === null) return;
  const message = `${file} may be read or changed by others (mode ${modeText(mode)}); chmod 600 ${file}`;
  throw new FbError<NodeErrorCode>("KEY_INVALID", message, { file });
}
