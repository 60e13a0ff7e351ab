#!/usr/bin/env node
import { parseArgs } from "node:util";
import { EXIT } from "./errors.ts";
import { createNode } from "./node.ts";
import { type NodeSetup, readNodeSetup } from "./node-setup.ts";
import { errorCode } from "./thread-log.ts";
import { VERSION } from "./version.ts";

const HELP = `fb-node [--config <file>] [--check]

  -c, --config <file>  configuration, default config.ini in this folder
      --check          read and check the configuration, start nothing
  -v, --version
  -h, --help

SIGTERM and SIGINT stop the node with everything on disk; a second one ends it at once.
Exit codes: 0 stopped, 1 unexpected, 2 configuration or key, 3 address in use.`;

const LISTEN_CODES = ["LISTEN_FAILED", "RPC_LISTEN_FAILED"];

const CONFIG_CODES = ["CONFIG_INVALID", "CONFIG_MISSING", "KEY_INVALID", "CERTIFICATE_INVALID", "OPTIONS_INVALID"];

function exitCode(code: string): number {
  if (LISTEN_CODES.includes(code)) return EXIT.listen;
  // What `parseArgs` says of an unknown option, a value that is missing or a word too many.
  return CONFIG_CODES.includes(code) || code.startsWith("ERR_PARSE_ARGS_") ? EXIT.config : EXIT.unexpected;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string", short: "c", default: "config.ini" },
      check: { type: "boolean", default: false },
      version: { type: "boolean", short: "v", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.version) return console.log(VERSION);
  const setup = readNodeSetup(values.config);
  if (values.check) {
    const groups = setup.groups.map(
      ({ genesis }) => `${genesis.groupId} (${genesis.consensus.type}, ${genesis.stateType})`,
    );
    return console.log(`configuration is good; groups: ${groups.join(", ") || "none"}`);
  }
  await runNode(setup);
}

async function runNode(setup: NodeSetup): Promise<void> {
  const node = createNode(setup);
  let signals = 0;
  const stop = (signal: string) => {
    if (++signals > 1) process.exit(EXIT.unexpected);
    node.log.info("stopping", { signal });
    node.close().then(
      () => process.exit(EXIT.ok),
      (error: unknown) => {
        node.log.error("stop-failed", { error });
        process.exit(EXIT.unexpected);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  try {
    await node.start();
  } catch (error) {
    if (signals > 0) return;
    await node.close();
    throw error;
  }
}

main().catch((error: unknown) => {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  console.error(code === "UNEXPECTED" ? error : `${code}: ${message}`);
  process.exit(exitCode(code));
});
