import { setPriority } from "node:os";
import { createCryptoSuite } from "@fb/crypto";
import { type Assault, type AttackContext, type Finding, groupOf } from "./attack.ts";
import type { FromAttacker, ToAttacker } from "./attacker-protocol.ts";
import { findAttack } from "./attacks/index.ts";
import { seededBytes } from "./random.ts";

// Chain and attacker share the cores of one machine: what the attacker takes of them is no part of the attack.
setPriority(5);

const ending = new AbortController();
const counts: Record<string, number> = {};
const findings: Finding[] = [];
let assault: Assault | null = null;
let endsItself = false;

function tell(message: FromAttacker): void {
  process.send!(message);
}

function fail(error: unknown): void {
  tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

async function prepare({ attack: name, scene }: Extract<ToAttacker, object>["prepare"]): Promise<void> {
  const attack = findAttack(name);
  const context: AttackContext = {
    ...scene,
    suite: await createCryptoSuite(),
    group: scene.groups.find(({ id }) => id === (groupOf(attack.who) ?? 1))!,
    rng: seededBytes(scene.seed),
    count: (what, n = 1) => {
      counts[what] = (counts[what] ?? 0) + n;
    },
    find: (ok, what) => findings.push({ ok, what }),
  };
  endsItself = attack.endsItself ?? false;
  assault = await attack.prepare(context);
  tell("ready");
}

async function go(): Promise<void> {
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  await assault!(ending.signal);
  if (!endsItself && !ending.signal.aborted)
    await new Promise((resolve) => ending.signal.addEventListener("abort", resolve));
  const used = process.cpuUsage(cpu);
  const report = {
    counts,
    findings,
    cpuMs: (used.user + used.system) / 1_000,
    seconds: (performance.now() - startedAt) / 1_000,
    rssBytes: process.memoryUsage.rss(),
  };
  // Ends at once: whatever the attack left open ends with it.
  process.send!({ done: report } satisfies FromAttacker, () => process.exit(0));
}

process.on("message", (message: ToAttacker) => {
  if (message === "stop") ending.abort();
  else (message === "go" ? go() : prepare(message.prepare)).catch(fail);
});
process.on("disconnect", () => process.exit(0));
// A peer that cuts the attacker off must not end the attack.
process.on("uncaughtException", (error) => {
  const what = `error ${(error as NodeJS.ErrnoException).code ?? error.name}`;
  counts[what] = (counts[what] ?? 0) + 1;
});
