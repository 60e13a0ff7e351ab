import type { Clock } from "@fb/runtime";
import type { CryptoSuite } from "@fb/types";
import type { Client } from "./client.ts";
import { groupNotFound, RpcError } from "./errors.ts";
import type { FilterStore } from "./filters.ts";
import type { RpcLimits } from "./options.ts";
import type { GroupDirectory, GroupHandle } from "./ports.ts";
import { type ArgsOf, INVALID, type Param, readParams } from "./schema.ts";
import type { SubmitWaits } from "./submit-wait.ts";
import type { Submitter } from "./submitter.ts";
import type { SubscriptionHub } from "./subscriptions.ts";
import type { WorkBudget } from "./work-budget.ts";

/** What all methods share. */
export interface RpcServices {
  readonly suite: CryptoSuite;
  readonly directory: GroupDirectory;
  readonly limits: RpcLimits;
  readonly clock: Clock;
  readonly clientVersion: string;
  readonly budget: WorkBudget;
  readonly submitter: Submitter;
  readonly submitWaits: SubmitWaits;
  readonly filters: FilterStore;
  readonly subscriptions: SubscriptionHub;
}

/** Where a request came in. */
export interface RpcContext {
  readonly services: RpcServices;
  /** The group of the endpoint; undefined at `/` of a node without groups. */
  readonly group: GroupHandle | undefined;
  readonly client: Client;
}

/** A method running on one group. */
export interface GroupScope extends GroupHandle {
  readonly handle: GroupHandle;
  readonly services: RpcServices;
  readonly client: Client;
}

export interface RpcMethod {
  /** Plain data, or a handover of it. */
  run(given: readonly unknown[], context: RpcContext): Promise<unknown>;
}

export type MethodTable = Readonly<Record<string, RpcMethod>>;

/** Work units of methods that execute code or scan blocks. */
export const HEAVY = 50;

/** A method of the endpoint's group. */
export function ethMethod<const P extends readonly Param<unknown>[]>(
  params: P,
  handle: (scope: GroupScope, ...args: ArgsOf<P>) => unknown,
  cost = 1,
): RpcMethod {
  return {
    async run(given, context) {
      if (context.group === undefined) throw groupNotFound();
      const args = readParams(params, given);
      return runOn(context.group, context, cost, (scope) => handle(scope, ...args));
    },
  };
}

const groupParam: Param<number> = {
  name: "groupId",
  expects: "a group id as number or decimal text",
  read: (value) => {
    const id = typeof value === "string" && /^[0-9]{1,5}$/.test(value) ? Number(value) : value;
    return typeof id === "number" && Number.isSafeInteger(id) ? id : INVALID;
  },
};

/** A method whose first parameter names the group. */
export function groupMethod<const P extends readonly Param<unknown>[]>(
  params: P,
  handle: (scope: GroupScope, ...args: ArgsOf<P>) => unknown,
  cost = 1,
): RpcMethod {
  return {
    async run(given, context) {
      const [groupId] = readParams([groupParam] as const, given.slice(0, 1));
      const group = context.services.directory.get(groupId);
      if (group === undefined) throw groupNotFound();
      const [, ...args] = readParams([groupParam, ...params], given);
      return runOn(group, context, cost, (scope) => handle(scope, ...(args as ArgsOf<P>)));
    },
  };
}

/** A method of the node as a whole. */
export function nodeMethod<const P extends readonly Param<unknown>[]>(
  params: P,
  handle: (context: RpcContext, ...args: ArgsOf<P>) => unknown,
): RpcMethod {
  return {
    async run(given, context) {
      return handle(context, ...readParams(params, given));
    },
  };
}

async function runOn(
  group: GroupHandle,
  { services, client }: RpcContext,
  cost: number,
  work: (scope: GroupScope) => unknown,
): Promise<unknown> {
  const scope: GroupScope = { info: group.info, query: group.query, handle: group, services, client };
  try {
    return await services.budget.run(group.info.groupId, cost, () => work(scope));
  } catch (error) {
    // A group that stopped meanwhile is answered like one that never was.
    if (!(error instanceof RpcError) && services.directory.get(group.info.groupId) !== group) throw groupNotFound();
    throw error;
  }
}
