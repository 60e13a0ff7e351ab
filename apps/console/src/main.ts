#!/usr/bin/env node
import { runConsole } from "./run-console.ts";

const { stdin, stdout, stderr, argv, env } = process;
const show = {
  out: (text: string) => void stdout.write(`${text}\n`),
  err: (text: string) => void stderr.write(`${text}\n`),
};
// The reader of a pipe may leave early, as `head` does.
stdout.on("error", () => process.exit());

runConsole(argv.slice(2), { env, show, input: stdin, screen: stdout.isTTY ? stdout : stderr }).then((code) => {
  process.exitCode = code;
});
