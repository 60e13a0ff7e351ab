import type { NodeProcess } from "@fb/local-chain";

/** Values of counters by name and labels, added up over the nodes that answered. */
export type Counts = ReadonlyMap<string, number>;

export async function readCounts(nodes: readonly NodeProcess[]): Promise<Counts> {
  const counts = new Map<string, number>();
  const texts = await Promise.all(
    nodes.map((node) =>
      fetch(`${node.operatorUrl}/metrics`, { signal: AbortSignal.timeout(5_000) }).then(
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
