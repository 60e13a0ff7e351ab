import type { Labels, MetricsRegister } from "@fb/runtime";

export interface CountingMetrics extends MetricsRegister {
  /** Sum of a counter, or last value of a gauge, over all label sets that contain `labels`. */
  value(name: string, labels?: Labels): number;
}

export function createCountingMetrics(): CountingMetrics {
  const values = new Map<string, Map<string, { labels: Labels; value: number }>>();
  const series = (name: string, labels: Labels) => {
    let all = values.get(name);
    if (all === undefined) values.set(name, (all = new Map()));
    const key = JSON.stringify(Object.entries(labels).sort());
    let one = all.get(key);
    if (one === undefined) all.set(key, (one = { labels, value: 0 }));
    return one;
  };
  return {
    counter: (name) => ({
      inc(labels = {}, value = 1) {
        series(name, labels).value += value;
      },
    }),
    gauge: (name) => ({
      set(value, labels = {}) {
        series(name, labels).value = value;
      },
    }),
    histogram: () => ({ observe() {} }),
    value(name, labels = {}) {
      let sum = 0;
      for (const one of values.get(name)?.values() ?? []) {
        if (Object.entries(labels).every(([key, value]) => one.labels[key] === value)) sum += one.value;
      }
      return sum;
    },
  };
}
