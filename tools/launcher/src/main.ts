import { exitCodeOf } from "@fb/cli";
import { FbError } from "@fb/types";
import { USAGE_CODES } from "./errors.ts";
import { helpText, runSubcommand } from "./subcommands.ts";

async function main([name, ...rest]: readonly string[]): Promise<void> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return console.log(helpText());
  await runSubcommand(name, rest);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof FbError ? `\nfb: ${error.message}` : error);
  process.exitCode = exitCodeOf(error, USAGE_CODES);
});
