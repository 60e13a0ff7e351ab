import { noMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock, createSeededRng } from "@fb/runtime/testing";
import type { NodeId } from "@fb/types";
import { streamPair } from "@libp2p/utils";
import { expect, it, vi } from "vitest";
import { p2pMetrics } from "../metrics.ts";
import { createPeerBudgets } from "../peers/peer-budgets.ts";
import type { PeerConnection } from "../peers/peer-connection.ts";
import { createGroupDoor } from "./group-channel.ts";
import { createSendScheduler } from "./send-scheduler.ts";

const SELF = "0a".repeat(64) as NodeId;
const PEER = "0b".repeat(64) as NodeId;

/** A connection whose peer accepts every stream. */
function willingConnection(): PeerConnection {
  return {
    nodeId: PEER,
    scheduler: createSendScheduler(),
    wake() {},
    openStream: async () => (await streamPair({ delay: 0 }))[0],
  } as unknown as PeerConnection;
}

it("a member that comes and goes for ever writes few lines", async () => {
  const clock = createFakeClock();
  const log = createCapturingLogger();
  const door = createGroupDoor(1, [SELF, PEER], {
    clock,
    rng: createSeededRng(1),
    log,
    register: noMetrics,
    metrics: p2pMetrics(noMetrics),
    self: SELF,
    maxPayloadBytes: 1 << 20,
    budgets: createPeerBudgets(clock, () => true).group(),
    connectionTo: () => undefined,
    onMembers() {},
    onClose() {},
  });
  for (let i = 0; i < 15; i++) {
    const connection = willingConnection();
    door.attach(connection);
    await vi.waitFor(() => expect(door.isLinked(PEER)).toBe(true));
    door.detach(connection);
    expect(door.isLinked(PEER)).toBe(false);
  }
  expect(log.lines.map(({ event }) => event)).toEqual(
    Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? "channel-peer-up" : "channel-peer-down")),
  );
  await door.channel.close();
  expect(log.lines.at(-1)).toMatchObject({
    event: "lines-withheld",
    fields: { group: 1, lines: 20, of: "channel-peer-down channel-peer-up", mostOf: PEER },
  });
});
