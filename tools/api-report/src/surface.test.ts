import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { renderReport } from "./render.ts";
import { readSurfaces } from "./surface.ts";

/** What the build leaves: an entry, and a chunk that it shares with another. */
function reportOf(index: string, chunk = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "fb-api-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "index.d.ts");
  writeFileSync(file, index);
  writeFileSync(join(folder, "ports-x7.d.ts"), chunk);
  const report = renderReport("@fb/pool", readSurfaces([file]).get(file)!);
  return /```ts\n([\s\S]*)\n```/.exec(report)![1]!;
}

it("tells exports by name, whole and without comments, wherever they are declared", () => {
  const index = `import { P as PoolDeps } from './ports-x7.js';
export { H as Height } from './ports-x7.js';
import { Clock } from '@fb/runtime';
import '@fb/types';
/** Makes one. */
declare function createPool(deps: PoolDeps, clock: Clock): Pool;
declare class Pool {
    #private;
    private lost;
    /** In bytes. */
    readonly size: number;
}
declare const MAX = 4, MIN = 1;
export { MAX, MIN, Pool, createPool };
export type { PoolDeps };`;
  const chunk = `type Height = number;
interface PoolDeps {
    readonly height: Height;
}
export type { Height as H, PoolDeps as P };`;
  expect(reportOf(index, chunk)).toBe(`export type Height = number;

export const MAX = 4, MIN = 1;

export class Pool {
    readonly size: number;
}

export interface PoolDeps {
    readonly height: Height;
}

export function createPool(deps: PoolDeps, clock: Clock): Pool;`);
});

it("tells what exports name without exporting it, and what comes from other packages", () => {
  const index = `export { Hex, isHex } from '@fb/types';
import { Clock } from '@fb/runtime';
interface Inner$1 { readonly a: Deep; }
type Deep = "deep";
type Unused = 1;
declare const pool: Inner$1;
export { Clock, pool };`;
  expect(reportOf(index)).toBe(`export { Clock } from '@fb/runtime';

export { Hex } from '@fb/types';

export { isHex } from '@fb/types';

export const pool: Inner;

// Named above, but not exported.

type Deep = "deep";

interface Inner {
    readonly a: Deep;
}`);
});

it("changes with a field, and not with a comment or the name of a chunk", () => {
  const of = (field: string, comment: string) => reportOf(`/** ${comment} */\nexport interface A { ${field}: number }`);
  expect(of("size", "One.")).toBe(of("size", "Two."));
  expect(of("size", "One.")).not.toBe(of("length", "One."));
});
