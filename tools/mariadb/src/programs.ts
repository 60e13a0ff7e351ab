import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FbError } from "@fb/types";
import type { MariadbErrorCode } from "./errors.ts";

/** What this package keeps between runs. */
export const STATE_FOLDER = fileURLToPath(new URL("../../../.fb/mariadb", import.meta.url));

/** Debian packages that this machine lacks, unpacked. */
export const UNPACKED = join(STATE_FOLDER, "unpacked");

const SYSTEM_FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
const UNPACKED_FOLDERS = ["usr/sbin", "usr/bin"].map((folder) => join(UNPACKED, folder));
const MULTIARCH = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

const SERVER_PROGRAMS = ["mariadbd", "mariadb", "mariadb-install-db"] as const;
const GALERA_PROGRAMS = ["wsrep_sst_rsync", "rsync", "my_print_defaults"] as const;
export type Program = (typeof SERVER_PROGRAMS | typeof GALERA_PROGRAMS)[number];

function findProgram(name: Program): string | null {
  for (const folder of [...SYSTEM_FOLDERS, ...UNPACKED_FOLDERS]) {
    const file = join(folder, name);
    if (existsSync(file)) return file;
  }
  return null;
}

function findProvider(): string | null {
  const paths = ["usr/lib/galera/libgalera_smm.so", "usr/lib/libgalera_smm.so"];
  return ["/", UNPACKED].flatMap((root) => paths.map((path) => join(root, path))).find(existsSync) ?? null;
}

const isOff = () => process.env["FB_MARIADB"] === "off";

/** Whether `startMariadb` can start a server. */
export function mariadbAvailable(): boolean {
  return !isOff() && SERVER_PROGRAMS.every((name) => findProgram(name) !== null);
}

/** Whether `startGalera` can start a cluster. */
export function galeraAvailable(): boolean {
  return mariadbAvailable() && findProvider() !== null && GALERA_PROGRAMS.every((name) => findProgram(name) !== null);
}

function missing(what: string): FbError<MariadbErrorCode> {
  return new FbError("MARIADB_MISSING", `there is no ${what}; ./fb test unit fetches it where apt can`);
}

/** Path of a program. Throws MARIADB_MISSING. */
export function program(name: Program): string {
  const path = findProgram(name);
  if (path === null) throw missing(name);
  return path;
}

/** Path of the replication library of Galera. Throws MARIADB_MISSING. */
export function galeraProvider(): string {
  const path = findProvider();
  if (path === null) throw missing("libgalera_smm.so");
  return path;
}

/** The folder that holds the server's messages, character sets and scripts. Throws MARIADB_MISSING. */
export function baseFolder(): string {
  return dirname(dirname(program("mariadbd")));
}

/** Environment in which the programs find each other and their libraries. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const libraries = ["usr/lib", "lib"].map((folder) => join(UNPACKED, folder, MULTIARCH));
  return {
    ...process.env,
    PATH: [...SYSTEM_FOLDERS, ...UNPACKED_FOLDERS].join(delimiter),
    ...(existsSync(UNPACKED) ? { LD_LIBRARY_PATH: libraries.join(delimiter) } : {}),
  };
}
