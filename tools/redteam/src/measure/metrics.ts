import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeProcess } from "@fb/testkit";

/** Values of counters by name and labels, added up over the nodes that answered. */
export type Counts = ReadonlyMap<string, number>;

/** Where a node tells operators about itself: on a listener of its own when it has one. */
export function operatorUrl(node: NodeProcess): string {
  const config = readFileSync(join(node.folder, "config.ini"), "utf8");
  const port = /^\[operator\][^[]*?^listen_port=(\d+)/ms.exec(config)?.[1];
  return port === undefined || port === "0" ? node.rpcUrl : `http://127.0.0.1:${port}`;
}

export async function readCounts(nodes: readonly NodeProcess[]): Promise<Counts> {
  const counts = new Map<string, number>();
  const texts = await Promise.all(
    nodes.map((node) =>
      fetch(`${operatorUrl(node)}/metrics`, { signal: AbortSignal.timeout(5_000) }).then(
        (response) => (response.ok ? response.text() : ""),
        () => "",
      ),
    ),
  );
  for (const text of texts) {
    for (const [, name, value] of text.matchAll(/^(fb_\w+_total(?:\{[^}]*\})?) (\S+)$/gm)) {
      counts.set(name!, (counts.get(name!) ?? 0) + Number(value));
    }
  }
  return counts;
}

/** What grew between two readings. */
export function grown(before: Counts, after: Counts): Map<string, number> {
  const delta = new Map<string, number>();
  for (const [name, value] of after) {
    const more = value - (before.get(name) ?? 0);
    if (more > 0) delta.set(name, more);
  }
  return delta;
}
