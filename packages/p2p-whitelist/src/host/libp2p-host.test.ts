import { generateKeyPair } from "@libp2p/crypto/keys";
import { noise } from "@libp2p/noise";
import type { Libp2p } from "libp2p";
import { afterEach, describe, expect, it } from "vitest";
import { createHost } from "./libp2p-host.ts";

const PROTOCOL = "/test/1";
const hosts: Libp2p[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

async function startHost(): Promise<Libp2p> {
  const { raw: privateKey } = await generateKeyPair("secp256k1");
  const host = await createHost({ privateKey, listen: { host: "127.0.0.1", port: 0 }, maxPeers: 4 }, noise(), {
    enter: () => Promise.resolve(true),
    muxer: (factory) => factory,
  });
  await host.handle(PROTOCOL, () => {});
  await host.start();
  hosts.push(host);
  return host;
}

describe("libp2p host", () => {
  it("remembers nothing of peers: whoever can have certificates can have as many keys as it likes", async () => {
    const [host, peer] = [await startHost(), await startHost()];
    const stream = await peer.dialProtocol(host.getMultiaddrs(), PROTOCOL);
    expect(stream.protocol).toBe(PROTOCOL);
    await stream.close();
    for (const { peerStore } of [host, peer]) expect(await peerStore.all()).toEqual([]);
  });
});
