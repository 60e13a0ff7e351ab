import { RPC_CODES, RpcError } from "../errors.ts";
import { ethLog } from "../format/receipt.ts";
import { ethMethod, type GroupScope, HEAVY, type MethodTable } from "../method.ts";
import { logLimits } from "../options.ts";
import type { LogFilter } from "../ports.ts";
import { unwrap } from "../query-result.ts";
import { INVALID, type Param, text } from "../schema.ts";
import { logFilter, logSelection } from "../schema-objects.ts";
import type { SubscriptionKind } from "../subscriptions.ts";

const filterId = text("filterId", "a filter id as eth_new*Filter returned it", (id) => /^0x[0-9a-f]{1,64}$/.test(id));
const subscriptionId = text("subscriptionId", "the id eth_subscribe returned", (id) => /^0x[0-9a-f]{1,64}$/.test(id));

const KINDS: readonly SubscriptionKind[] = ["newHeads", "logs", "newPendingTransactions"];
const kind: Param<SubscriptionKind> = {
  name: "subscription",
  expects: `one of ${KINDS.join(", ")}`,
  read: (value) => KINDS.find((one) => one === value) ?? INVALID,
};

/** Log search, polled filters and, over WebSocket, subscriptions. */
export const ethFilterMethods: MethodTable = {
  eth_getLogs: ethMethod(
    [logFilter],
    async ({ query, services }, filter) => unwrap(await query.logs(filter, logLimits(services.limits))).map(ethLog),
    HEAVY,
  ),
  eth_newFilter: ethMethod([logFilter], ({ handle, services }, filter) => services.filters.addLogs(handle, filter)),
  eth_newBlockFilter: ethMethod([], ({ handle, services }) => services.filters.addHashes(handle, "blocks")),
  eth_newPendingTransactionFilter: ethMethod([], ({ handle, services }) =>
    services.filters.addHashes(handle, "pending"),
  ),
  eth_getFilterChanges: ethMethod(
    [filterId],
    ({ handle, services }, id) => services.filters.changes(handle, id),
    HEAVY,
  ),
  eth_getFilterLogs: ethMethod([filterId], ({ handle, services }, id) => services.filters.allLogs(handle, id), HEAVY),
  eth_uninstallFilter: ethMethod([filterId], ({ handle, services }, id) => services.filters.remove(handle, id)),
  eth_subscribe: ethMethod([kind, logSelection], subscribe),
  eth_unsubscribe: ethMethod([subscriptionId], (scope, id) => {
    return scope.services.subscriptions.remove(socketOf(scope), id);
  }),
};

function subscribe(scope: GroupScope, what: SubscriptionKind, filter: LogFilter): string {
  return scope.services.subscriptions.add(scope.handle, socketOf(scope), what, what === "logs" ? filter : null);
}

function socketOf({ client }: GroupScope) {
  if (client.socket !== null) return client.socket;
  throw new RpcError(
    RPC_CODES.methodNotFound,
    "subscriptions need a WebSocket connection; over HTTP use eth_newFilter",
  );
}
