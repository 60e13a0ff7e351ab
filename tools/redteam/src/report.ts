import type { GroupSample } from "./measure/load-protocol.ts";
import { growthOf, megabytes, ratios, unattackedGrowth } from "./measure/verdict.ts";
import type { AttackResult } from "./run.ts";

/** One result in lines, its verdict last. */
export function describeResult(result: AttackResult): string {
  const { attack, who, attacker, groups, memory, log, broken, recoveredMs } = result;
  const core = Math.round((attacker.cpuMs / (attacker.seconds * 1_000)) * 100);
  const lines = [
    `\n${attack} (${who}), ${attacker.seconds.toFixed(0)} s; the attacker used ${core} % of a core`,
    `  did       ${entries(attacker.counts)}`,
  ];
  for (const measure of groups) {
    const { throughput, p50 } = ratios(measure);
    const three = [measure.before, measure.during, measure.after];
    lines.push(
      `  group ${measure.group}   ${three.map(({ txPerSecond }) => txPerSecond.toFixed(1)).join(" / ")} tx/s (${(throughput * 100).toFixed(0)} %), ` +
        `p50 ${three.map(({ p50Ms }) => p50Ms).join(" / ")} ms (${p50.toFixed(1)} times), ` +
        `p99 ${three.map(({ p99Ms }) => p99Ms).join(" / ")} ms, refused ${three.map(({ refused }) => refused).join(" / ")}${why(three)}`,
    );
  }
  for (const { node, isAttacked, beforeBytes, mostBytes, afterBytes } of memory)
    lines.push(
      `  ${node}     ${[beforeBytes, mostBytes, afterBytes].map(megabytes).join(" / ")} resident${isAttacked ? "" : ", not attacked"}`,
    );
  lines.push(
    `  recovered ${recoveredMs === null ? "not within a minute" : `after ${(recoveredMs / 1_000).toFixed(0)} s`}`,
  );
  lines.push(`  counters  ${entries(result.counters)}`);
  lines.push(
    `  log       ${log.bytes} bytes, ${log.naming} lines name the attacker, errors: ${entries(log.errors)}`,
    ...(log.example === "" ? [] : [`            ${log.example.slice(0, 300)}`]),
  );
  for (const { ok, what } of result.findings) lines.push(`  ${ok ? "held     " : "BROKEN   "} ${what}`);
  lines.push(broken.length === 0 ? "  HELD" : `  BROKEN    ${broken.join("; ")}`);
  return lines.join("\n");
}

/** All results, one line each. */
export function summary(results: readonly AttackResult[]): string {
  const rows = results.map((result) => {
    const attacked = result.memory.filter(({ isAttacked }) => isAttacked).map(growthOf);
    const growths = attacked.length === 0 ? result.memory.map(growthOf) : attacked;
    const growth = Math.max(...growths.map(({ growthBytes }) => growthBytes));
    const left = Math.max(...growths.map(({ leftBytes }) => leftBytes));
    const others = unattackedGrowth(result.memory);
    const ofGroups = result.groups.map((measure) => {
      const { throughput, p50 } = ratios(measure);
      return `${measure.group}: ${(throughput * 100).toFixed(0)} %, ${measure.before.p50Ms} > ${measure.during.p50Ms} ms (${p50.toFixed(1)}x)`;
    });
    return [
      result.attack,
      ofGroups.join("; "),
      `+${megabytes(growth)}, then +${megabytes(left)}${others === null || attacked.length === 0 ? "" : ` (others +${megabytes(others.growthBytes)})`}`,
      result.recoveredMs === null ? "> 60 s" : `${(result.recoveredMs / 1_000).toFixed(0)} s`,
      result.broken.length === 0 ? "held" : result.broken.join("; "),
    ];
  });
  return table(["attack", "groups: throughput, p50", "memory", "recovery", "verdict"], rows);
}

/** Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function why(samples: readonly GroupSample[]): string {
  const told = samples.find((sample) => sample.why !== "")?.why;
  return told === undefined ? "" : ` ("${told.slice(0, 80)}")`;
}

function entries(counts: Readonly<Record<string, number>>): string {
  const list = Object.entries(counts).map(([name, n]) => `${name} ${n}`);
  return list.length === 0 ? "none" : list.join(", ");
}
