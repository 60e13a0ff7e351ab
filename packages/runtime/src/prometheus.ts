import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import type { Labels, MetricsRegister } from "./metrics.ts";

/** Metric values of one thread, cloneable across threads. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

export interface PrometheusRegister {
  readonly register: MetricsRegister;
  snapshot(): Promise<MetricsSnapshot>;
}

/**
 * A register of one thread. `labels` are added to each of its metrics.
 *
 * @param withProcess also collects the process's own metrics (memory, CPU, event loop); once per process.
 */
export function createPrometheusRegister(labels: Labels, withProcess = false): PrometheusRegister {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  if (withProcess) collectDefaultMetrics({ register: registry });
  const known = new Map<string, unknown>();
  const once = <T>(name: string, make: () => T): T => {
    if (!known.has(name)) known.set(name, make());
    return known.get(name) as T;
  };
  const config = (name: string, help: string, labelNames: readonly string[] = []) => ({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
  });
  return {
    register: {
      counter(name, help, labelNames) {
        const counter = once(name, () => new Counter(config(name, help, labelNames)));
        return { inc: (of = {}, value = 1) => counter.inc(of, value) };
      },
      gauge(name, help, labelNames) {
        const gauge = once(name, () => new Gauge(config(name, help, labelNames)));
        return { set: (value, of = {}) => gauge.set(of, value) };
      },
      histogram(name, help, buckets, labelNames) {
        const histogram = once(name, () => new Histogram({ ...config(name, help, labelNames), buckets: [...buckets] }));
        return { observe: (value, of = {}) => histogram.observe(of, value) };
      },
    },
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

/** The Prometheus text of several threads' snapshots together. */
export function renderMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot])).metrics();
}
