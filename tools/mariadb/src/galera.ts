import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "./ports.ts";
import { galeraProvider, program, SHIMS } from "./programs.ts";
import { type Mariadb, scratchServer } from "./server.ts";
import { runToEnd } from "./template.ts";

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

/** A daemon of rsync that root starts becomes nobody, who may not write to root's folders; the script cannot say otherwise. */
async function keepRsyncRoot(): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const rsync = program("rsync");
  await mkdir(SHIMS, { recursive: true });
  const file = join(SHIMS, `rsync.${process.pid}`);
  await writeFile(
    file,
    `#!/bin/sh\n[ "$1" != --daemon ] || set -- "$@" --dparam=uid=root --dparam=gid=root\nexec '${rsync}' "$@"\n`,
  );
  await chmod(file, 0o755);
  await rename(file, join(SHIMS, "rsync"));
}

/** Starts a cluster of `count` servers and waits until they are level. Throws MARIADB_MISSING, MARIADB_FAILED, RangeError. */
export async function startGalera(count = 3): Promise<GaleraCluster> {
  await keepRsyncRoot();
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
