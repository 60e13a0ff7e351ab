import { type NodeProcess, rpcCall, until } from "@fb/local-chain";
import { FbError } from "@fb/types";
import { ATTACKER_ADDRESSES, type Attack, type Finding, groupOf, type Role, type Scene } from "./attack.ts";
import { createAttacker } from "./attacker.ts";
import type { AttackerReport } from "./attacker-protocol.ts";
import { pause } from "./attacks/pacing.ts";
import type { RedChain } from "./chain.ts";
import type { RedteamErrorCode } from "./errors.ts";
import { type Load, startLoad } from "./measure/load.ts";
import type { GroupSample } from "./measure/load-protocol.ts";
import { type MemoryWatch, watchMemory } from "./measure/memory.ts";
import { grown, readCounts } from "./measure/metrics.ts";
import { type LogSummary, logEnds, readLogs } from "./measure/node-log.ts";
import {
  type GroupMeasure,
  judge,
  LIMITS,
  type Measures,
  megabytes,
  type NodeMemory,
  type Noise,
} from "./measure/verdict.ts";

/** How often the chain is looked at after an attack, and for how long at least. */
const AFTER_STEP_MS = 5_000;
const AFTER_LEAST_MS = 10_000;
/** Load before anything is measured, for connections. */
const WARM_MS = 3_000;
/** Heaps and caches of a process that has just started grow for a while, whatever happens: so long at most. */
const SETTLE_MS = 180_000;
const SETTLED_WITHIN_MS = 20_000;
const SETTLED_BYTES = 12 * 2 ** 20;
/** A fuzzer that has not sent everything after so long has hung. */
const LONGEST_MS = 1_800_000;

export interface RunOptions {
  /** Transactions a second in each group. */
  readonly rate: number;
  /** Whether the chain was just started: then it is loaded until its memory no longer grows by itself. */
  readonly isNew: boolean;
  readonly calmSeconds: number;
  readonly seconds: number;
  readonly noise: Noise;
  readonly onProgress: (step: string) => void;
}

export interface AttackResult extends Measures {
  readonly attack: string;
  readonly who: Role;
  readonly seconds: number;
  readonly attacker: AttackerReport;
  /** How long after the attack everything was as before, at most the limit; null when it was not. */
  readonly recoveredMs: number | null;
  /** Counters of the nodes that moved during the attack and not before, and by how much. */
  readonly counters: Readonly<Record<string, number>>;
  readonly log: LogSummary;
  readonly broken: readonly string[];
}

/** Attacks a chain that is well, and measures what it made of it. */
export async function runAttack(attack: Attack, chain: RedChain, options: RunOptions): Promise<AttackResult> {
  const { onProgress: say } = options;
  const { nodes, scene } = chain;
  await requireWell(chain);
  const loaded = [1, 2, ...(groupOf(attack.who) === 3 ? [3] : [])];
  say("preparing");
  const attacker = await createAttacker(attack.name, scene);
  const memory = watchMemory(nodes);
  let load: Load | null = null;
  try {
    load = await startLoad({
      groups: scene.groups
        .filter(({ id }) => loaded.includes(id))
        .map(({ id, chainId }) => ({ id, chainId, url: chain.url(0, id) })),
      rate: options.rate,
      seed: Math.floor(performance.timeOrigin + performance.now()),
    });
    say(`${options.calmSeconds} s of calm`);
    await (options.isNew ? settle(memory, say) : pause(WARM_MS));
    await load.mark();
    memory.most();
    const countsBefore = await readCounts(nodes);
    const logsBefore = logEnds(nodes);
    await pause(options.calmSeconds * 1_000);
    const before = await load.mark();
    const idle = before.find(({ committed }) => committed === 0);
    if (idle !== undefined)
      throw new FbError<RedteamErrorCode>("CHAIN_NOT_WELL", `group ${idle.group} commits nothing: ${idle.why}`);
    const calmMemory = memory.most();
    const countsCalm = await readCounts(nodes);
    const pids = nodes.map((node) => node.pid());
    const logs = logEnds(nodes);

    const seconds = Math.max(options.seconds, attack.seconds ?? 0);
    say(attack.endsItself === true ? `${scene.messages} messages` : `${seconds} s of ${attack.name}`);
    const ended = attacker.go();
    const restarted = attack.restarts === undefined ? null : restart(nodes, attack.restarts);
    if (attack.endsItself === true) await endOrHang(ended);
    else await pause(seconds * 1_000);
    const during = await load.mark();
    const findings: Finding[] = restarted === null ? [] : [await restarted];
    const report = await attacker.stop();
    const attackMemory = memory.most();
    const attackLogBytes = sum(logEnds(nodes)) - sum(logs);
    const dead = nodes.filter((node, i) => node.pid() !== pids[i] && i !== attack.restarts);

    say("recovery");
    const { samples: after, recoveredMs } = await recover(load, before, () =>
      memory.now().every((bytes, i) => bytes - calmMemory[i]! < LIMITS.leftBytes + options.noise.leftBytes),
    );
    const [recoveryMemory, afterMemory] = [memory.most(), memory.now()];
    const counts = await readCounts(nodes);
    const calmCounts = grown(countsBefore, countsCalm);
    const counters = [...grown(countsCalm, counts)].filter(([name]) => !calmCounts.has(name));
    const calmLogBytes = sum(logs) - sum(logsBefore);
    const log = readLogs(nodes, logs, namesOf(attack.who, scene));
    const measures: Measures = {
      who: attack.who,
      groups: before.map(
        (sample, i): GroupMeasure => ({ group: sample.group, before: sample, during: during[i]!, after: after[i]! }),
      ),
      memory: nodes.flatMap((node, i): NodeMemory[] =>
        i === attack.restarts
          ? []
          : [
              {
                node: node.name,
                isAttacked: attack.who !== "nobody" && (i === 0 || attack.onlyFirst !== true),
                beforeBytes: calmMemory[i]!,
                mostBytes: Math.max(attackMemory[i]!, recoveryMemory[i]!),
                afterBytes: afterMemory[i]!,
              },
            ],
      ),
      lost: [...dead.map(({ name }) => name), ...(await haltedGroups(nodes))],
      findings: [
        ...(attack.endsItself === true ? errorFindings(log) : []),
        ...findings,
        ...report.findings,
        ...idleFinding(attack.who, report),
        ...logFinding(attack.who, attackLogBytes / report.seconds - calmLogBytes / options.calmSeconds),
      ],
    };
    return {
      ...measures,
      attack: attack.name,
      seconds: report.seconds,
      attacker: report,
      recoveredMs,
      counters: Object.fromEntries(counters),
      log,
      broken: judge(measures, options.noise),
    };
  } finally {
    memory.end();
    await attacker.kill();
    await load?.close();
  }
}

async function requireWell({ nodes }: RedChain): Promise<void> {
  const well = await until(async () => (await Promise.all(nodes.map((node) => node.isReady()))).every(Boolean), 30_000);
  if (!well) throw new FbError<RedteamErrorCode>("CHAIN_NOT_WELL", "the chain is not ready 30 s before the attack");
}

/** Waits until no node has grown for a while. */
async function settle(memory: MemoryWatch, say: (step: string) => void): Promise<void> {
  const startedAt = performance.now();
  const seen: (readonly number[])[] = [];
  const steps = SETTLED_WITHIN_MS / AFTER_STEP_MS;
  for (;;) {
    await pause(AFTER_STEP_MS);
    seen.push(memory.most());
    const last = seen.at(-1)!;
    const earlier = seen.at(-1 - steps);
    say(`memory settles: ${last.map(megabytes).join(", ")}`);
    if (earlier?.every((bytes, i) => last[i]! - bytes < SETTLED_BYTES)) return;
    if (performance.now() - startedAt >= SETTLE_MS) return;
  }
}

/** Waits until load and memory are as before the attack, a minute at most. */
async function recover(
  load: Load,
  before: readonly GroupSample[],
  isMemoryBack: () => boolean,
): Promise<{ samples: readonly GroupSample[]; recoveredMs: number | null }> {
  const startedAt = performance.now();
  for (;;) {
    await pause(AFTER_STEP_MS);
    const samples = await load.mark();
    const elapsed = performance.now() - startedAt;
    const isBack = samples.every(
      ({ p50Ms, txPerSecond }, i) => p50Ms < 1.5 * before[i]!.p50Ms && txPerSecond > 0.9 * before[i]!.txPerSecond,
    );
    if (isBack && isMemoryBack() && elapsed >= AFTER_LEAST_MS) return { samples, recoveredMs: elapsed };
    if (elapsed >= LIMITS.recoveryMs) return { samples, recoveredMs: null };
  }
}

/** A timer that is left behind would keep this process from ending. */
async function endOrHang(ended: Promise<void>): Promise<void> {
  const hanging = new AbortController();
  await Promise.race([ended, pause(LONGEST_MS, hanging.signal)]);
  hanging.abort();
}

/** Whether a node that starts during the attack finds its peers. */
async function restart(nodes: readonly NodeProcess[], index: number): Promise<Finding> {
  const node = nodes[index]!;
  await node.kill();
  node.start();
  const startedAt = performance.now();
  const peers = async () =>
    (await rpcCall(`${node.operatorUrl}/group/1`, "getPeers", [1], 2_000).catch(() => [])).length;
  const ok = await until(async () => (await peers()) >= nodes.length - 1, 12_000, 250);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  return { ok, what: `a restarted node has ${await peers()} of ${nodes.length - 1} peers after ${seconds} s` };
}

async function haltedGroups(nodes: readonly NodeProcess[]): Promise<string[]> {
  const lists = await Promise.all(
    nodes.map(async (node) => {
      const answer = await fetch(`${node.operatorUrl}/ready`, { signal: AbortSignal.timeout(5_000) })
        .then((response) => response.json())
        .catch(() => ({}));
      const { groups = [] } = answer as { groups?: { group: number; state: string }[] };
      return groups.filter(({ state }) => state === "halted").map(({ group }) => `group ${group} of ${node.name}`);
    }),
  );
  return lists.flat();
}

/** How a log line can name the attacker. */
function namesOf(who: Role, { hostileIds }: Scene): readonly string[] {
  if (who === "nobody") return [];
  return who === "client" || who === "stranger" ? ATTACKER_ADDRESSES : [hostileIds[who].slice(0, 16)];
}

/** An attack that could do nothing proves nothing. */
function idleFinding(who: Role, { counts, findings }: AttackerReport): Finding[] {
  const isIdle = Object.keys(counts).length === 0 && findings.length === 0;
  return isIdle && who !== "nobody" ? [{ ok: false, what: "the attacker did nothing" }] : [];
}

/** @param bytesPerSecond that all nodes wrote beyond what they write in calm times. */
function logFinding(who: Role, bytesPerSecond: number): Finding[] {
  if (who !== "stranger") return [];
  const perDay = Math.max(0, bytesPerSecond) * 86_400;
  const ok = perDay <= LIMITS.strangerLogBytesPerDay;
  return [{ ok, what: `strangers make the logs of all nodes grow by ${megabytes(perDay)} a day` }];
}

/** Whatever a node was told, it is no error of its own. */
function errorFindings({ errors }: LogSummary): Finding[] {
  const list = Object.entries(errors).map(([event, n]) => `${event} ${n}`);
  return [{ ok: list.length === 0, what: `errors in the logs: ${list.length === 0 ? "none" : list.join(", ")}` }];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
