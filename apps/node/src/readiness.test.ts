import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { NodeFolder } from "../test/node-folder.ts";
import { NodeRun } from "../test/node-process.ts";

it("is ready only with all its groups, from its first answer on", async () => {
  const folder = await NodeFolder.make("1", "2");
  const run = new NodeRun("--config", folder.config);
  const answers: { status: number; groups: number[] }[] = [];
  while (answers.at(-1)?.status !== 200) {
    const response = await fetch(`http://127.0.0.1:${folder.node.ports.operator}/ready`).catch(() => null);
    if (response === null) {
      await turn();
      continue;
    }
    const { groups } = (await response.json()) as { groups: { group: number }[] };
    answers.push({ status: response.status, groups: groups.map(({ group }) => group) });
  }
  // The first ones come while the groups' threads are still to be started.
  expect(answers.length).toBeGreaterThan(1);
  for (const { groups } of answers) expect(groups).toEqual([1, 2]);
  expect(await run.kill("SIGTERM")).toMatchObject({ code: 0 });
});
