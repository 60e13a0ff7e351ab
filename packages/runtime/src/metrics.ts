export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  inc(labels?: Labels, value?: number): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/**
 * Where a package registers its metrics: `fb_<package>_<what>_<unit>[_total]`. Label values are bounded enums, never
 * peers or hashes. Registering the same name twice returns the same metric.
 */
export interface MetricsRegister {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;
  histogram(name: string, help: string, buckets: readonly number[], labelNames?: readonly string[]): Histogram;
}

const nothing = { inc() {}, set() {}, observe() {} };

export const noMetrics: MetricsRegister = {
  counter: () => nothing,
  gauge: () => nothing,
  histogram: () => nothing,
};
