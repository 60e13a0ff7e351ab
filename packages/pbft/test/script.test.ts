import { basename, join } from "node:path";
import { Commands, runScript, scriptFiles } from "@fb/consensus/testing";
import { describe, expect, it } from "vitest";
import { pbftScriptEngine } from "./script-engine.ts";

describe("PBFT scripts", () => {
  for (const file of scriptFiles(join(import.meta.dirname, "..", "testdata"))) {
    it(basename(file, ".txt"), () => {
      const commands = new Commands(pbftScriptEngine());
      runScript(
        file,
        (command) => commands.run(command),
        (actual, expected, where) => expect(actual, where).toBe(expected),
      );
    });
  }
});
