export { BacklogReport } from "./backlog-report.ts";
export { type Clock, systemClock } from "./clock.ts";
export { collectGarbage } from "./collect-garbage.ts";
export { type CostBudgets, createCostBudgets, PRICES } from "./cost-budgets.ts";
export { whenDescriptorFree } from "./descriptors.ts";
export type { JobQueueErrorCode, PortErrorCode } from "./errors.ts";
export { createJobQueue, type JobQueue } from "./job-queue.ts";
export { createLogRotation, type LogLimits, type LogRotation } from "./log-rotation.ts";
export { type LogFields, type Logger, silentLogger } from "./logger.ts";
export { type MemoryLevel, nextMemoryLevel } from "./memory-alarm.ts";
export { type Counter, type Gauge, type Histogram, type Labels, type MetricsRegister, noMetrics } from "./metrics.ts";
export type {
  CostBudgetsOptions,
  JobQueueOptions,
  LogLevel,
  LogOptions,
  PendingRequestsOptions,
  PortClientOptions,
  QuotaLoggerOptions,
  ThreadShareOptions,
} from "./options.ts";
export { PendingRequests } from "./pending-requests.ts";
export { createLogger, type RootLogger } from "./pino-logger.ts";
export { type AsyncMethods, callPort, type PortClient, type PortServer, servePort } from "./port-call.ts";
export type { Port } from "./ports.ts";
export {
  createPrometheusRegister,
  type MetricsSnapshot,
  type PrometheusRegister,
  renderMetrics,
} from "./prometheus.ts";
export { createQuotaLogger, type QuotaLogger } from "./quota-logger.ts";
export { type Rng, secureRng, systemRng } from "./rng.ts";
export { createThreadShare, type ThreadLane } from "./thread-share.ts";
export { createThrottle, type Throttle } from "./throttle.ts";
export { createTokenBucket, type TokenBucket } from "./token-bucket.ts";
export { TypedEmitter } from "./typed-emitter.ts";
export { defineWire, type Wire } from "./wire.ts";
