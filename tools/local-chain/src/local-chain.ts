import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { NodeProcess, type NodeProcessOptions } from "./node-process.ts";

/** Node folders of a chain made by build-chain, in order of host and number. */
export function nodesOf(chainFolder: string, options: NodeProcessOptions = {}): NodeProcess[] {
  const root = join(chainFolder, "nodes");
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort()
    .flatMap((host) =>
      readdirSync(join(root, host))
        .filter((name) => /^node\d+$/.test(name))
        .sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))
        .map((name) => new NodeProcess(join(root, host, name), options)),
    );
}

/** Whether nobody listens on this loopback port. */
export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** The first of `count` consecutive free loopback ports at or after `from`. */
export async function freePorts(count: number, from: number): Promise<number> {
  let first = from;
  for (let port = from; port < first + count; port++) {
    if (!(await portIsFree(port))) first = port + 1;
  }
  return first;
}
