import type { IncomingMessage } from "node:http";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { Client } from "./client.ts";
import { type Dispatcher, type Endpoint, failure } from "./dispatcher.ts";
import { busy, RPC_CODES } from "./errors.ts";
import type { RpcMetrics } from "./metrics.ts";
import { addProbes, type Probes } from "./operator-probes.ts";
import type { RpcLimits } from "./options.ts";

export interface HttpDeps {
  readonly dispatcher: Dispatcher;
  readonly limits: RpcLimits;
  readonly metrics: RpcMetrics;
  readonly probes: Probes;
  /** Whether only the operator reaches this server. */
  readonly operator: boolean;
  readonly corsOrigins: readonly string[];
  resolve(url: string, client: Client): Endpoint | null;
}

const JSON_TYPES = ["application/json", "application/json-rpc", "application/jsonrequest"];

/** Whether the receipts of the transactions in the body can be read: `durable` or `accepted`. */
const SUBMIT_HEADER = "x-fb-submit";

const TOO_LARGE = "FST_ERR_CTP_BODY_TOO_LARGE";
/** How many bodies of the longest size are read and thrown away for a client that sends too much. */
const DRAINED_BODIES = 4;

/**
 * Reads and forgets what a client still sends, at most `bytes`: a connection closed on a client that is writing resets
 * it, and the client never sees why.
 */
function readOn(body: IncomingMessage, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    let read = 0;
    const done = () => {
      body.off("data", count).off("end", done).off("close", done).pause();
      resolve();
    };
    const count = (chunk: Uint8Array) => {
      read += chunk.length;
      if (read > bytes) done();
    };
    if (body.readableEnded || body.destroyed) return resolve();
    body.on("data", count).on("end", done).on("close", done);
  });
}

/** Routes of the server, not yet listening. */
export function createHttp(deps: HttpDeps): FastifyInstance {
  const { limits, metrics } = deps;
  const app = Fastify({
    logger: false,
    bodyLimit: limits.maxBodyBytes,
    forceCloseConnections: true,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 1024 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(JSON_TYPES, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  // First, so that a page can read every refusal.
  addCors(app, deps.corsOrigins);
  addBodyBudget(app, limits, metrics);
  app.setErrorHandler(async (error: Error & { statusCode?: number; code?: string }, request, reply) => {
    metrics.rejected.inc({ reason: "body" });
    if (error.code === TOO_LARGE) await readOn(request.raw, DRAINED_BODIES * limits.maxBodyBytes);
    return sendJson(reply.code(error.statusCode ?? 500), failure("null", bodyError(error, limits)));
  });
  app.setNotFoundHandler((_request, reply) =>
    sendJson(reply.code(404), JSON.stringify({ error: "not found: POST JSON-RPC to / or /group/<id>" })),
  );

  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const client = new Client(null);
    const endpoint = deps.resolve(request.url, client);
    if (endpoint === null) return reply.callNotFound();
    reply.raw.once("close", () => client.leave());
    const text = await deps.dispatcher.handle((request.body as Uint8Array | undefined) ?? new Uint8Array(0), endpoint);
    if (client.submitted !== null) reply.header(SUBMIT_HEADER, client.submitted);
    return text === null ? reply.code(204).send() : sendJson(reply, text);
  };
  app.post("/", answer);
  app.post("/group/*", answer);
  addProbes(app, deps.probes, deps.operator);
  return app;
}

function sendJson(reply: FastifyReply, text: string) {
  return reply.type("application/json").send(text);
}

function bodyError(error: Error & { code?: string; statusCode?: number }, limits: RpcLimits) {
  if (error.code === TOO_LARGE) {
    return { code: RPC_CODES.invalidRequest, message: `the body exceeds ${limits.maxBodyBytes} bytes` };
  }
  if (error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return { code: RPC_CODES.invalidRequest, message: "send content-type: application/json" };
  }
  if ((error.statusCode ?? 500) < 500) return { code: RPC_CODES.invalidRequest, message: error.message };
  return { code: RPC_CODES.internal, message: "internal error" };
}

/** Bounds the bytes of all bodies at once; a body of unknown length counts as the longest. */
function addBodyBudget(app: FastifyInstance, limits: RpcLimits, metrics: RpcMetrics): void {
  let inFlight = 0;
  const reserved = new WeakMap<FastifyRequest["raw"], number>();
  const release = (request: FastifyRequest) => {
    inFlight -= reserved.get(request.raw) ?? 0;
    reserved.delete(request.raw);
  };
  app.addHook("onRequest", async (request, reply) => {
    if (request.method !== "POST") return;
    const declared = Number(request.headers["content-length"] ?? limits.maxBodyBytes);
    const bytes = Math.min(Number.isFinite(declared) ? declared : limits.maxBodyBytes, limits.maxBodyBytes);
    if (inFlight + bytes > limits.maxInFlightBytes) {
      metrics.rejected.inc({ reason: "busy" });
      return sendJson(reply.code(503), failure("null", busy().body));
    }
    inFlight += bytes;
    reserved.set(request.raw, bytes);
  });
  app.addHook("onResponse", async (request) => release(request));
  app.addHook("onRequestAbort", async (request) => release(request));
}

/** Web pages may call only from the origins named; without any, browsers refuse cross-origin calls by themselves. */
function addCors(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.addHook("onRequest", async (request, reply) => {
    const { origin } = request.headers;
    // Also on what is not for this origin: a cache must not give it to another one.
    if (!origins.includes("*")) reply.header("vary", "origin");
    if (origin === undefined || !allowsOrigin(origins, origin)) return;
    reply.header("access-control-allow-origin", origins.includes("*") ? "*" : origin);
    reply.header("access-control-expose-headers", SUBMIT_HEADER);
    if (request.method !== "OPTIONS") return;
    reply.header("access-control-allow-methods", "POST, GET").header("access-control-allow-headers", "content-type");
    return reply.header("access-control-max-age", "600").code(204).send();
  });
}

export function allowsOrigin(origins: readonly string[], origin: string): boolean {
  return origins.includes("*") || origins.includes(origin);
}
