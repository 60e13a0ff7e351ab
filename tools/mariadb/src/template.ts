import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FbError } from "@fb/types";
import type { MariadbErrorCode } from "./errors.ts";
import { baseFolder, program, programEnvironment, STATE_FOLDER } from "./programs.ts";

/** Account for the code under test: everything in every database, but no right over the server. */
export const TEST_USER = "fb";
export const TEST_PASSWORD = "fb-secret";

const ACCOUNT = `FLUSH PRIVILEGES;
CREATE USER '${TEST_USER}'@'127.0.0.1' IDENTIFIED BY '${TEST_PASSWORD}';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, CREATE VIEW ON *.* TO '${TEST_USER}'@'127.0.0.1';
`;

/** What every server is started with. The sizes are small so that a data folder is copied and opened quickly. */
export function serverOptions(dataFolder: string): string[] {
  return [
    "--no-defaults",
    `--basedir=${baseFolder()}`,
    `--lc-messages-dir=${join(baseFolder(), "share/mysql")}`,
    `--datadir=${dataFolder}`,
    // A server refuses to be root unless it is told to.
    `--user=${userInfo().username}`,
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=16M",
    "--skip-name-resolve",
  ];
}

/** A data folder with its system tables and {@link TEST_USER}, to be copied; made once for each version of the server and of this. */
export async function templateFolder(): Promise<string> {
  const { stdout } = await promisify(execFile)(program("mariadbd"), ["--version"], { env: programEnvironment() });
  const made = createHash("sha256").update(stdout).update(ACCOUNT).update(serverOptions("").join()).digest("hex");
  const template = join(STATE_FOLDER, `template-${made.slice(0, 16)}`);
  if (existsSync(template)) return template;
  await mkdir(STATE_FOLDER, { recursive: true });
  const folder = await mkdtemp(join(STATE_FOLDER, "template-"));
  try {
    const options = serverOptions(folder);
    await runToEnd(program("mariadb-install-db"), [
      ...options,
      "--skip-test-db",
      "--auth-root-authentication-method=normal",
    ]);
    await runToEnd(program("mariadbd"), [...options, "--bootstrap"], ACCOUNT);
    // Whoever is first wins; both made the same.
    await rename(folder, template).catch((error: unknown) => {
      if (!existsSync(template)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return template;
}

/** Runs a program of MariaDB and returns its output. Throws MARIADB_FAILED. */
export function runToEnd(command: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: programEnvironment(), stdio: "pipe" });
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    // A program that ends early does not read on.
    child.stdin.on("error", () => undefined).end(input);
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new FbError<MariadbErrorCode>("MARIADB_FAILED", `${command} ended with ${code}: ${errors.trim()}`));
    });
  });
}
