import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { Client } from "../admission/client.ts";
import type { Shares } from "../admission/shares.ts";
import type { ThreadTurns } from "../admission/thread-turns.ts";
import type { WhoMayAsk } from "../admission/who-may-ask.ts";
import { AnswerRoom } from "../answers/answer-room.ts";
import { type AnswerText, type Dispatcher, type Endpoint, failure } from "../dispatch/dispatcher.ts";
import { busy, RETRY_AFTER_MS, RPC_CODES, type RpcErrorBody } from "../errors.ts";
import type { RpcMetrics } from "../metrics.ts";
import type { RpcLimits } from "../options.ts";
import { type Bodies, BodyRefused, type HeldBody } from "./bodies.ts";
import type { Connections } from "./connections.ts";
import { addProbes, type ProbesDeps } from "./probes.ts";

export interface HttpDeps extends ProbesDeps {
  readonly dispatcher: Dispatcher;
  readonly limits: RpcLimits;
  readonly metrics: RpcMetrics;
  readonly shares: Shares;
  readonly bodies: Bodies;
  readonly turns: ThreadTurns;
  readonly corsOrigins: readonly string[];
  readonly whoMayAsk: WhoMayAsk;
  /** Made when the server is. */
  readonly connections: () => Connections;
  resolve(url: string, client: Client): Endpoint | null;
}

const JSON_TYPES = ["application/json", "application/json-rpc", "application/jsonrequest"];

/** Whether the receipts of the transactions in the body can be read: `durable` or `accepted`. */
const SUBMIT_HEADER = "x-fb-submit";

/** Headers must be complete in this time; bodies must go on ({@link RpcLimits.bodyProgressMs}). */
const HEADERS_TIMEOUT_MS = 10_000;
const RETRY_AFTER_S = String(RETRY_AFTER_MS / 1000);
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
  const { limits, metrics, bodies, shares } = deps;
  const app = Fastify({
    logger: false,
    bodyLimit: limits.maxBodyBytes,
    forceCloseConnections: true,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: HEADERS_TIMEOUT_MS / 5 },
    requestTimeout: 0,
    routerOptions: { maxParamLength: 1024 },
  });
  const connectionOf = (request: FastifyRequest) => deps.connections().of(request.raw.socket);
  app.addHook("onRequest", async (request, reply) => {
    const end = deps.connections().begin(connectionOf(request));
    reply.raw.once("close", () => {
      end();
      (request.body as HeldBody | undefined)?.release();
    });
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(JSON_TYPES, (request: FastifyRequest, body: IncomingMessage) =>
    bodies.receive(body, connectionOf(request).party),
  );
  // Before everything that refuses, so that a page can read why.
  addCors(app, deps);
  app.addHook("onRequest", async (request, reply) => {
    const refusal = deps.whoMayAsk.refusal(request.raw);
    if (refusal === null) return;
    metrics.rejected.inc({ reason: "stranger" });
    return sendJson(reply.code(403), failure("null", { code: RPC_CODES.invalidRequest, message: refusal }));
  });
  app.addHook("onRequest", async (request, reply) => {
    if (request.method !== "POST" || !deps.turns.isFull(connectionOf(request).party)) return;
    metrics.rejected.inc({ reason: "share" });
    // Nothing of the body is read.
    reply.header("connection", "close").header("retry-after", RETRY_AFTER_S);
    return sendJson(reply.code(429), failure("null", busy().body));
  });
  app.setErrorHandler(async (error: Error & { statusCode?: number; code?: string }, request, reply) => {
    metrics.rejected.inc({ reason: "body" });
    const status = error.statusCode ?? 500;
    if (status === 413) await readOn(request.raw, DRAINED_BODIES * limits.maxBodyBytes);
    // What is still to come of the body is not read.
    else if (error instanceof BodyRefused) reply.header("connection", "close");
    if (status === 503) reply.header("retry-after", RETRY_AFTER_S);
    return sendJson(reply.code(status), failure("null", bodyError(error)));
  });
  app.setNotFoundHandler((_request, reply) =>
    sendJson(reply.code(404), JSON.stringify({ error: "not found: POST JSON-RPC to / or /group/<id>" })),
  );

  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const connection = connectionOf(request);
    const client = new Client(connection.party, null);
    const endpoint = deps.resolve(request.url, client);
    if (endpoint === null) return reply.callNotFound();
    const body = request.body as HeldBody | undefined;
    const room = new AnswerRoom(shares.answers, client, limits.maxResponseBytes);
    let sent = () => {};
    const close = () => {
      client.leave();
      room.release();
      sent();
    };
    if (reply.raw.closed) {
      // It was gone before there was a body to release.
      body?.release();
      close();
    } else reply.raw.once("close", close);
    const text = await deps.dispatcher.handle(body?.bytes ?? new Uint8Array(0), endpoint, room);
    if (client.hasLeft) return reply.hijack();
    sent = deps.connections().sending(connection);
    if (client.submitted !== null) reply.header(SUBMIT_HEADER, client.submitted);
    return text === null ? reply.code(204).send() : sendAnswer(reply, text);
  };
  app.post("/", answer);
  app.post("/group/*", answer);
  addProbes(app, deps);
  return app;
}

/** A long text is written piece by piece, as the client takes it. */
function sendAnswer(reply: FastifyReply, text: AnswerText) {
  if (typeof text === "string") return sendJson(reply, text);
  const bytes = text.parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  return reply.type("application/json").header("content-length", bytes).send(Readable.from(text.parts));
}

function sendJson(reply: FastifyReply, text: string) {
  return reply.type("application/json").send(text);
}

function bodyError(error: Error & { code?: string; statusCode?: number }): RpcErrorBody {
  if (error instanceof BodyRefused && error.statusCode === 503) return busy().body;
  if (error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return { code: RPC_CODES.invalidRequest, message: "send content-type: application/json" };
  }
  if ((error.statusCode ?? 500) < 500) return { code: RPC_CODES.invalidRequest, message: error.message };
  return { code: RPC_CODES.internal, message: "internal error" };
}

/** Web pages may call only from the origins named; without any, browsers refuse cross-origin calls by themselves. */
function addCors(app: FastifyInstance, { corsOrigins: origins, whoMayAsk }: HttpDeps): void {
  if (origins.length === 0) return;
  app.addHook("onRequest", async (request, reply) => {
    const { origin } = request.headers;
    // Also on what is not for this origin: a cache must not give it to another one.
    if (!origins.includes("*")) reply.header("vary", "origin");
    if (origin === undefined || whoMayAsk.refusal(request.raw) !== null) return;
    reply.header("access-control-allow-origin", origins.includes("*") ? "*" : origin);
    reply.header("access-control-expose-headers", SUBMIT_HEADER);
    if (request.method !== "OPTIONS") return;
    reply.header("access-control-allow-methods", "POST, GET").header("access-control-allow-headers", "content-type");
    return reply.header("access-control-max-age", "600").code(204).send();
  });
}
