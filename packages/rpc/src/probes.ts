import type { FastifyInstance, FastifyReply } from "fastify";

/** What `/health`, `/ready` and `/metrics` answer; the node that owns the server knows. */
export interface Probes {
  /** The process works. `ok: false` answers 503. */
  health(): Promise<ProbeAnswer>;
  /** Requests can be served; only the operator is told the details. */
  ready(): Promise<ProbeAnswer>;
  /** Prometheus text, for the operator. */
  metrics(): Promise<string>;
}

export interface ProbeAnswer {
  readonly ok: boolean;
  /** Plain data shown as JSON. */
  readonly details: Readonly<Record<string, unknown>>;
}

const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Where clients ask there is no `/metrics`, and `/ready` names neither groups nor reasons. */
export function addProbes(app: FastifyInstance, probes: Probes, operator: boolean): void {
  app.get("/health", async (_request, reply) => sendProbe(reply, await probes.health()));
  app.get("/ready", async (_request, reply) => {
    const { ok, details } = await probes.ready();
    return sendProbe(reply, { ok, details: operator ? details : {} });
  });
  if (!operator) return;
  app.get("/metrics", async (_request, reply) => reply.type(PROMETHEUS_TYPE).send(await probes.metrics()));
}

function sendProbe(reply: FastifyReply, { ok, details }: ProbeAnswer) {
  return reply
    .code(ok ? 200 : 503)
    .type("application/json")
    .send(JSON.stringify({ ok, ...details }));
}
