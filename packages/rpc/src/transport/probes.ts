import type { HealthAnswer, NodeQuery, ReadyAnswer } from "@fb/api";
import type { FastifyInstance, FastifyReply } from "fastify";

export interface ProbesDeps {
  readonly node: NodeQuery;
  readonly clientVersion: string;
  /** Prometheus text of the whole node. */
  readonly metricsText: () => Promise<string>;
  /** Whether only the operator reaches this server. */
  readonly operator: boolean;
}

const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Where clients ask there is no `/metrics`, and `/ready` names neither groups nor reasons. */
export function addProbes(app: FastifyInstance, { node, clientVersion, metricsText, operator }: ProbesDeps): void {
  app.get("/health", async (_request, reply) => sendProbe(reply, { ok: true, version: clientVersion }));
  app.get("/ready", async (_request, reply) => {
    const { groups, memory } = await node.readiness();
    const ok = memory.level === 0 && groups.every(({ ready }) => ready);
    return sendProbe(reply, operator ? { ok, groups, memory } : { ok });
  });
  if (!operator) return;
  app.get("/metrics", async (_request, reply) => reply.type(PROMETHEUS_TYPE).send(await metricsText()));
}

function sendProbe(reply: FastifyReply, answer: HealthAnswer | ReadyAnswer) {
  return reply
    .code(answer.ok ? 200 : 503)
    .type("application/json")
    .send(JSON.stringify(answer));
}
