import { writeFileSync } from "node:fs";
import { createProgram, integer, runProgram } from "@fb/cli";
import { Option } from "commander";
import { type BenchResult, runBench } from "./run.ts";
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
        rates: options.rateSeconds === 0 ? [] : [0.5, 0.8],
        rateSeconds: options.rateSeconds,
        onProgress: (step) => console.error(`  ${step}`),
      });
      results.push(result);
      print(result);
    }
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  });

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
