import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type MasterKey, parseMasterKeys } from "@fb/runtime/encryption";
import { FbError } from "@fb/types";
import type { NodeErrorCode } from "./errors.ts";
import type { NodeSetup } from "./node-setup.ts";
import { requirePrivate } from "./store-setup.ts";

/** Sixteen keys need a third of it. */
const MAX_BYTES = 4096;
const COMMAND_TIMEOUT_MS = 10_000;

/**
 * The keys that this node encrypts under, newest first; null when it writes in clear. What was in the environment is
 * taken out of it, so that nothing that the node starts finds it there. Rejects with KEY_INVALID, which shows nothing of
 * what was read.
 */
export async function readMasterKeys(
  setup: Pick<NodeSetup, "config" | "folder">,
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
): Promise<readonly MasterKey[] | null> {
  const { enable, keyFile, keyEnv, keyCommand } = setup.config.storage_security;
  if (!enable) return null;
  if (keyFile !== "") return parsed(`key_file ${keyFile}`, readKeyFile(resolve(setup.folder, keyFile)));
  if (keyEnv !== "") return parsed(`key_env ${keyEnv}`, takeFromEnvironment(keyEnv));
  return parsed("what key_command wrote", await runKeyCommand(keyCommand, setup.folder, commandTimeoutMs));
}

function parsed(source: string, text: string): readonly MasterKey[] {
  try {
    return parseMasterKeys(text);
  } catch (error) {
    if (error instanceof FbError && error.code === "KEY_FORMAT") throw invalid(`${source}: ${error.message}`);
    throw error;
  }
}

function readKeyFile(file: string): string {
  if (!existsSync(file)) throw invalid(`${file} does not exist`);
  requirePrivate(file);
  if (!statSync(file).isFile() || statSync(file).size > MAX_BYTES) throw invalid(`${file} is no file of master keys`);
  return readFileSync(file, "utf8");
}

function takeFromEnvironment(name: string): string {
  const text = process.env[name];
  if (text === undefined) throw invalid(`the environment has no ${name}`);
  delete process.env[name];
  return text;
}

/** Program and arguments, with blanks between; no shell reads them. */
function runKeyCommand(command: string, folder: string, timeout: number): Promise<string> {
  const [program, ...args] = command.trim().split(/\s+/);
  const limits = { timeout, killSignal: "SIGKILL", maxBuffer: MAX_BYTES } as const;
  return new Promise((fulfil, reject) => {
    execFile(program!, args, { ...limits, cwd: folder, windowsHide: true }, (error, stdout) => {
      // What the command wrote stays here: it may be a key.
      if (error === null) fulfil(stdout);
      else reject(invalid(`key_command ${program}: ${whyItFailed(error, timeout)}`));
    });
  });
}

function whyItFailed({ code, killed }: { code?: unknown; killed?: boolean }, timeoutMs: number): string {
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return `wrote more than ${MAX_BYTES} bytes`;
  if (killed === true) return `did not end within ${timeoutMs} ms`;
  return typeof code === "number" ? `ended with code ${code}` : `could not be run (${String(code)})`;
}

function invalid(message: string): FbError<NodeErrorCode> {
  return new FbError("KEY_INVALID", `[storage_security] ${message}`);
}
