import { describe, expect, it } from "vitest";
import { createPrometheusRegister, renderMetrics } from "./prometheus.ts";

describe("prometheus register", () => {
  it("renders the metrics of several threads as one text", async () => {
    const one = createPrometheusRegister({ group: "1" });
    const two = createPrometheusRegister({ group: "2" });
    for (const [register, by] of [
      [one.register, 2],
      [two.register, 5],
    ] as const) {
      register.counter("fb_test_things_total", "things", ["kind"]).inc({ kind: "a" }, by);
      register.gauge("fb_test_height", "height").set(by);
      register.histogram("fb_test_seconds", "seconds", [1, 10]).observe(by);
    }
    const text = await renderMetrics([structuredClone(await one.snapshot()), structuredClone(await two.snapshot())]);
    expect(text).toContain('fb_test_things_total{kind="a",group="1"} 2');
    expect(text).toContain('fb_test_things_total{kind="a",group="2"} 5');
    expect(text).toContain('fb_test_height{group="2"} 5');
    expect(text.match(/# TYPE fb_test_seconds histogram/g)).toHaveLength(1);
  });

  it("returns the same metric for the same name", async () => {
    const { register, snapshot } = createPrometheusRegister({});
    register.counter("fb_test_total", "t").inc();
    register.counter("fb_test_total", "t").inc();
    expect((await snapshot())[0]?.values[0]?.value).toBe(2);
  });
});
