// node --conditions=fb-source test/mysql/run.ts: see USAGE.
import { parseArgs } from "node:util";
import { ensureMariadb } from "@fb/mariadb";
import { runGalera } from "./galera-run.ts";
import { runFaults } from "./random-faults.ts";

const USAGE = `usage: pnpm faults [--faults <count>] [--kills <count>] [--seed <number>]

Commits random blocks to a MariaDB that it starts on loopback, lets one thing after the other go wrong (the server is
killed, hangs, is read-only; connections are cut, also between COMMIT and its answer), and compares height and all rows
with what they should be after each. Then it does so on a Galera cluster of three servers, whose server in use is killed
in the middle of a commit each time.

  --faults  how many (default 200)
  --kills   of servers of the cluster (default 3)
  --seed    of everything random (default 1)
  --help    this text
`;

function fail(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

function number(text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : fail(USAGE);
}

function options(): { faults: number; kills: number; seed: number } {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      options: { faults: text, kills: text, seed: text, help: { type: "boolean", short: "h" } },
    });
    if (values.help === true) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    return { faults: number(values.faults, 200), kills: number(values.kills, 3), seed: number(values.seed, 1) };
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`);
  }
}

const { faults, kills, seed } = options();
const missing = await ensureMariadb(console.log);
if (missing !== null) fail(`no MariaDB: ${missing}`);

const started = performance.now();
const counts = new Map<string, number>();
await runFaults({
  seed,
  faults,
  onFault(done, name) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (done % 10 !== 0) return;
    const seconds = (performance.now() - started) / 1_000;
    const left = ((faults - done) * seconds) / done;
    console.log(`${done} of ${faults}, ${seconds.toFixed(0)} s, about ${left.toFixed(0)} s to go`);
  },
});
for (const [name, count] of counts) console.log(`${String(count).padStart(5)}  ${name}`);
await runGalera({
  seed,
  kills,
  blocks: 20,
  onKill: (server, height) => console.log(`killed server ${server} of the cluster at height ${height}`),
});
console.log(`seed ${seed}, ${faults} faults, ${kills} kills of the cluster: nothing lost, nothing doubled`);
