import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";

/** Of each thread of this process, field 19 of its `stat`. */
const niceValues = () =>
  readdirSync("/proc/self/task").map((thread) => {
    const [, fields] = readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ");
    return Number(fields!.split(" ")[16]);
  });

it.runIf(process.platform === "linux")("lowers the priority of its own thread and of no other", async () => {
  const lowered = niceValues().filter((nice) => nice >= 7).length;
  const program = `import { parentPort } from "node:worker_threads";
    const { giveWay } = await import(${JSON.stringify(new URL("./give-way.ts", import.meta.url).href)});
    giveWay();
    parentPort.once("message", () => process.exit());
    parentPort.postMessage("done");`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  onTestFinished(async () => void (await worker.terminate()));
  await new Promise((resolve) => worker.once("message", resolve));
  expect(niceValues().filter((nice) => nice >= 7).length).toBe(lowered + 1);
});
