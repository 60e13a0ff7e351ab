import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NodeFolder, occupiedPort } from "../../test/node-folder.ts";
import { readNodeSetup } from "../node-setup.ts";
import { checkNode } from "./check-node.ts";

const YEAR_MS = 365.25 * 86_400_000;

/** What is not well, as `state subject`, and all that was said. */
async function check(folder: NodeFolder, nowMs = Date.now()) {
  const findings = await checkNode(readNodeSetup(folder.config), nowMs);
  return {
    wrong: findings.filter(({ state }) => state !== "ok").map(({ state, subject }) => `${state} ${subject}`),
    of: (subject: string) => findings.filter((finding) => finding.subject === subject),
  };
}

describe("checking a node", () => {
  it("finds nothing wrong with what build-chain made, and tells who the node is", async () => {
    const folder = await NodeFolder.make();
    const { wrong, of } = await check(folder);
    expect(wrong).toEqual([]);
    expect(of("conf/node.key")[0]!.text).toContain(folder.read("conf/node.nodeid").trim());
    const fingerprint = folder.read("../../../cert/agency1/agency.fingerprint").trim();
    expect(of("conf/node.crt")[0]!.text).toBe(`node0 of agency1; fingerprint of the agency's key ${fingerprint}`);
  });

  it("refuses a key that others may read, before anything else", async () => {
    const folder = await NodeFolder.make();
    for (const mode of [0o644, 0o640, 0o604, 0o602]) {
      chmodSync(folder.path("conf/node.key"), mode);
      expect(() => readNodeSetup(folder.config)).toThrow(
        expect.objectContaining({
          code: "KEY_INVALID",
          message: expect.stringMatching(/\(mode 6\d\d\); chmod 600 \//),
        }),
      );
    }
    chmodSync(folder.path("conf/node.key"), 0o400);
    expect((await check(folder)).wrong).toEqual([]);
  });

  it("finds a key of another node, a foreign chain CA, and what ends soon or has ended", async () => {
    const [folder, other] = [await NodeFolder.make(), await NodeFolder.make()];
    const [key, ca] = [folder.read("conf/node.key"), folder.read("conf/ca.crt")];
    folder.write("conf/node.key", other.read("conf/node.key"));
    const foreign = await check(folder);
    expect(foreign.wrong).toEqual(["fault conf/node.crt", "warn group 1"]);
    expect(foreign.of("conf/node.crt")[0]!.text).toContain("was not issued for the node key");
    folder.write("conf/node.key", key);
    folder.write("conf/ca.crt", other.read("conf/ca.crt"));
    expect((await check(folder)).of("conf/node.crt")[0]!.text).toContain("FOREIGN_CA");
    folder.write("conf/ca.crt", ca);
    const soon = await check(folder, Date.now() + 9.95 * YEAR_MS);
    expect(soon.wrong).toEqual(["warn conf/node.crt"]);
    const late = await check(folder, Date.now() + 11 * YEAR_MS);
    expect(late.wrong).toEqual(["fault conf/node.crt"]);
    expect(late.of("conf/node.crt")[0]!.text).toContain("CERT_EXPIRED");
  });

  it("finds ports that are taken, that are taken twice, and addresses that are not here", async () => {
    const folder = await NodeFolder.make();
    const taken = await occupiedPort();
    folder.set("config.ini", "jsonrpc_listen_port", taken);
    const first = await check(folder);
    expect(first.wrong).toEqual(["fault [rpc] jsonrpc_listen_port"]);
    expect(first.of("[rpc] jsonrpc_listen_port")[0]!.text).toContain(`127.0.0.1:${taken}`);
    folder.set("config.ini", "jsonrpc_listen_port", folder.node.ports.p2p);
    folder.set("config.ini", "jsonrpc_listen_ip", "0.0.0.0");
    expect((await check(folder)).wrong).toEqual(["fault [rpc] jsonrpc_listen_port"]);
    folder.set("config.ini", "jsonrpc_listen_port", folder.node.ports.rpc);
    folder.set("config.ini", "jsonrpc_listen_ip", "192.0.2.1");
    const third = await check(folder);
    expect(third.of("[rpc] jsonrpc_listen_port")[0]).toMatchObject({
      state: "fault",
      text: "192.0.2.1 is no address of this host",
    });
  });

  it("finds data that others may look into, files that anybody may change, and folders that cannot be", async () => {
    const folder = await NodeFolder.make();
    mkdirSync(folder.path("data/group1"), { recursive: true });
    chmodSync(folder.path("data/group1"), 0o755);
    chmodSync(folder.config, 0o666);
    expect((await check(folder)).wrong).toEqual(["fault config.ini", "warn data/group1"]);
    chmodSync(folder.config, 0o600);
    rmSync(folder.path("data"), { recursive: true });
    folder.write("data", "in the way");
    expect((await check(folder)).wrong).toEqual(["fault data"]);
  });
});
