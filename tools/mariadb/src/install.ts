import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { galeraAvailable, STATE_FOLDER, UNPACKED } from "./programs.ts";

const run = promisify(execFile);

/** What apt resolves; what this machine has of it is left out. */
const PACKAGES = ["mariadb-server-core", "mariadb-client-core", "galera-4", "rsync"];
/** Holds the scripts of the state transfer. What else it needs is for a service, which nobody wants here. */
const SCRIPTS = "mariadb-server";

/**
 * Makes MariaDB and Galera available to tests. What the machine has is taken; what it lacks is fetched as Debian packages
 * and unpacked in the state folder, so that no service starts, nothing of the machine changes and nobody need be root.
 * Returns null, or in one line why there is none.
 */
export async function ensureMariadb(onProgress: (line: string) => void = () => {}): Promise<string | null> {
  if (process.env["FB_MARIADB"] === "off") return "FB_MARIADB=off";
  if (galeraAvailable()) return null;
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get"))
    return "no mariadbd on PATH and no apt to fetch it; install MariaDB 10.6 or newer with Galera";
  onProgress("fetching MariaDB and Galera");
  try {
    await fetchPackages().catch(async () => {
      await updateLists();
      await fetchPackages();
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? String(error);
    return `apt could not fetch MariaDB: ${said.trim().split("\n").at(-1)}`;
  }
  return galeraAvailable() ? null : "the Debian packages of MariaDB lack a program";
}

/** A simulation needs no rights; what it would remove (MySQL is in conflict with MariaDB) stays, for nothing is installed. */
async function fetchPackages(): Promise<void> {
  const plan = await run("apt-get", ["install", "-s", "-qq", "--no-install-recommends", ...PACKAGES]);
  const lacking = [...plan.stdout.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(
    ([, name, version]) => `${name}=${version}`,
  );
  await mkdir(STATE_FOLDER, { recursive: true });
  const folder = await mkdtemp(join(STATE_FOLDER, "fetch-"));
  try {
    await run("apt-get", ["download", "-qq", SCRIPTS, ...lacking], { cwd: folder });
    const unpacked = join(folder, "unpacked");
    for (const name of await readdir(folder)) await run("dpkg-deb", ["-x", join(folder, name), unpacked]);
    await rm(UNPACKED, { recursive: true, force: true });
    // Whoever is first wins: another process that fetched meanwhile has fetched the same.
    await rename(unpacked, UNPACKED).catch((error: unknown) => {
      if (!existsSync(UNPACKED)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function updateLists(): Promise<void> {
  const command = ["apt-get", "update", "-qq", "-o", "DPkg::Lock::Timeout=120"];
  if (process.getuid?.() !== 0) command.unshift("sudo", "-n");
  await run(command[0]!, command.slice(1));
}
