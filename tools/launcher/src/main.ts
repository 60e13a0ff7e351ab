import { join } from "node:path";
import { nodesOf } from "@fb/testkit";
import { FbError } from "@fb/types";
import { attached, down, logs, reset, status } from "./commands.ts";
import { CHAIN_FOLDER, ROOT } from "./paths.ts";
import { test } from "./test.ts";
import { up } from "./up.ts";

const HELP = `./fb <command>

  up               install, build, make a chain of 4 nodes and 2 groups if there is none, start it, prove it
  down             stop all nodes; data is kept
  status [--json]  nodes, ports, groups, heights
  logs [node]      follow the log of one node or of all
  reset [--yes]    stop and delete the chain with its keys
  console [...]    interactive console, or one command: ./fb console getBlockNumber
  build-chain ...  certificates and configuration of any chain (--help)
  test             install and run all tests
  bench [...]      load and measure a chain in a scratch folder (--help)
  vectors <dir>    run the official GeneralStateTests of a folder on the EVM of the nodes

State lives in .fb/ (git-ignored). Environment: FB_NODE=system uses the Node on PATH instead of the pinned one;
FB_CHAIN names another chain folder, FB_RPC_PORT and FB_P2P_PORT the first ports of a chain that is made anew.`;

const source = (path: string) => ["--conditions=fb-source", join(ROOT, path)];

/** The console talks to the first node of the chain, unless it is told otherwise. */
function nodeUrl(): string[] {
  const first = nodesOf(CHAIN_FOLDER)[0];
  return first === undefined ? [] : ["--url", first.rpcUrl];
}

async function main([command, ...rest]: readonly string[]): Promise<void> {
  switch (command) {
    case "up":
      return up();
    case "down":
      return down();
    case "status":
      return status(rest.includes("--json"));
    case "logs":
      return logs(rest[0]);
    case "reset":
      return reset(rest.includes("--yes"));
    case "console":
      return attached(process.execPath, [...source("apps/console/src/main.ts"), ...nodeUrl(), ...rest]);
    case "build-chain":
      return attached(process.execPath, [...source("tools/build-chain/src/main.ts"), ...rest]);
    case "bench":
      return attached(process.execPath, [...source("tools/bench/src/main.ts"), ...rest]);
    case "vectors":
      return attached(process.execPath, [...source("packages/evm/test/vectors/run.ts"), ...rest]);
    case "test":
      return test(rest);
    case undefined:
    case "help":
    case "--help":
    case "-h":
      return console.log(HELP);
    default:
      console.error(`unknown command "${command}"\n\n${HELP}`);
      process.exitCode = 2;
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof FbError ? `\nfb: ${error.message}` : error);
  process.exitCode = 1;
});
