import { data } from "../hex.ts";
import { type MethodTable, nodeMethod } from "../method.ts";

/** One look at all groups of this node, for launchers and dashboards. */
export const nodeGroupMethods: MethodTable = {
  fb_groups: nodeMethod([], ({ services }) =>
    Promise.all(
      services.directory.list().map(async ({ info, query }) => {
        const { engine, head, notReady } = await query.status();
        return {
          id: info.groupId,
          consensus: info.consensus,
          state: info.state,
          role: engine.role,
          round: engine.round,
          height: head.header.number,
          hash: data(head.hash),
          haltedBy: engine.haltedBy,
          ready: notReady.length === 0,
          notReady,
        };
      }),
    ),
  ),
};
