import { type Mariadb, TEST_PASSWORD, TEST_USER } from "@fb/mariadb";
import { noMetrics, systemClock, systemRng } from "@fb/runtime";
import { createCapturingLogger } from "@fb/runtime/testing";
import { type MysqlOptions, openMysql } from "@fb/storage-amdb/mysql";
import type { RowOp, StorageBackend } from "@fb/types";

let databases = 0;

/** A new database, and what it takes to open it. */
export async function place(server: Mariadb, ports: readonly number[] = [server.port]): Promise<MysqlOptions> {
  const database = `group_${process.pid}_${databases++}`;
  await server.createDatabase(database);
  return {
    hosts: ports.map((port) => ({ host: server.host, port })),
    user: TEST_USER,
    password: () => TEST_PASSWORD,
    database,
    chainId: 7,
    groupId: 3,
    statementMs: 3_000,
    leaseMs: 1_500,
  };
}

/** Opens it and keeps what an operator is told. */
export async function opened(options: MysqlOptions, signal?: AbortSignal) {
  const log = createCapturingLogger();
  const troubles: (string | null)[] = [];
  const deps = {
    clock: systemClock,
    rng: systemRng,
    log,
    metrics: noMetrics,
    onTrouble: (trouble: { readonly code: string } | null) => troubles.push(trouble?.code ?? null),
    ...(signal === undefined ? {} : { signal }),
  };
  return { backend: await openMysql(options, deps), log, troubles };
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export const TABLE = "_sys_config_";

/** A row that says which block wrote it. */
export function block(height: number): RowOp[] {
  return [{ table: TABLE, key: text(`key ${height}`), row: 1, fields: [text(`block ${height}`)] }];
}

/** Which blocks have left their row, in order of heights. */
export async function blocks(backend: StorageBackend): Promise<string[]> {
  const found: string[] = [];
  for await (const { fields } of backend.scan(TABLE)) found.push(new TextDecoder().decode(fields[0]));
  return found.sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)));
}

export const blocksTo = (height: number): string[] => Array.from({ length: height + 1 }, (_, i) => `block ${i}`);
