import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuiltNode, buildChain, parseGroupShape } from "@fb/build-chain";
import { onTestFinished } from "vitest";

/** Listens on a free loopback port until the test ends. */
export async function occupiedPort(): Promise<number> {
  const { server, port } = await listen();
  onTestFinished(() => void server.close());
  return port;
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { server, port } = await listen();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ server, port: typeof address === "object" && address !== null ? address.port : 0 });
    });
  });
}

/** The folder of a node that is a chain of its own, on free ports; it goes when the test ends. */
export class NodeFolder {
  readonly node: BuiltNode;

  constructor(node: BuiltNode) {
    this.node = node;
  }

  static async make(...groups: readonly string[]): Promise<NodeFolder> {
    const output = mkdtempSync(join(tmpdir(), "fb-node-"));
    onTestFinished(() => rmSync(output, { recursive: true, force: true }));
    const shapes = (groups.length === 0 ? ["1"] : groups).map(parseGroupShape);
    const memberships = shapes.map(({ id }) => ({ group: id, role: "sealer" as const }));
    const [node] = await buildChain({
      output,
      chainId: 1,
      topology: [{ host: "127.0.0.1", count: 1, agency: "agency1", memberships, ports: null }],
      groups: shapes,
      ports: { p2p: await freePort(), rpc: await freePort(), operator: await freePort() },
      dev: true,
      binary: "fb-node",
      timestamp: 1_700_000_000_000,
      extend: false,
    });
    const folder = new NodeFolder(node!);
    folder.set("config.ini", "log_path", "-");
    return folder;
  }

  get config(): string {
    return this.path("config.ini");
  }

  path(name: string): string {
    return join(this.node.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** @param mode of a file that is new */
  write(name: string, content: string, mode?: number): void {
    writeFileSync(this.path(name), content, { mode });
  }

  /** Replaces the one line `key=...` of a file. */
  set(name: string, key: string, value: string | number): void {
    const content = this.read(name);
    const line = new RegExp(`^${key.replaceAll(".", "\\.")}=.*$`, "m");
    if (!line.test(content)) throw new TypeError(`${name} has no ${key}`);
    this.write(name, content.replace(line, `${key}=${value}`));
  }

  /** Adds a line at the end of a section. */
  add(name: string, section: string, line: string): void {
    this.write(name, this.read(name).replace(`[${section}]`, `[${section}]\n${line}`));
  }

  /** 1-based line of the file that starts with `start`. */
  lineOf(name: string, start: string): number {
    return (
      this.read(name)
        .split("\n")
        .findIndex((line) => line.startsWith(start)) + 1
    );
  }
}
