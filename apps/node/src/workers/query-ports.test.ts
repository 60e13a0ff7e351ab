import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import type { GroupEvent, GroupQuery } from "@fb/api";
import { callPort } from "@fb/runtime";
import type { GroupId } from "@fb/types";
import { expect, it, onTestFinished } from "vitest";
import { QueryPorts } from "./query-ports.ts";

/** As a real group's: its methods need the object that they belong to. */
class Query {
  readonly watched: boolean[] = [];
  readonly #height = 7;

  async totals() {
    return { blockNumber: this.#height, transactions: 0, failed: 0 };
  }

  async watchPending(on: boolean) {
    this.watched.push(on);
  }
}

function client(ports: QueryPorts) {
  const { port1, port2 } = new MessageChannel();
  ports.open(port1);
  const heard: GroupEvent[] = [];
  const asked = callPort<GroupQuery, GroupEvent>(port2, { maxInFlight: 10, onEvent: (event) => heard.push(event) });
  onTestFinished(() => asked.close());
  return { ...asked, heard, gone: once(port1, "close") };
}

it("a group answers every thread that serves it, and tells of pending transactions while one listens", async () => {
  const query = new Query();
  const ports = new QueryPorts(query as unknown as GroupQuery);
  const [first, second] = [client(ports), client(ports)];
  for (const { api } of [first, second]) {
    expect(await api.totals()).toMatchObject({ blockNumber: 7 });
    await api.watchPending(true);
  }
  await first.api.watchPending(false);
  expect(query.watched).toEqual([true]);

  const event = { type: "stopped", groupId: 1 as GroupId } as const;
  ports.emit(event);
  await Promise.all([first.api.totals(), second.api.totals()]);
  expect([first.heard, second.heard]).toEqual([[event], [event]]);

  // A thread that ended no longer listens.
  second.close();
  await second.gone;
  expect(query.watched).toEqual([true, false]);
});
