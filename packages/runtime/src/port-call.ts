import { type ErrorFields, FbError } from "@fb/types";

/**
 * PORT_CLOSED: the other thread ended; the caller answers "unavailable". PORT_BUSY: too many calls in flight; the caller
 * tells its client to retry. PORT_CALL_FAILED: the other side threw something without a code (a bug there).
 */
export type PortErrorCode = "PORT_CLOSED" | "PORT_BUSY" | "PORT_CALL_FAILED";

/**
 * The part of a `MessagePort` this module needs; node and browser ports both have it. A port is a private channel
 * between two threads of one process: nobody else can put an answer on it, so calls may be numbered one by one.
 */
export interface Port {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  close(): void;
}

/** Methods that may cross a thread: asynchronous, with structured-cloneable arguments and results. */
// biome-ignore lint/suspicious/noExplicitAny: any function of this shape fits; callers stay typed through Api.
export type AsyncMethods<Api> = { [K in keyof Api]: (...args: any[]) => Promise<unknown> };

type CallFrame = readonly [id: number, method: string, args: readonly unknown[]];
type ReplyFrame = readonly [id: number, ok: boolean, value: unknown];
interface WireError {
  readonly code: string;
  readonly message: string;
  readonly fields: ErrorFields;
}
interface Batch {
  readonly calls?: readonly CallFrame[];
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
  const answer = async ([id, method, args]: CallFrame) => {
    try {
      const fn =
        !(method in Object.prototype) && method in api
          ? (api as Record<string, (...a: readonly unknown[]) => Promise<unknown>>)[method]
          : undefined;
      if (typeof fn !== "function") throw new FbError<PortErrorCode>("PORT_CALL_FAILED", `no method ${method}`);
      reply([id, true, await fn.apply(api, [...args])]);
    } catch (error) {
      reply([id, false, toWireError(error)]);
    }
  };
  port.on("message", (message) => {
    for (const call of (message as Batch).calls ?? []) void answer(call);
  });
  return { emit, close: () => port.close() };
}

export interface PortClientOptions<Event> {
  /** Calls awaiting an answer at most; one more is refused with PORT_BUSY. */
  readonly maxInFlight: number;
  readonly onEvent?: (event: Event) => void;
  readonly onClose?: () => void;
}

export interface PortClient<Api> {
  readonly api: Api;
  close(): void;
}

/** Calls the methods served at the other end of `port`. Errors keep their code and fields. */
export function callPort<Api extends AsyncMethods<Api>, Event = never>(
  port: Port,
  options: PortClientOptions<Event>,
): PortClient<Api> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let nextId = 0;
  let closed = false;
  const send = perTurn<CallFrame>((calls) => port.postMessage({ calls } satisfies Batch));

  port.on("message", (message) => {
    const batch = message as Batch;
    for (const [id, ok, value] of batch.replies ?? []) {
      const call = waiting.get(id);
      waiting.delete(id);
      if (ok) call?.resolve(value);
      else call?.reject(fromWireError(value as WireError));
    }
    for (const event of batch.events ?? []) options.onEvent?.(event as Event);
  });
  port.on("close", () => {
    closed = true;
    const error = new FbError<PortErrorCode>("PORT_CLOSED", "the other thread has ended");
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
    options.onClose?.();
  });

  const call = (method: string, args: readonly unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new FbError<PortErrorCode>("PORT_CLOSED", "the other thread has ended"));
    if (waiting.size >= options.maxInFlight) {
      return Promise.reject(new FbError<PortErrorCode>("PORT_BUSY", "too many calls in flight, retry later"));
    }
    return new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      send([id, method, args]);
    });
  };
  const api = new Proxy({} as object, {
    // A promise-like `then` would make `await client.api` hang.
    get: (_target, name) =>
      typeof name === "string" && name !== "then" ? (...args: unknown[]) => call(name, args) : undefined,
  });
  return { api: api as Api, close: () => port.close() };
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
