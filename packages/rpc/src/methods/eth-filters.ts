import type { Quantity } from "@fb/api";
import type { LogCriteria } from "@fb/types";
import { RPC_CODES, RpcError } from "../errors.ts";
import { quantity } from "../format/hex.ts";
import { wholeAnswer } from "../reads/log-search.ts";
import { logFilter, logSelection } from "../schema/logs.ts";
import { INVALID, type Param, readQuantity } from "../schema/params.ts";
import type { SubscriptionType } from "../subscriptions/subscriptions.ts";
import { DIRECT, ethMethod, type GroupScope, HEAVY, type MethodPart } from "./method.ts";

/** Clients may read an id as a number, so it is a quantity. */
function id(name: string, expects: string): Param<string> {
  const read = (value: unknown) => {
    const number = readQuantity(value);
    return number === INVALID ? INVALID : quantity(number);
  };
  return { name, expects, read };
}

const filterId = id("filterId", "a filter id as eth_new*Filter returned it");
const subscriptionId = id("subscriptionId", "the id eth_subscribe returned");

const TYPES: readonly SubscriptionType[] = ["newHeads", "logs", "newPendingTransactions"];
const subscriptionType: Param<SubscriptionType> = {
  name: "subscription",
  expects: `one of ${TYPES.join(", ")}`,
  read: (value) => TYPES.find((one) => one === value) ?? INVALID,
};

/** Log search, polled filters and, over WebSocket, subscriptions. */
export const ethFilterMethods = {
  eth_getLogs: ethMethod([logFilter], (scope, filter) => wholeAnswer(scope, filter), HEAVY),
  eth_newFilter: ethMethod([logFilter], (scope, filter) => scope.services.filters.addLogs(scope, filter)),
  eth_newBlockFilter: ethMethod([], (scope) => scope.services.filters.addBlocks(scope)),
  eth_newPendingTransactionFilter: ethMethod([], (scope) => scope.services.filters.addPending(scope), DIRECT),
  eth_getFilterChanges: ethMethod([filterId], (scope, id) => scope.services.filters.changes(scope, id), HEAVY),
  eth_getFilterLogs: ethMethod([filterId], (scope, id) => scope.services.filters.allLogs(scope, id), HEAVY),
  eth_uninstallFilter: ethMethod([filterId], ({ handle, services }, id) => services.filters.remove(handle, id), DIRECT),
  eth_subscribe: ethMethod([subscriptionType, logSelection], subscribe, DIRECT),
  eth_unsubscribe: ethMethod(
    [subscriptionId],
    (scope, id) => scope.services.subscriptions.remove(socketOf(scope), id),
    DIRECT,
  ),
} satisfies MethodPart;

function subscribe(scope: GroupScope, type: SubscriptionType, criteria: LogCriteria): Quantity {
  return scope.services.subscriptions.add(scope.handle, socketOf(scope), type, type === "logs" ? criteria : null);
}

function socketOf({ client }: GroupScope) {
  if (client.socket !== null) return client.socket;
  throw new RpcError(
    RPC_CODES.methodNotFound,
    "subscriptions need a WebSocket connection; over HTTP use eth_newFilter",
  );
}
