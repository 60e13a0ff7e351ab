import { join } from "node:path";
import { parseArgs } from "node:util";
import { type NodeProcess, nodesOf } from "@fb/local-chain";
import { FbError } from "@fb/types";
import { attached, down, logs, reset, status } from "./commands.ts";
import type { LauncherErrorCode } from "./errors.ts";
import { CHAIN_FOLDER, ROOT } from "./paths.ts";
import { SUITE_NAMES, test } from "./test.ts";
import { up } from "./up.ts";

/** A subcommand of the launcher itself; its arguments are checked before it runs. */
interface Own {
  /** Name and arguments, as help shows them. */
  readonly usage: string;
  readonly summary: string;
  readonly details?: string;
  readonly flags?: readonly string[];
  /** Words it takes at most. */
  readonly maxWords?: number;
  run(words: readonly string[], flags: ReadonlySet<string>): Promise<void>;
}

/** A program with options and a help of its own. */
interface Program {
  readonly usage: string;
  readonly summary: string;
  readonly path: string;
  /** Goes before what the user gives. */
  args?(): readonly string[];
}

const SUBCOMMANDS: Readonly<Record<string, Own | Program>> = {
  up: {
    usage: "up",
    summary: "install, build, make a chain of 4 nodes and 2 groups if there is none, start it, prove it",
    details: "A chain that exists is kept and started again with its data; nodes that run are left running.",
    run: up,
  },
  down: { usage: "down", summary: "stop all nodes; data is kept", run: down },
  status: {
    usage: "status [--json]",
    summary: "nodes, ports, groups, heights",
    flags: ["json"],
    run: (_words, flags) => status(flags.has("json")),
  },
  logs: {
    usage: "logs [node]",
    summary: "follow the log of one node or of all",
    maxWords: 1,
    run: ([node]) => logs(node),
  },
  reset: {
    usage: "reset [--yes]",
    summary: "stop and delete the chain with its keys",
    flags: ["yes"],
    run: (_words, flags) => reset(flags.has("yes")),
  },
  console: {
    usage: "console [...]",
    summary: "interactive console, or one command: ./fb console getBlockNumber",
    path: "apps/console/src/main.ts",
    args: firstNodeUrl,
  },
  "build-chain": {
    usage: "build-chain ...",
    summary: "certificates and configuration of any chain",
    path: "tools/build-chain/src/main.ts",
  },
  test: {
    usage: "test [suite...]",
    summary: "install and run all tests, or some suites",
    details: `Suites: ${SUITE_NAMES.join(", ")}.`,
    maxWords: SUITE_NAMES.length,
    run: test,
  },
  bench: {
    usage: "bench [...]",
    summary: "load and measure a chain in a scratch folder",
    path: "tools/bench/src/main.ts",
  },
  attack: {
    usage: "attack [...]",
    summary: "attack a chain in a scratch folder and measure what it makes of it; alone: list the attacks",
    path: "tools/redteam/src/main.ts",
  },
  vectors: {
    usage: "vectors <dir>",
    summary: "run the official GeneralStateTests of a folder on the EVM of the nodes",
    path: "packages/evm/test/vectors/run.ts",
  },
};

export function helpText(): string {
  const width = Math.max(...Object.values(SUBCOMMANDS).map(({ usage }) => usage.length)) + 2;
  return `./fb <command>

${Object.values(SUBCOMMANDS)
  .map(({ usage, summary }) => `  ${usage.padEnd(width)}${summary}`)
  .join("\n")}

./fb <command> --help says more of a command. State lives in .fb/ (git-ignored). Environment: FB_NODE=system uses the
Node on PATH instead of the pinned one; FB_CHAIN names another chain folder, FB_RPC_PORT, FB_P2P_PORT and
FB_OPERATOR_PORT the first ports of a chain that is made anew; FB_MARIADB=off tests without MariaDB.`;
}

/** Runs one subcommand, or shows its help. Rejects with USAGE before anything is done. */
export async function runSubcommand(name: string, args: readonly string[]): Promise<void> {
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name]! : null;
  if (subcommand === null) throw usageError(`no command ${name}; there are ${Object.keys(SUBCOMMANDS).join(", ")}`);
  if ("path" in subcommand) {
    const source = ["--conditions=fb-source", join(ROOT, subcommand.path)];
    return attached(process.execPath, [...source, ...(subcommand.args?.() ?? []), ...args]);
  }
  const { words, flags } = readArguments(subcommand, args);
  if (flags.has("help")) {
    const { usage, summary, details } = subcommand;
    return console.log(`./fb ${usage}\n\n${summary}${details === undefined ? "" : `\n${details}`}`);
  }
  await subcommand.run(words, flags);
}

function readArguments({ usage, flags = [], maxWords = 0 }: Own, args: readonly string[]) {
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" as const }]));
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: maxWords > 0,
    });
    if (positionals.length <= maxWords) return { words: positionals, flags: new Set(Object.keys(values)) };
  } catch {
    // Told below, with everything else that does not fit.
  }
  throw usageError(`usage: ./fb ${usage}; not ${args.join(" ")}`);
}

function usageError(message: string): FbError<LauncherErrorCode> {
  return new FbError("USAGE", message);
}

function operatorUrl(node: NodeProcess): string[] {
  return node.operatorPort === null ? [] : ["--operator-url", node.operatorUrl];
}

/** The console talks to the first node of the chain, unless it is told otherwise. */
function firstNodeUrl(): string[] {
  const first = nodesOf(CHAIN_FOLDER)[0];
  return first === undefined ? [] : ["--url", first.rpcUrl, ...operatorUrl(first)];
}
