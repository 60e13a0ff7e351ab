import { expect, it } from "vitest";
import { NodeFolder } from "../test/node-folder.ts";
import { readNodeSetup } from "./node-setup.ts";
import { compareSetups } from "./reload.ts";

it("tells what can be taken over from what needs a restart, and keeps telling the latter", async () => {
  const folder = await NodeFolder.make("1", "2");
  const running = readNodeSetup(folder.config);
  expect(compareSetups(running, readNodeSetup(folder.config))).toMatchObject({ reloaded: [], needRestart: [] });

  folder.add("config.ini", "p2p", "node.7=10.0.0.1:30300");
  folder.set("config.ini", "max_files", 3);
  folder.set("config.ini", "log_path", "elsewhere.log");
  folder.set("conf/group.2.ini", "limit", 1000);
  folder.write("conf/node.crt", `${folder.read("conf/node.crt")}\n`);
  const next = readNodeSetup(folder.config);
  const { reloaded, needRestart, setup } = compareSetups(running, next);
  expect(reloaded).toEqual(["[p2p] node.N +1 -0", "[log] max_files 8 -> 3", "cert"]);
  expect(needRestart).toEqual(["[log] log_path", "group 2"]);
  expect(compareSetups(setup, next)).toMatchObject({ reloaded: [], needRestart });
});

it("says that another key needs a restart", async () => {
  const [folder, other] = [await NodeFolder.make(), await NodeFolder.make()];
  const running = readNodeSetup(folder.config);
  for (const file of ["conf/node.key", "conf/node.crt"]) folder.write(file, other.read(file));
  expect(compareSetups(running, readNodeSetup(folder.config))).toMatchObject({
    reloaded: ["cert"],
    needRestart: ["key"],
  });
});
