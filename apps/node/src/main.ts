#!/usr/bin/env node
import { parseArgs } from "node:util";
import { checkNode } from "./check/check-node.ts";
import { renderFinding } from "./check/finding.ts";
import { EXIT, errorCode, errorMessage, exitCode } from "./errors.ts";
import { closeToOthers, keepFilesPrivate } from "./file-modes.ts";
import { readMasterKeys } from "./master-keys.ts";
import { createNode } from "./node.ts";
import { privatePaths, readNodeSetup } from "./node-setup.ts";
import { onSignals } from "./signals.ts";
import { runStorage } from "./storage/run-storage.ts";
import { VERSION } from "./version.ts";

const HELP = `fb-node [--config <file>] [--check]
fb-node storage <command>    care of a group's store; fb-node storage --help

  -c, --config <file>  configuration, default config.ini in this folder
      --check          check files, keys, certificate, modes, ports, groups and disk; start nothing
  -v, --version
  -h, --help

SIGTERM and SIGINT stop the node with everything on disk; a second one ends it at once. SIGHUP makes it read its
files again: peers, certificates, lists of nodes and agencies, log level. SIGUSR2 opens the log file anew.
Exit codes: 0 stopped, 1 unexpected, 2 configuration or key, 3 address in use.`;

async function main(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  if (first === "storage") {
    process.exitCode = await runStorage(rest, { out: process.stdout, err: process.stderr });
    return;
  }
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
  if (values.check) return check(values.config);
  await runNode(values.config);
}

async function check(configFile: string): Promise<void> {
  const setup = readNodeSetup(configFile);
  const findings = await checkNode(setup, Date.now());
  for (const finding of findings) console.log(renderFinding(finding));
  const count = (state: string) => findings.filter((finding) => finding.state === state).length;
  const faults = count("fault");
  if (faults > 0) {
    console.log(`${faults} of ${findings.length} checks found a fault`);
    process.exitCode = EXIT.config;
  } else {
    const groups = setup.groups.map(({ genesis }) => genesis.groupId).join(", ") || "none";
    console.log(`configuration is good, ${count("warn")} warnings; groups: ${groups}`);
  }
}

async function runNode(configFile: string): Promise<void> {
  keepFilesPrivate();
  const setup = readNodeSetup(configFile);
  const node = createNode(setup, await readMasterKeys(setup));
  closeToOthers(privatePaths(setup), node.log);
  let isStopping = false;
  onSignals({
    stop(signal) {
      isStopping = true;
      node.log.info("stopping", { signal });
      node.close().then(
        (ended) => (ended ? process.exit(EXIT.ok) : kill()),
        (error: unknown) => {
          node.log.error("stop-failed", { error });
          process.exit(EXIT.unexpected);
        },
      );
    },
    stopAtOnce: kill,
    reload() {
      try {
        node.reload(readNodeSetup(configFile));
      } catch (error) {
        node.log.error("reload-refused", { code: errorCode(error), reason: errorMessage(error) });
      }
    },
    reopenLog: () => node.reopenLog(),
  });
  try {
    await node.start();
  } catch (error) {
    if (isStopping) return;
    await node.close();
    throw error;
  }
}

/** An exit would wait for threads, and one of them may hang in a call to the disk. Nothing committed is lost. */
function kill(): void {
  process.kill(process.pid, "SIGKILL");
}

main().catch((error: unknown) => {
  const code = errorCode(error);
  console.error(code === "UNEXPECTED" ? error : `${code}: ${errorMessage(error)}`);
  process.exit(exitCode(code));
});
