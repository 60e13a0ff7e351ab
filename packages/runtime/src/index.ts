export { type Clock, systemClock } from "./clock.ts";
export { type LogFields, type Logger, silentLogger } from "./logger.ts";
export { type Counter, type Gauge, type Histogram, type Labels, type MetricsRegister, noMetrics } from "./metrics.ts";
export { type Rng, systemRng } from "./rng.ts";
export { TypedEmitter } from "./typed-emitter.ts";
