import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GaleraCluster, galeraAvailable, startGalera } from "./index.ts";

describe.skipIf(!galeraAvailable())("a Galera cluster", () => {
  let galera: GaleraCluster | undefined;
  beforeAll(async () => {
    galera = await startGalera(3);
  });
  afterAll(() => galera?.dispose());

  it("has each row on each server, goes on without one, and takes it back", async () => {
    const { servers } = galera!;
    const [first, second, third] = servers;
    await first!.createDatabase("one");
    await first!.sql("CREATE TABLE one.t (v INT PRIMARY KEY); INSERT INTO one.t VALUES (1)");
    const rowsOf = (server: typeof first) => server!.sql("SET wsrep_sync_wait = 15; SELECT v FROM one.t ORDER BY v");
    expect(await rowsOf(third)).toEqual([["1"]]);
    await first!.kill();
    await second!.sql("INSERT INTO one.t VALUES (2)");
    await galera!.restart(first!);
    await galera!.synced();
    expect(await rowsOf(first)).toEqual([["1"], ["2"]]);
  });
});
