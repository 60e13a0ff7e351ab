import type { FbGroup, GroupHandle, GroupStatus, ReadinessReason } from "@fb/api";
import type { Clock } from "@fb/runtime";
import { data } from "../format/hex.ts";
import { type MethodPart, nodeMethod } from "./method.ts";

/** A group that answers later than this is shown as one that does not. */
const ANSWER_TIMEOUT_MS = 1000;
const UNRESPONSIVE: ReadinessReason = {
  code: "UNRESPONSIVE",
  message: `the group did not answer within ${ANSWER_TIMEOUT_MS} ms`,
};

/** One look at all groups of this node, for launchers and dashboards. A group that hangs does not hide the others. */
export const nodeGroupMethods = {
  fb_groups: nodeMethod([], ({ services: { clock, directory } }) =>
    Promise.all(directory.list().map(async (group) => row(group, await answered(clock, group.query.status())))),
  ),
} satisfies MethodPart;

function row({ info }: GroupHandle, status: GroupStatus | null): FbGroup {
  const notReady = status?.notReady ?? [UNRESPONSIVE];
  return {
    id: info.groupId,
    consensus: info.consensus,
    state: info.state,
    role: status?.engine.role ?? null,
    round: status?.engine.round ?? null,
    height: status?.head.header.number ?? null,
    hash: status === null ? null : data(status.head.hash),
    haltedBy: status?.engine.haltedBy ?? null,
    ready: notReady.length === 0,
    notReady,
  };
}

/** Null when there is no answer in time, or none at all. */
function answered<T>(clock: Clock, answer: Promise<T>): Promise<T | null> {
  return new Promise((resolve) => {
    const stop = clock.after(ANSWER_TIMEOUT_MS, () => resolve(null));
    answer.then(resolve, () => resolve(null)).finally(stop);
  });
}
