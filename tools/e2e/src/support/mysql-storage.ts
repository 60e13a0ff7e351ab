import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeProcess } from "@fb/local-chain";
import { TEST_PASSWORD, TEST_USER } from "@fb/mariadb";

/** Lets a group of a node keep its rows on these servers, in a database that exists. */
export function useMysql(
  node: NodeProcess,
  group: number,
  servers: readonly { readonly host: string; readonly port: number }[],
  database: string,
): void {
  writeFileSync(join(node.folder, "conf", "mysql.password"), `${TEST_PASSWORD}\n`, { mode: 0o600 });
  setOptions(node, group, "storage", {
    type: "mysql",
    ...Object.fromEntries(servers.map(({ host, port }, i) => [`host.${i}`, `${host}:${port}`])),
    database,
    user: TEST_USER,
    password_file: "mysql.password",
  });
}

/** Sets options of a section of a node's `group.N.ini`. */
export function setOptions(
  node: NodeProcess,
  group: number,
  section: string,
  options: Readonly<Record<string, string | number>>,
): void {
  const file = join(node.folder, "conf", `group.${group}.ini`);
  const lines = readFileSync(file, "utf8").split("\n");
  const kept: string[] = [];
  let current = "";
  for (const line of lines) {
    current = /^\[(.*)\]$/.exec(line)?.[1] ?? current;
    const key = line.split("=")[0]!;
    if (current === section && Object.hasOwn(options, key)) continue;
    kept.push(line);
    if (line === `[${section}]`) kept.push(...Object.entries(options).map(([name, value]) => `${name}=${value}`));
  }
  writeFileSync(file, kept.join("\n"));
}
