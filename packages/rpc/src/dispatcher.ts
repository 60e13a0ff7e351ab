import type { Clock, Logger } from "@fb/runtime";
import { isCode } from "@fb/types";
import { busy, groupNotFound, RPC_CODES, RpcError, type RpcErrorBody } from "./errors.ts";
import { Handover } from "./handover.ts";
import type { RpcContext, RpcMethod } from "./method.ts";
import { wayInPieces } from "./methods/in-pieces.ts";
import type { RpcMetrics } from "./metrics.ts";
import type { RpcLimits } from "./options.ts";
import { idText, isId, parseBody } from "./request-id.ts";
import { isObject } from "./schema.ts";

/** Where a body came in; `unknown-group` answers every request alike, whatever it asks. */
export type Endpoint = RpcContext | "unknown-group";

export interface Dispatcher {
  /** The answer to one body, single or batch; null when it holds only notifications. Never rejects. */
  handle(body: Uint8Array, endpoint: Endpoint): Promise<string | null>;
}

export interface DispatcherDeps {
  readonly table: ReadonlyMap<string, RpcMethod>;
  readonly limits: RpcLimits;
  readonly log: Logger;
  readonly metrics: RpcMetrics;
  readonly clock: Clock;
}

interface Request {
  readonly id: string;
  /** Undefined id: the client wants no answer. */
  readonly isNotification: boolean;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Bytes of results and errors an answer may still hold; shared by the items of a batch. */
interface Allowance {
  left: number;
}

export function createDispatcher({ table, limits, log, metrics, clock }: DispatcherDeps): Dispatcher {
  const decoder = new TextDecoder("utf-8", { fatal: true });

  const run = async (request: Request, endpoint: Endpoint): Promise<unknown> => {
    if (endpoint === "unknown-group") throw groupNotFound();
    const method = table.get(request.method);
    if (method === undefined) {
      throw new RpcError(RPC_CODES.methodNotFound, `method ${shorten(request.method)} does not exist`);
    }
    return method.run(request.params, endpoint);
  };

  const answer = async (item: unknown, endpoint: Endpoint, allowance: Allowance): Promise<string | null> => {
    const request = readRequest(item);
    if (request instanceof RpcError) return failure("null", request.body);
    const label = table.has(request.method) ? request.method : "unknown";
    const startedAt = clock.monotonic();
    let given: unknown;
    let body: string;
    let outcome = "ok";
    try {
      given = await run(request, endpoint);
      body = `"result":${JSON.stringify((given instanceof Handover ? given.value : given) ?? null)}`;
    } catch (error) {
      outcome = "error";
      // What a call reverted with may be as long as a result.
      body = errorMember(errorBody(error, request.method, log));
    }
    if (body.length > allowance.left) {
      if (given instanceof Handover) given.takeBack();
      outcome = "error";
      body = errorMember(tooLarge(limits, request.method).body);
    } else allowance.left -= body.length;
    metrics.requests.inc({ method: label, outcome });
    metrics.seconds.observe((clock.monotonic() - startedAt) / 1000, { method: label });
    return request.isNotification ? null : `{"jsonrpc":"2.0","id":${request.id},${body}}`;
  };

  const answerBatch = async (items: readonly unknown[], endpoint: Endpoint): Promise<string | null> => {
    if (items.length === 0) return failure("null", invalidRequest("an empty batch").body);
    if (items.length > limits.maxBatch) return refuseBatch(items, limits);
    const allowance = { left: limits.maxResponseBytes };
    const answers = await Promise.all(items.map((item) => answer(item, endpoint, allowance)));
    const texts = answers.filter((text) => text !== null);
    return texts.length === 0 ? null : `[${texts.join(",")}]`;
  };

  return {
    async handle(body, endpoint) {
      let value: unknown;
      try {
        value = parseBody(decoder.decode(body));
      } catch {
        return failure("null", { code: RPC_CODES.parse, message: "the body is not JSON" });
      }
      return Array.isArray(value)
        ? answerBatch(value, endpoint)
        : answer(value, endpoint, { left: limits.maxResponseBytes });
    },
  };
}

function readRequest(value: unknown): Request | RpcError {
  if (!isObject(value)) return invalidRequest("not an object");
  const { id, method, params } = value;
  if (value["jsonrpc"] !== "2.0") return invalidRequest('"jsonrpc" must be "2.0"');
  if (typeof method !== "string") return invalidRequest('"method" must be a string');
  if (!isId(id)) return invalidRequest('"id" must be a string, a number or null');
  if (params !== undefined && params !== null && !Array.isArray(params)) {
    return invalidRequest('"params" must be a list: parameters are by position');
  }
  return { id: idText(id), isNotification: id === undefined, method, params: params ?? [] };
}

/**
 * Every request of a batch that is too long gets the error under its id, so that each client finds its own; one error
 * without an id stands for all when even these are too many for one answer.
 */
function refuseBatch(items: readonly unknown[], { maxBatch, maxResponseBytes }: RpcLimits): string {
  const { body } = invalidRequest(`a batch of ${items.length}, at most ${maxBatch}: send it in pieces`);
  const room = failure("", body).length + 1;
  const ids: string[] = [];
  let bytes = 0;
  for (const item of items) {
    if (!isObject(item) || item["id"] === undefined || !isId(item["id"])) continue;
    const id = idText(item["id"]);
    bytes += id.length + room;
    if (bytes > maxResponseBytes) return `[${failure("null", body)}]`;
    ids.push(id);
  }
  return `[${(ids.length === 0 ? ["null"] : ids).map((id) => failure(id, body)).join(",")}]`;
}

/** What the client is told. Faults of the node are logged and not described. */
function errorBody(error: unknown, method: string, log: Logger): RpcErrorBody {
  if (error instanceof RpcError) return error.body;
  if (isCode(error, "PORT_BUSY")) return busy().body;
  if (isCode(error, "PORT_CLOSED")) {
    const message = "the group has halted on this node: ask another node of the group";
    return { code: RPC_CODES.refused, message, data: { code: "HALTED" } };
  }
  log.error("rpc-request-failed", { method, error });
  return { code: RPC_CODES.internal, message: "internal error" };
}

export function failure(id: string, error: RpcErrorBody): string {
  return `{"jsonrpc":"2.0","id":${id},${errorMember(error)}}`;
}

function errorMember(error: RpcErrorBody): string {
  return `"error":${JSON.stringify(error)}`;
}

function invalidRequest(why: string): RpcError {
  return new RpcError(RPC_CODES.invalidRequest, `invalid request: ${why}`);
}

function tooLarge(limits: RpcLimits, method: string): RpcError {
  return new RpcError(RPC_CODES.limit, `the answer exceeds ${limits.maxResponseBytes} bytes: ${wayInPieces(method)}`, {
    code: "RESPONSE_TOO_LARGE",
  });
}

function shorten(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}...` : name;
}
