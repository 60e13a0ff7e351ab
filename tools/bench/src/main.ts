import { writeFileSync } from "node:fs";
import { createProgram, integer, runProgram } from "@fb/cli";
import { Option } from "commander";
import { type EncryptionFigures, runEncryptionBench } from "./encryption.ts";
import { type BenchResult, runBench } from "./run.ts";
import { runStateBench, type StateFigures } from "./state/run.ts";
import { runStorageBench, type StorageFigures } from "./storage/run.ts";
import { WORKLOADS, type WorkloadName } from "./workload.ts";

const program = createProgram("./fb bench")
  .description(
    "Starts a chain in a scratch folder, loads it over RPC and prints what it cost.\nWithout options: 4 nodes with one PBFT group, 1 node, and 2 groups against 1 group on the same 4 nodes.",
  )
  .option("-n, --nodes <count>", "nodes", integer(1, 32))
  .option("-g, --group <shape...>", "id[:pbft|raft[:storage|mpt]]", (text, all: string[] = []) => [...all, text])
  .addOption(new Option("-w, --workload <name>", "what is sent").choices(WORKLOADS).default("erc20"))
  .option("-t, --transactions <count>", "transactions for each group at saturation", integer(100, 1_000_000), 10_000)
  .option("-s, --senders <count>", "accounts that send", integer(1, 10_000), 100)
  .option("-b, --block-limit <count>", "transactions in a block at most", integer(1, 100_000), 1000)
  .option(
    "-r, --rate-seconds <seconds>",
    "how long the 50 % and 80 % phases take; 0 = leave them out",
    integer(0, 3600),
    10,
  )
  .option("--encrypted", "nodes encrypt what they keep", false)
  .option("--json <file>", "also write the figures as JSON")
  .action(async (options) => {
    const shapes: { nodes: number; groups: string[] }[] =
      options.nodes === undefined && options.group === undefined
        ? [
            { nodes: 4, groups: ["1:pbft"] },
            { nodes: 1, groups: ["1:pbft"] },
            { nodes: 4, groups: ["1:pbft", "2:pbft"] },
          ]
        : [{ nodes: options.nodes ?? 4, groups: options.group ?? ["1:pbft"] }];
    const results: BenchResult[] = [];
    for (const shape of shapes) {
      const result = await runBench({
        ...shape,
        workload: options.workload as WorkloadName,
        transactions: options.transactions,
        senders: options.senders,
        blockLimit: options.blockLimit,
        encrypted: options.encrypted,
        rates: options.rateSeconds === 0 ? [] : [0.5, 0.8],
        rateSeconds: options.rateSeconds,
        onProgress: (step) => console.error(`  ${step}`),
      });
      results.push(result);
      print(result);
    }
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  });

program.enablePositionalOptions();

program
  .command("state")
  .description(
    "Blocks of token transfers over both world states on RocksDB, executed and committed in this process,\nand the state's part of them in the tries of @ethereumjs/mpt.",
  )
  .option("-a, --accounts <count...>", "holders of the token", listOfIntegers(100, 10_000_000), [10_000, 100_000])
  .option("-b, --blocks <count>", "blocks that are measured", integer(1, 100_000), 100)
  .option("-t, --transactions <count>", "transfers in a block", integer(1, 100_000), 1000)
  .option("-e, --ethereumjs <count>", "compare up to so many holders; 0 = never", integer(0, 10_000_000), 100_000)
  .option("--json <file>", "also write the figures as JSON")
  .action(async (options) => {
    const figures = await runStateBench({
      accounts: options.accounts,
      blocks: options.blocks,
      transactions: options.transactions,
      ethereumJsAccounts: options.ethereumjs,
      onProgress: (step) => console.error(`  ${step}`),
    });
    printState(figures);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  });

program
  .command("encryption")
  .description("The same blocks into a store in clear and an encrypted one, and point reads from both.")
  .option("-b, --blocks <count>", "blocks that are measured", integer(1, 100_000), 50)
  .option("-r, --rows <count>", "rows of 100 bytes in a block", integer(1, 1_000_000), 5000)
  .action(async ({ blocks, rows }) => printEncryption(await runEncryptionBench({ blocks, rows })));

function printEncryption(figures: readonly EncryptionFigures[]): void {
  console.log("\nCPU milliseconds a block, medians; all threads of this process");
  console.table(
    figures.map((figure) => ({ ...figure, commitMs: figure.commitMs.toFixed(1), readMs: figure.readMs.toFixed(1) })),
  );
  const [clear, encrypted] = figures;
  const ratio = (of: "commitMs" | "readMs") => (encrypted![of] / clear![of]).toFixed(2);
  console.log(`encrypted to clear: commit ${ratio("commitMs")}, reads ${ratio("readMs")}`);
}

program
  .command("storage")
  .description(
    "Blocks of rows committed by RocksDB and MariaDB backends and by their libraries alone, in turn, then read back.",
  )
  .option("-b, --blocks <count>", "blocks", integer(1, 100_000), 60)
  .option("-r, --rows <count>", "rows in a block", integer(1, 1_000_000), 5000)
  .option("--json <file>", "also write the figures as JSON")
  .action(async (options) => {
    const figures = await runStorageBench({ blocks: options.blocks, rows: options.rows });
    printStorage(figures);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  });

function printStorage(figures: readonly StorageFigures[]): void {
  console.table(
    figures.map((figure) => ({
      store: figure.store,
      "rows/s": Math.round(figure.rowsPerSecond),
      "library alone": Math.round(figure.rawRowsPerSecond),
      ratio: Number(figure.ratio.toFixed(2)),
      "cold reads/s": Math.round(figure.coldReadsPerSecond),
      "hot reads/s": Math.round(figure.hotReadsPerSecond),
      "one read us": Math.round(figure.readMicros),
    })),
  );
}

function printState(figures: readonly StateFigures[]): void {
  console.log("\nmilliseconds a block, medians; execution, state and commit in this process");
  const round = (value: number) => Number(value.toFixed(1));
  console.table(
    figures.map((figure) => ({
      state: figure.state,
      accounts: figure.accounts,
      block: round(figure.wallMs),
      CPU: round(figure.cpuMs),
      execute: round(figure.executeMs),
      "root and rows": round(figure.commitmentMs),
      commit: round(figure.commitMs),
      "commit p99.9": round(figure.commitP999Ms),
    })),
  );
}

/** An option that may be given several times, or several numbers at once. */
function listOfIntegers(min: number, max: number) {
  const one = integer(min, max);
  let isGiven = false;
  return (text: string, before: number[]): number[] => {
    const all = isGiven ? before : [];
    isGiven = true;
    return [...all, one(text)];
  };
}

function print({ nodes, groups, workload, phases }: BenchResult): void {
  console.log(`\n${nodes} node(s), groups ${groups.join(" ")}, ${workload}; client and nodes share this machine`);
  const rows = phases.map((phase) => ({
    phase: phase.name,
    tx: phase.transactions,
    "tx/s": Math.round(phase.txPerSecond),
    "CPU ms/tx": Number(phase.cpuMsPerTx.toFixed(3)),
    "p50 ms": phase.p50Ms,
    "p99 ms": phase.p99Ms,
    blocks: phase.blocks,
    "largest block": phase.largestBlock,
    "RSS MB": Math.round(phase.rssBytes / 2 ** 20),
  }));
  console.table(rows);
}

await runProgram(program);
