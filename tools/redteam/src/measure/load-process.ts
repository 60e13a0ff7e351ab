import { createCryptoSuite } from "@fb/crypto";
import { GroupLoad } from "./group-load.ts";
import type { FromLoad, ToLoad } from "./load-protocol.ts";

// A process of its own: what the other processes of the tool do does not show in the latencies.
const loads: GroupLoad[] = [];
process.on("message", async (message: ToLoad) => {
  if ("start" in message) {
    const { groups, rate, seed } = message.start;
    const suite = await createCryptoSuite();
    for (const group of groups) loads.push(new GroupLoad(group, suite, { rate, seed }));
    await Promise.all(loads.map((load) => load.start()));
  }
  const answer: FromLoad = { mark: "mark" in message ? message.mark : 0, samples: loads.map((load) => load.mark()) };
  process.send!(answer);
});
process.on("disconnect", () => process.exit(0));
