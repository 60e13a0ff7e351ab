import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const folders = ["packages", "apps"].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => join(ROOT, parent, name)),
);
const packages = folders
  .filter((folder) => existsSync(join(folder, "package.json")))
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true);

let scratch: string;
/** Package name to its packed tarball. */
const tarballs: Record<string, string> = {};

const pnpm = (cwd: string, ...args: string[]) =>
  execFileSync("pnpm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "fb-packages-"));
  for (const { folder, manifest } of packages) {
    pnpm(folder, "pack", "--pack-destination", scratch);
    tarballs[manifest.name] =
      `file:${join(scratch, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`)}`;
  }
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The first TypeScript block of a README. */
function exampleOf(folder: string): string | null {
  return /```ts\n([\s\S]*?)```/.exec(readFileSync(join(folder, "README.md"), "utf8"))?.[1] ?? null;
}

/** An empty project that depends on one package, and on what that package itself depends on. */
function emptyProject({ name, dependencies = {} }: Manifest): string {
  const project = join(scratch, name.replace("/", "-"));
  mkdirSync(project);
  const own = Object.fromEntries(Object.entries(dependencies).map(([key, version]) => [key, tarballs[key] ?? version]));
  const manifest = {
    name: "example",
    private: true,
    type: "module",
    dependencies: { ...own, [name]: tarballs[name] },
    pnpm: { overrides: tarballs },
  };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(project, "pnpm-workspace.yaml"), "packages: []\n");
  pnpm(project, "install", "--prefer-offline", "--ignore-scripts", "--ignore-workspace");
  return project;
}

describe.each(packages.map(({ manifest, folder }) => [manifest.name, folder, manifest] as const))(
  "%s",
  (_name, folder, manifest) => {
    it("is packed the way its manifest promises", async () => {
      const { messages, pkg } = await publint({ pkgDir: folder, pack: "pnpm", level: "warning" });
      expect(messages.map((message) => formatMessage(message, pkg as never, { color: false }))).toEqual([]);
    });

    it("has a README that says what it owns", () => {
      const readme = readFileSync(join(folder, "README.md"), "utf8");
      expect(readme).toMatch(/\bowns\b/i);
      expect(readme).toMatch(/does not own/i);
    });

    it("works from its tarball: the README's example, or the program's --help", () => {
      const project = emptyProject(manifest);
      const example = exampleOf(folder);
      if (example !== null) {
        writeFileSync(join(project, "example.ts"), example);
        const printed = execFileSync(process.execPath, ["example.ts"], {
          cwd: project,
          encoding: "utf8",
          timeout: 60_000,
        });
        expect(printed.trim()).not.toBe("");
      } else {
        const program = Object.keys(manifest.bin ?? {})[0];
        expect(program, "a package without an example is a program").toBeDefined();
        expect(
          execFileSync(join(project, "node_modules/.bin", program!), ["--help"], { cwd: project, encoding: "utf8" }),
        ).toContain("--help");
      }
    });
  },
);
