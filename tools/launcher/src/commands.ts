import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { type NodeProcess, nodesOf } from "@fb/local-chain";
import { FbError } from "@fb/types";
import type { LauncherErrorCode } from "./errors.ts";
import { CHAIN_FOLDER, ROOT } from "./paths.ts";
import { step } from "./progress.ts";
import { chainStatus, statusTable } from "./status.ts";

function chainNodes(): NodeProcess[] {
  const nodes = nodesOf(CHAIN_FOLDER);
  if (nodes.length === 0) throw new FbError<LauncherErrorCode>("NO_CHAIN", "there is no chain yet; ./fb up makes one");
  return nodes;
}

export async function down(): Promise<void> {
  const running = nodesOf(CHAIN_FOLDER).filter((node) => node.pid() !== null);
  if (running.length === 0) return console.log("nothing is running");
  await step(`stopping ${running.map((node) => node.name).join(", ")}`, async () => {
    const stopped = await Promise.all(running.map((node) => node.stop()));
    const still = running.filter((_, i) => !stopped[i]);
    if (still.length > 0) {
      throw new FbError<LauncherErrorCode>(
        "NOT_STOPPED",
        still.map((node) => `${node.name} (pid ${node.pid()}) still runs after 60 s`).join("; "),
      );
    }
  });
}

export async function status(json: boolean): Promise<void> {
  const { nodes } = await chainStatus();
  if (json) console.log(JSON.stringify({ nodes }));
  else if (nodes.length === 0) console.log("there is no chain yet; ./fb up makes one");
  else console.log(statusTable(nodes));
}

/** Follows one node's log, or all of them, until interrupted. */
export async function logs(name: string | undefined): Promise<void> {
  const nodes = chainNodes().filter((node) => name === undefined || node.name === name);
  if (nodes.length === 0)
    throw new FbError<LauncherErrorCode>(
      "USAGE",
      `no node ${name}; there are ${chainNodes()
        .map((n) => n.name)
        .join(", ")}`,
    );
  const files = nodes.map((node) => node.logFile).filter((file) => existsSync(file));
  await attached("tail", ["-n", "50", "-F", ...files]);
}

export async function reset(yes: boolean): Promise<void> {
  if (!yes) {
    if (!process.stdin.isTTY)
      throw new FbError<LauncherErrorCode>("USAGE", "this deletes the chain and its keys; say ./fb reset --yes");
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await prompt.question("Delete the development chain, its data and its keys? [y/N] ");
    prompt.close();
    if (!/^y(es)?$/i.test(answer.trim())) return console.log("nothing was deleted");
  }
  await down();
  rmSync(CHAIN_FOLDER, { recursive: true, force: true });
  console.log("the chain is gone; ./fb up makes a new one");
}

/** Runs a program of the repository on this terminal and takes over its exit code. */
export function attached(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } });
    // An interrupt goes to the whole process group: the child decides what it means.
    const ignore = () => {};
    process.on("SIGINT", ignore);
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGINT", ignore);
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}
