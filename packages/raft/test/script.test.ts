import { basename, join } from "node:path";
import { Commands, runScript, scriptFiles } from "@fb/consensus/testing";
import { describe, expect, it } from "vitest";
import { raftScriptEngine } from "./script-engine.ts";

describe("Raft scripts", () => {
  for (const file of scriptFiles(join(import.meta.dirname, "..", "testdata"))) {
    const name = basename(file, ".txt");
    it(name, () => {
      const sealersChange = name === "two-lists";
      const engine = raftScriptEngine({
        minElectTicks: 10,
        maxElectTicks: 20,
        heartbeatTicks: 3,
        stallTicks: 12,
        sealersChange,
      });
      const commands = new Commands(engine);
      runScript(
        file,
        (command) => commands.run(command),
        (actual, expected, where) => expect(actual, where).toBe(expected),
      );
    });
  }
});
