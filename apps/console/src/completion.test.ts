import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { complete } from "./completion.ts";

describe("complete", () => {
  it("completes commands, without regard to case, and help topics", () => {
    expect(complete("getblockby")).toEqual([["getBlockByHash", "getBlockByNumber"], "getblockby"]);
    expect(complete("help dep")).toEqual([["deploy"], "dep"]);
    expect(complete("")[0]).toContain("quit");
  });

  it("completes options of the command", () => {
    expect(complete("deploy x.sol --o")).toEqual([["--out"], "--o"]);
    expect(complete("getBlockNumber --")).toEqual([["--help"], "--"]);
  });

  it("completes files where a command takes one", () => {
    const folder = mkdtempSync(join(tmpdir(), "fb-complete-"));
    writeFileSync(join(folder, "Token.sol"), "");
    writeFileSync(join(folder, "Token.bin"), "");
    mkdirSync(join(folder, "Tools"));
    expect(complete(`deploy ${folder}/To`)[0].sort()).toEqual([join(folder, "Token.sol"), `${join(folder, "Tools")}/`]);
    expect(complete(`getCode ${folder}/To`)[0]).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
