import type { Clock, Logger } from "@fb/runtime";
import { isCode } from "@fb/types";
import type { ThreadTurns } from "../admission/thread-turns.ts";
import type { AnswerRoom } from "../answers/answer-room.ts";
import { Handover } from "../answers/handover.ts";
import { type JsonText, jsonText, TextBuilder } from "../answers/json-text.ts";
import { busy, gone, groupNotFound, RPC_CODES, RpcError, type RpcErrorBody, TooLarge } from "../errors.ts";
import { wayInPieces } from "../methods/in-pieces.ts";
import type { RpcContext, RpcMethod } from "../methods/method.ts";
import type { RpcMetrics } from "../metrics.ts";
import type { RpcLimits } from "../options.ts";
import { isObject } from "../schema/params.ts";
import { idText, isId, parseBody } from "./request-id.ts";

/** Where a body came in; `unknown-group` answers every request alike, whatever it asks. */
export type Endpoint = RpcContext | "unknown-group";

/** The text of an answer: whole when it is short. */
export type AnswerText = string | JsonText;

export interface Dispatcher {
  /**
   * The answer to one body, single or batch; null when it holds only notifications. Never rejects. What is held for the
   * answer is in `room`, which the caller releases when it has been written.
   */
  handle(body: Uint8Array, endpoint: Endpoint, room: AnswerRoom): Promise<AnswerText | null>;
}

export interface DispatcherDeps {
  readonly table: ReadonlyMap<string, RpcMethod>;
  readonly limits: RpcLimits;
  readonly log: Logger;
  readonly metrics: RpcMetrics;
  readonly clock: Clock;
  readonly turns: ThreadTurns;
}

interface Request {
  readonly id: string;
  /** Undefined id: the client wants no answer. */
  readonly isNotification: boolean;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Weight of the items of one batch that run at once: 8 blocks, or 128 values. */
const BATCH_WEIGHT = 128;

export function createDispatcher({ table, limits, log, metrics, clock, turns }: DispatcherDeps): Dispatcher {
  const decoder = new TextDecoder("utf-8", { fatal: true });

  const run = async (request: Request, endpoint: Endpoint, room: AnswerRoom): Promise<unknown> => {
    if (endpoint === "unknown-group") throw groupNotFound();
    const method = table.get(request.method);
    if (method === undefined) {
      throw new RpcError(RPC_CODES.methodNotFound, `method ${shorten(request.method)} does not exist`);
    }
    return method.run(request.params, endpoint, room);
  };

  /** The result as text that is kept in the room; what it was made of is held no longer. */
  const resultText = async (given: unknown, room: AnswerRoom): Promise<AnswerText> => {
    const handover = given instanceof Handover ? given : null;
    let isKept = false;
    try {
      const options = { client: room.client, turns, maxLength: room.left };
      const made = jsonText(handover === null ? given : handover.value, options);
      const text = typeof made === "string" ? made : await made;
      isKept = room.keep(text.length);
      if (!isKept) throw new TooLarge();
      return text;
    } finally {
      handover?.done(isKept);
    }
  };

  /** What a call reverted with may be as long as a result. */
  const errorText = (error: unknown, method: string, room: AnswerRoom): string => {
    if (error instanceof TooLarge) room.overflow();
    const text = errorMember(error instanceof TooLarge ? tooLarge(limits, method) : errorBody(error, method, log));
    if (room.keep(text.length)) return text;
    const short = errorMember(tooLarge(limits, method));
    room.hold(short.length);
    return short;
  };

  const answer = async (item: unknown, endpoint: Endpoint, room: AnswerRoom): Promise<AnswerText | null> => {
    const request = readRequest(item);
    if (request instanceof RpcError) return failure("null", request.body);
    const label = table.has(request.method) ? request.method : "unknown";
    const startedAt = clock.monotonic();
    const head = `{"jsonrpc":"2.0","id":${request.id},`;
    let text: AnswerText;
    let outcome = "ok";
    try {
      const result = await resultText(await run(request, endpoint, room), room);
      text = typeof result === "string" ? `${head}"result":${result}}` : enclose(`${head}"result":`, result, "}");
    } catch (error) {
      outcome = "error";
      text = `${head}${errorText(error, request.method, room)}}`;
    }
    metrics.requests.inc({ method: label, outcome });
    metrics.seconds.observe((clock.monotonic() - startedAt) / 1000, { method: label });
    return request.isNotification ? null : text;
  };

  const weightOf = (item: unknown): number => {
    const name = isObject(item) ? item["method"] : undefined;
    return (typeof name === "string" ? table.get(name)?.weight : undefined) ?? 0;
  };

  /** A few at a time, in order, until the answer is full. */
  const answerItems = async (items: readonly unknown[], endpoint: Endpoint, room: AnswerRoom) => {
    const texts: (AnswerText | null)[] = new Array(items.length).fill(null);
    const running = new Set<Promise<void>>();
    let weight = 0;
    let isFull = false;
    for (const [i, item] of items.entries()) {
      const own = weightOf(item);
      while (weight > 0 && weight + own > BATCH_WEIGHT && !isFull) await Promise.race(running);
      const turn = turns.forItem(room.client.party);
      if (turn !== null) await turn;
      if (room.client.hasLeft) break;
      if (isFull) {
        texts[i] = notAnswered(item, limits, room);
        continue;
      }
      weight += own;
      const one = answer(item, endpoint, room).then((text) => {
        texts[i] = text;
        weight -= own;
        isFull ||= room.isFull;
        running.delete(one);
      });
      running.add(one);
    }
    await Promise.all(running);
    return texts.filter((text) => text !== null);
  };

  const answerBatch = async (items: readonly unknown[], endpoint: Endpoint, room: AnswerRoom) => {
    if (items.length === 0) return failure("null", invalidRequest("an empty batch").body);
    if (items.length > limits.maxBatch) return refuseBatch(items, limits);
    const texts = await answerItems(items, endpoint, room);
    return texts.length === 0 ? null : joinBatch(texts);
  };

  return {
    async handle(body, endpoint, room) {
      const turn = turns.forBody(room.client.party, body.length);
      if (turn !== null) await turn;
      if (room.client.hasLeft) return null;
      let value: unknown;
      try {
        value = parseBody(decoder.decode(body));
      } catch {
        return failure("null", { code: RPC_CODES.parse, message: "the body is not JSON" });
      }
      return Array.isArray(value) ? answerBatch(value, endpoint, room) : answer(value, endpoint, room);
    },
  };
}

function enclose(before: string, text: JsonText, after: string): JsonText {
  return { parts: [before, ...text.parts, after], length: before.length + text.length + after.length };
}

function joinBatch(texts: readonly AnswerText[]): AnswerText {
  const out = new TextBuilder();
  let separator = "[";
  for (const text of texts) {
    out.append(separator);
    for (const part of typeof text === "string" ? [text] : text.parts) out.append(part);
    separator = ",";
  }
  out.append("]");
  return out.parts.length === 1 ? out.parts[0]! : out;
}

/** The error of an item that was not executed, because those before it have filled the answer. */
function notAnswered(item: unknown, { maxResponseBytes }: RpcLimits, room: AnswerRoom): string | null {
  const request = readRequest(item);
  if (!(request instanceof RpcError) && request.isNotification) return null;
  const message = `not executed: the answers before it fill the ${maxResponseBytes} bytes of one batch; ask for the rest separately`;
  const error = { code: RPC_CODES.limit, message, data: { code: "RESPONSE_TOO_LARGE" } };
  const text = request instanceof RpcError ? failure("null", request.body) : failure(request.id, error);
  room.hold(text.length);
  return text;
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
  if (isCode(error, "PORT_CANCELLED")) return gone().body;
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

function tooLarge(limits: RpcLimits, method: string): RpcErrorBody {
  const message = `the answer exceeds ${limits.maxResponseBytes} bytes: ${wayInPieces(method)}`;
  return { code: RPC_CODES.limit, message, data: { code: "RESPONSE_TOO_LARGE" } };
}

function shorten(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}...` : name;
}
