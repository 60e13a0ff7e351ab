import { testHost } from "../test/support/host.ts";
import { block, fast, scenarios, world } from "./scenarios.ts";
const which = Number(process.argv[2] ?? 0);
const host = testHost(world.view(), "cancun", block);
for (let k = 0; k < 6; k++) {
const n = [100000, 1,50000,20000, 30, 20, 30,20][which]!;
const t = performance.now();
let g = 0n;
for (let i = 0; i < n; i++) g = (fast.execute(scenarios[which]!.message, host) as any).gasUsed;
const us = (performance.now() - t) * 1000 / n;
console.log(scenarios[which]!.name, us.toFixed(2), "us", (Number(g) / us).toFixed(0), "Mgas/s");
}
