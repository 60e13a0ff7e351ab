import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "./ports.ts";
import { baseFolder, galeraProvider, program, STATE_FOLDER } from "./programs.ts";
import { type Mariadb, scratchServer } from "./server.ts";
import { runToEnd, TEST_USER } from "./template.ts";

const HOST = "127.0.0.1";
const SYNCED_MS = 60_000;
const POLL_MS = 50;

/** Servers of one Galera cluster: each holds all rows, and a commit on one is on all. */
export class GaleraCluster {
  readonly servers: readonly Mariadb[];

  /** @internal Use {@link startGalera}. */
  constructor(servers: readonly Mariadb[]) {
    this.servers = servers;
  }

  /** Resolves when the servers that run are level with each other and know of no other. Throws RangeError. */
  async synced(): Promise<void> {
    const running = this.servers.filter((server) => server.running);
    const deadline = performance.now() + SYNCED_MS;
    let states: string[] = [];
    while (performance.now() < deadline) {
      states = await Promise.all(running.map(stateOf));
      if (states.every((state) => state === `Synced ${running.length}`)) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new RangeError(`the cluster is not level: ${states.join("; ")}`);
  }

  /** Starts a server again that was killed: as a service does it, it first says what it has, and is sent the rest. */
  async restart(server: Mariadb): Promise<void> {
    const position = await recoveredPosition(server);
    await server.start(position === null ? [] : [`--wsrep-start-position=${position}`]);
  }

  /** The server that {@link TEST_USER} is connected to. Throws RangeError when there is none. */
  async serverInUse(): Promise<Mariadb> {
    for (const server of this.servers) {
      if (!server.running) continue;
      const [row] = await server.sql(`SELECT COUNT(*) FROM information_schema.processlist WHERE user = '${TEST_USER}'`);
      if (row![0] !== "0") return server;
    }
    throw new RangeError("no server of the cluster is in use");
  }

  async dispose(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.dispose()));
  }
}

/** State of a server and how many it sees. */
async function stateOf(server: Mariadb): Promise<string> {
  const rows = await server
    .sql("SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_local_state_comment')")
    .catch(() => []);
  const status = new Map(rows.map(([name, value]) => [name, value]));
  return `${status.get("wsrep_local_state_comment")} ${status.get("wsrep_cluster_size")}`;
}

async function recoveredPosition(server: Mariadb): Promise<string | null> {
  const log = join(server.folder, "recover.log");
  await runToEnd(program("mariadbd"), [...server.args, "--wsrep-recover", `--log-error=${log}`]);
  const position = /Recovered position:\s*(\S+)/.exec(await readFile(log, "utf8"))?.[1];
  await rm(log);
  return position ?? null;
}

/**
 * A daemon of rsync that root starts becomes nobody, who may not write to root's folders, and the script that starts it
 * cannot say otherwise. So root's servers get a base folder, which they search first, with an rsync that stays root.
 */
async function optionsOfRoot(): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const base = join(STATE_FOLDER, "base");
  if (!existsSync(base)) {
    await mkdir(STATE_FOLDER, { recursive: true });
    const folder = await mkdtemp(join(STATE_FOLDER, "base-"));
    await mkdir(join(folder, "bin"));
    await symlink(join(baseFolder(), "share"), join(folder, "share"));
    const script = `#!/bin/sh\n[ "$1" != --daemon ] || set -- "$@" --dparam=uid=root --dparam=gid=root\nexec '${program("rsync")}' "$@"\n`;
    await writeFile(join(folder, "bin", "rsync"), script, { mode: 0o755 });
    await rename(folder, base).catch(() => rm(folder, { recursive: true }));
  }
  return [`--basedir=${base}`];
}

/** Starts a cluster of `count` servers and waits until they are level. Throws MARIADB_MISSING, MARIADB_FAILED, RangeError. */
export async function startGalera(count = 3): Promise<GaleraCluster> {
  const ofRoot = await optionsOfRoot();
  const ports = await freePorts(3 * count);
  const cluster = Array.from({ length: count }, (_, i) => `${HOST}:${ports[3 * i]}`);
  const optionsOf = (i: number) => [
    "--wsrep-on=ON",
    `--wsrep-provider=${galeraProvider()}`,
    `--wsrep-cluster-address=gcomm://${cluster.join(",")}`,
    `--wsrep-node-address=${HOST}`,
    `--wsrep-node-name=server${i}`,
    "--wsrep-sst-method=rsync",
    `--wsrep-sst-receive-address=${HOST}:${ports[3 * i + 2]}`,
    `--wsrep-provider-options=${[
      `gmcast.listen_addr=tcp://${cluster[i]}`,
      `ist.recv_addr=${HOST}:${ports[3 * i + 1]}`,
      "gcache.size=16M",
      // A server that was killed is given up sooner than networks would allow.
      "evs.keepalive_period=PT0.5S",
      "evs.suspect_timeout=PT2S",
      "evs.inactive_timeout=PT5S",
    ].join(";")}`,
    ...ofRoot,
    "--binlog-format=ROW",
    "--innodb-autoinc-lock-mode=2",
  ];
  const servers: Mariadb[] = [];
  const galera = new GaleraCluster(servers);
  try {
    for (let i = 0; i < count; i++) {
      const server = await scratchServer({ args: optionsOf(i) });
      servers.push(server);
      await server.start(i === 0 ? ["--wsrep-new-cluster"] : []);
      await galera.synced();
    }
  } catch (error) {
    await galera.dispose();
    throw error;
  }
  return galera;
}
