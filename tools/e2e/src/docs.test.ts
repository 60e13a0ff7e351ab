import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, nodesOf } from "@fb/local-chain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Blocks of a page in order: shell commands, and programs that a reader would save and run. */
function blocks(page: string): { readonly language: string; readonly text: string }[] {
  const content = readFileSync(join(ROOT, "tools/docs", page), "utf8");
  return [...content.matchAll(/```(sh|ts)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));
}

let scratch: string;
let env: Record<string, string>;
/** The pages name the default ports; the test has its own. */
let port: (text: string) => string;

/** What the pages make in the repository's folder. */
const MADE = ["my-chain", "topology"].map((name) => join(ROOT, name));
let mine = false;

beforeAll(async () => {
  expect(
    MADE.filter((path) => existsSync(path)),
    "the pages would overwrite these; move them away",
  ).toEqual([]);
  mine = true;
  scratch = mkdtempSync(join(tmpdir(), "fb-docs-"));
  const rpc = await freePorts(8, 48_000);
  const p2p = await freePorts(8, rpc + 8);
  const operator = await freePorts(8, p2p + 8);
  env = {
    ...(process.env as Record<string, string>),
    FB_CHAIN: join(scratch, "chain"),
    FB_RPC_PORT: String(rpc),
    FB_P2P_PORT: String(p2p),
    FB_OPERATOR_PORT: String(operator),
  };
  port = (text) =>
    text.replaceAll("127.0.0.1:8545", `127.0.0.1:${rpc}`).replaceAll("127.0.0.1:9545", `127.0.0.1:${operator}`);
});
afterAll(async () => {
  if (!mine) return;
  for (const chain of [env["FB_CHAIN"]!, MADE[0]!]) for (const node of nodesOf(chain)) await node.kill();
  for (const path of MADE) rmSync(path, { recursive: true, force: true });
  rmSync(scratch, { recursive: true, force: true });
});

function runBlock({ language, text }: { language: string; text: string }): string {
  const options = { cwd: ROOT, env, encoding: "utf8", timeout: 200_000 } as const;
  if (language === "sh") return execFileSync("sh", ["-eu", "-c", port(text)], options);
  // In a package that has ethers, so that the program finds it like the reader's own project would.
  const file = join(ROOT, "tools/e2e", `docs-example-${process.pid}.ts`);
  writeFileSync(file, port(text));
  try {
    return execFileSync(process.execPath, [file], options);
  } finally {
    rmSync(file);
  }
}

// In this order: the chain that `start` leaves running is the one `integrate` talks to.
describe.each(["start.md", "integrate.md", "operate.md", "maintain.md"])("the commands of %s", (page) => {
  it.each(blocks(page).map((block, i) => [i + 1, block.text.trim().split("\n")[0]!, block] as const))(
    "%i: %s",
    (_i, _name, block) => {
      const printed = runBlock(block);
      if (block.language === "ts") expect(printed.trim()).not.toBe("");
    },
  );
});
