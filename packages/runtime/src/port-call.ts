import { MessagePort } from "node:worker_threads";
import { type ErrorFields, FbError } from "@fb/types";
import type { PortErrorCode } from "./errors.ts";
import type { PortClientOptions } from "./options.ts";
import type { Port } from "./ports.ts";

/**
 * Methods that may cross a thread: asynchronous, with structured-cloneable arguments and results. An `AbortSignal` may
 * be the last argument: the method gets a signal of its own thread, aborted when the caller's is or the port closes. A
 * port among the arguments moves to the other thread, unless the call is refused on this side.
 */
// biome-ignore lint/suspicious/noExplicitAny: any function of this shape fits; callers stay typed through Api.
export type AsyncMethods<Api> = { [K in keyof Api]: (...args: any[]) => Promise<unknown> };

type CallFrame = readonly [id: number, method: string, args: readonly unknown[], cancellable: boolean];
/** The caller no longer waits for an answer. */
type CancelFrame = readonly [id: number];
type ReplyFrame = readonly [id: number, ok: boolean, value: unknown];
interface WireError {
  readonly code: string;
  readonly message: string;
  readonly fields: ErrorFields;
}
interface Batch {
  /** In the order they were made: a call comes before its cancellation. */
  readonly calls?: readonly (CallFrame | CancelFrame)[];
  readonly replies?: readonly ReplyFrame[];
  readonly events?: readonly unknown[];
}

/** Collects items and hands them over together once per turn of the event loop: one thread hop for many calls. */
function perTurn<T>(flush: (items: T[]) => void): (item: T) => void {
  let items: T[] = [];
  return (item) => {
    items.push(item);
    if (items.length > 1) return;
    setImmediate(() => {
      const batch = items;
      items = [];
      flush(batch);
    });
  };
}

export interface PortServer<Event> {
  /** Pushes an event to the caller's side. */
  emit(event: Event): void;
  close(): void;
}

/** Answers calls that arrive on `port` with the methods of `api`. Unknown names are refused. */
export function servePort<Api extends AsyncMethods<Api>, Event = never>(port: Port, api: Api): PortServer<Event> {
  const reply = perTurn<ReplyFrame>((replies) => port.postMessage({ replies } satisfies Batch));
  const emit = perTurn<unknown>((events) => port.postMessage({ events } satisfies Batch));
  const cancellable = new Map<number, AbortController>();
  const run = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    const fn =
      !(method in Object.prototype) && method in api
        ? (api as Record<string, (...a: readonly unknown[]) => Promise<unknown>>)[method]
        : undefined;
    if (typeof fn !== "function") throw new FbError<PortErrorCode>("PORT_CALL_FAILED", `no method ${method}`);
    return fn.apply(api, [...args]);
  };
  const answer = async (id: number, method: string, args: readonly unknown[]) => {
    try {
      reply([id, true, await run(method, args)]);
    } catch (error) {
      reply([id, false, toWireError(error)]);
    }
  };
  const answerUnlessCancelled = async (id: number, method: string, args: readonly unknown[]) => {
    const controller = new AbortController();
    cancellable.set(id, controller);
    const outcome = await run(method, [...args, controller.signal]).then(
      (value): ReplyFrame => [id, true, value],
      (error): ReplyFrame => [id, false, toWireError(error)],
    );
    if (cancellable.delete(id)) reply(outcome);
  };
  const cancel = (id: number) => {
    const controller = cancellable.get(id);
    cancellable.delete(id);
    controller?.abort();
  };
  port.on("message", (message) => {
    for (const frame of (message as Batch).calls ?? []) {
      if (frame.length === 1) cancel(frame[0]);
      else if (frame[3]) void answerUnlessCancelled(frame[0], frame[1], frame[2]);
      else void answer(frame[0], frame[1], frame[2]);
    }
  });
  port.on("close", () => {
    for (const id of [...cancellable.keys()]) cancel(id);
  });
  return { emit, close: () => port.close() };
}

export interface PortClient<Api> {
  readonly api: Api;
  close(): void;
}

interface WaitingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | null;
}

/**
 * Calls the methods served at the other end of `port`. Errors keep their code and fields. A call whose signal is aborted
 * rejects at once with PORT_CANCELLED and no longer counts as in flight; the other side is told.
 */
export function callPort<Api extends AsyncMethods<Api>, Event = never>(
  port: Port,
  options: PortClientOptions<Event>,
): PortClient<Api> {
  const waiting = new Map<number, WaitingCall>();
  let nextId = 0;
  let closed = false;
  const send = perTurn<CallFrame | CancelFrame>((calls) =>
    port.postMessage({ calls } satisfies Batch, calls.flatMap(portsIn)),
  );
  const watched = new WatchedSignals((id) => {
    const call = waiting.get(id);
    waiting.delete(id);
    call?.reject(cancelled());
    send([id]);
  });

  port.on("message", (message) => {
    const batch = message as Batch;
    for (const [id, ok, value] of batch.replies ?? []) {
      const call = waiting.get(id);
      if (call === undefined) continue;
      waiting.delete(id);
      if (call.signal !== null) watched.drop(call.signal, id);
      if (ok) call.resolve(value);
      else call.reject(fromWireError(value as WireError));
    }
    for (const event of batch.events ?? []) options.onEvent?.(event as Event);
  });
  port.on("close", () => {
    closed = true;
    const error = new FbError<PortErrorCode>("PORT_CLOSED", "the other thread has ended");
    for (const [id, { signal, reject }] of waiting) {
      if (signal !== null) watched.drop(signal, id);
      reject(error);
    }
    waiting.clear();
    options.onClose?.();
  });

  const call = (method: string, all: readonly unknown[]): Promise<unknown> => {
    const last = all.at(-1);
    const signal = last instanceof AbortSignal ? last : null;
    const args = signal === null ? all : all.slice(0, -1);
    if (signal?.aborted) return Promise.reject(cancelled());
    if (closed) return Promise.reject(new FbError<PortErrorCode>("PORT_CLOSED", "the other thread has ended"));
    if (waiting.size >= options.maxInFlight) {
      return Promise.reject(new FbError<PortErrorCode>("PORT_BUSY", "too many calls in flight, retry later"));
    }
    return new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject, signal });
      if (signal !== null) watched.add(signal, id);
      send([id, method, args, signal !== null]);
    });
  };
  const api = new Proxy({} as object, {
    // A promise-like `then` would make `await client.api` hang.
    get: (_target, name) =>
      typeof name === "string" && name !== "then" ? (...args: unknown[]) => call(name, args) : undefined,
  });
  return { api: api as Api, close: () => port.close() };
}

function portsIn(frame: CallFrame | CancelFrame): MessagePort[] {
  return frame.length === 1 ? [] : frame[2].filter((argument) => argument instanceof MessagePort);
}

/** Which calls end with which signal. One listener per signal, however many calls share it; none when it has no call. */
class WatchedSignals {
  readonly #onAborted: (id: number) => void;
  readonly #calls = new Map<AbortSignal, Set<number>>();

  constructor(onAborted: (id: number) => void) {
    this.#onAborted = onAborted;
  }

  add(signal: AbortSignal, id: number): void {
    const calls = this.#calls.get(signal);
    if (calls !== undefined) {
      calls.add(id);
      return;
    }
    this.#calls.set(signal, new Set([id]));
    signal.addEventListener("abort", this.#onAbort);
  }

  drop(signal: AbortSignal, id: number): void {
    const calls = this.#calls.get(signal);
    if (calls?.delete(id) && calls.size === 0) this.#forget(signal);
  }

  readonly #onAbort = (event: Event): void => {
    const signal = event.target as AbortSignal;
    const calls = this.#calls.get(signal) ?? [];
    this.#forget(signal);
    for (const id of calls) this.#onAborted(id);
  };

  #forget(signal: AbortSignal): void {
    this.#calls.delete(signal);
    signal.removeEventListener("abort", this.#onAbort);
  }
}

function cancelled(): FbError {
  return new FbError<PortErrorCode>("PORT_CANCELLED", "the caller no longer waits");
}

function toWireError(error: unknown): WireError {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const fields = "fields" in error && typeof error.fields === "object" ? (error.fields as ErrorFields) : {};
    return { code: error.code, message: error.message, fields };
  }
  return { code: "PORT_CALL_FAILED", message: error instanceof Error ? error.message : String(error), fields: {} };
}

function fromWireError(error: WireError): FbError {
  return new FbError(error.code, error.message, error.fields);
}
