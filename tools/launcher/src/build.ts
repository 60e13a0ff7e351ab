import { spawn } from "node:child_process";
import { FbError } from "@fb/types";
import type { LauncherErrorCode } from "./errors.ts";
import { ROOT } from "./paths.ts";

/** Builds what changed since the last time. */
export async function build(): Promise<void> {
  const { code, output } = await run("pnpm", [
    "exec",
    "turbo",
    "run",
    "build",
    "--output-logs=errors-only",
    "--ui=stream",
  ]);
  if (code !== 0) throw new FbError<LauncherErrorCode>("BUILD_FAILED", `the build failed:\n${output.slice(-8000)}`);
}

/** Runs a program in the repository and collects what it prints. */
export function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  onOutput: (text: string) => void = () => {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString("utf8");
      onOutput(chunk.toString("utf8"));
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
