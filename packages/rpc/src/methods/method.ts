import type { GroupDirectory, GroupHandle, NodeQuery, RpcAnswer, RpcMethodName } from "@fb/api";
import type { Clock } from "@fb/runtime";
import type { CryptoSuite } from "@fb/types";
import type { Client } from "../admission/client.ts";
import { LIGHT, type Shares } from "../admission/shares.ts";
import type { ThreadTurns } from "../admission/thread-turns.ts";
import type { AnswerRoom } from "../answers/answer-room.ts";
import type { Handover } from "../answers/handover.ts";
import type { Json } from "../answers/json-text.ts";
import { groupNotFound, RpcError } from "../errors.ts";
import type { RpcLimits } from "../options.ts";
import type { ReadScope } from "../reads/read-scope.ts";
import { type ArgsOf, INVALID, type Param, readParams } from "../schema/params.ts";
import type { SubmitWaits } from "../submissions/submit-wait.ts";
import type { Submitter } from "../submissions/submitter.ts";
import type { FilterStore } from "../subscriptions/filters.ts";
import type { SubscriptionHub } from "../subscriptions/subscriptions.ts";

/** What all methods share. */
export interface RpcServices {
  readonly suite: CryptoSuite;
  readonly directory: GroupDirectory;
  readonly node: NodeQuery;
  readonly limits: RpcLimits;
  readonly clock: Clock;
  readonly clientVersion: string;
  readonly shares: Shares;
  readonly turns: ThreadTurns;
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
export interface GroupScope extends ReadScope {
  readonly services: RpcServices;
}

/** What it is about: the group of the endpoint, the group that its first parameter names, or the node. */
export type MethodSubject = "endpoint" | "group" | "node";

export interface RpcMethod<Result = unknown> {
  readonly about: MethodSubject;
  readonly params: readonly Param<unknown>[];
  /** What it counts among the items of a batch that run at once. */
  readonly weight: number;
  run(given: readonly unknown[], context: RpcContext, room: AnswerRoom): Promise<Result>;
}

/** These methods, each with a result that is written as the answer which @fb/api names. */
export type MethodTable<Name extends RpcMethodName> = {
  readonly [N in Name]: RpcMethod<Json<RpcAnswer<N>> | Handover<Json<RpcAnswer<N>>>>;
};

/** Some methods of a face. */
export type MethodPart = Partial<MethodTable<RpcMethodName>>;

type Handle<P extends readonly Param<unknown>[], Result> = (
  scope: GroupScope,
  ...args: ArgsOf<P>
) => Result | Promise<Result>;

/** How a method reaches its group, and what that weighs. */
interface Way {
  readonly weight: number;
  run<Result>(scope: GroupScope, work: () => Result | Promise<Result>): Result | Promise<Result>;
}

/** One small value of the group. */
export const VALUE: Way = {
  weight: 1,
  async run({ services, handle, client }, work) {
    const lease = await services.shares.of(handle).reads.claim(client, LIGHT);
    try {
      return await work();
    } finally {
      lease.release();
    }
  },
};

/** Does not ask the group, or takes its share of it by itself; so do the following. */
export const DIRECT: Way = { weight: 0, run: (_scope, work) => work() };
/** One transaction or receipt. */
export const LOOK_UP: Way = { ...DIRECT, weight: 8 };
/** Blocks, searches and execution. */
export const HEAVY: Way = { ...DIRECT, weight: 16 };

/** A method of the endpoint's group. */
export function ethMethod<const P extends readonly Param<unknown>[], Result>(
  params: P,
  handle: Handle<P, Result>,
  way = VALUE,
): RpcMethod<Result> {
  return {
    about: "endpoint",
    params,
    weight: way.weight,
    async run(given, context, room) {
      if (context.group === undefined) throw groupNotFound();
      const args = readParams(params, given);
      return runOn(context.group, context, room, way, (scope) => handle(scope, ...args));
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
export function groupMethod<const P extends readonly Param<unknown>[], Result>(
  params: P,
  handle: Handle<P, Result>,
  way = VALUE,
): RpcMethod<Result> {
  return {
    about: "group",
    params: [groupParam, ...params],
    weight: way.weight,
    async run(given, context, room) {
      const [groupId] = readParams([groupParam] as const, given.slice(0, 1));
      const group = context.services.directory.get(groupId);
      if (group === undefined) throw groupNotFound();
      const [, ...args] = readParams([groupParam, ...params], given);
      return runOn(group, context, room, way, (scope) => handle(scope, ...(args as ArgsOf<P>)));
    },
  };
}

/** A method of the node as a whole. */
export function nodeMethod<const P extends readonly Param<unknown>[], Result>(
  params: P,
  handle: (context: RpcContext, ...args: ArgsOf<P>) => Result | Promise<Result>,
): RpcMethod<Result> {
  return {
    about: "node",
    params,
    weight: VALUE.weight,
    async run(given, context) {
      return handle(context, ...readParams(params, given));
    },
  };
}

async function runOn<Result>(
  group: GroupHandle,
  { services, client }: RpcContext,
  room: AnswerRoom,
  way: Way,
  work: (scope: GroupScope) => Result | Promise<Result>,
): Promise<Result> {
  const scope: GroupScope = { info: group.info, query: group.query, handle: group, services, client, room };
  try {
    return await way.run(scope, () => work(scope));
  } catch (error) {
    // A group that stopped meanwhile is answered like one that never was.
    if (!(error instanceof RpcError) && services.directory.get(group.info.groupId) !== group) throw groupNotFound();
    throw error;
  }
}
