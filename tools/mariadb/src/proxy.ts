import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { isCommit, PacketSplitter } from "./packets.ts";

/**
 * What becomes of the next COMMIT. before: the connection is cut, and the server has not seen it. sent: it is cut as soon
 * as the server has been sent it. after: it is cut when the server has answered, and the client has not seen the answer.
 */
export type CommitCut = "before" | "sent" | "after";

export type Direction = "to-server" | "to-client";

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** The answer that is on its way is for a COMMIT that nobody is to hear of. */
  losesAnswer: boolean;
}

/** A TCP proxy on loopback before a server of the MySQL protocol, which does to connections what networks do. */
export class LossyProxy {
  readonly host = "127.0.0.1";
  readonly #server: Server;
  readonly #target: number;
  readonly #links = new Set<Link>();
  readonly #stalled = new Set<Direction>();
  #isRefusing = false;
  #commits = 0;
  #nextCommit: { readonly cut: CommitCut; readonly done: () => void } | null = null;
  #packet: { left: number; readonly act: () => void } | null = null;

  /** @internal Use {@link createProxy}. */
  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#links.size;
  }

  /** Statements COMMIT that the server was sent. */
  get commits(): number {
    return this.#commits;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, this.host);
    await once(this.#server, "listening");
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.destroy();
      return;
    }
    const link: Link = { client, server: connect(this.#target, this.host), losesAnswer: false };
    const { server } = link;
    this.#links.add(link);
    const packets = new PacketSplitter();
    client.on("data", (chunk: Buffer) => this.#toServer(link, packets.push(chunk)));
    server.on("data", (chunk: Buffer) => {
      if (link.losesAnswer) this.#cut(link);
      else client.write(chunk);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#cut(link));
    }
    this.#applyStalls(link);
  }

  #toServer(link: Link, packets: readonly Buffer[]): void {
    for (const packet of packets) {
      if (this.#packet !== null && this.#packet.left-- === 0) {
        const { act } = this.#packet;
        this.#packet = null;
        act();
      }
      if (link.client.destroyed) return;
      if (isCommit(packet)) this.#commit(link, packet);
      else link.server.write(packet);
    }
  }

  #commit(link: Link, packet: Buffer): void {
    const next = this.#nextCommit;
    this.#nextCommit = null;
    if (next?.cut === "before") {
      this.#cut(link);
      next.done();
      return;
    }
    this.#commits++;
    link.server.write(packet, () => {
      if (next?.cut !== "sent") return;
      this.#cut(link);
      next.done();
    });
    if (next?.cut !== "after") return;
    link.losesAnswer = true;
    link.client.once("close", next.done);
  }

  #cut(link: Link): void {
    this.#links.delete(link);
    link.client.destroy();
    link.server.destroy();
  }

  /** Resolves when the next COMMIT has been cut off. */
  cutNextCommit(cut: CommitCut): Promise<void> {
    return new Promise((done) => {
      this.#nextCommit = { cut, done };
    });
  }

  /**
   * Calls `act` when clients have sent so many packets from now on, before the server is sent the next one. The returned
   * function gives it up and tells whether `act` was called.
   */
  afterPackets(count: number, act: () => void): () => boolean {
    const packet = { left: count, act };
    this.#packet = packet;
    return () => {
      if (this.#packet === packet) this.#packet = null;
      return packet.left < 0;
    };
  }

  /** Cuts all connections. */
  cut(): void {
    for (const link of this.#links) this.#cut(link);
  }

  /** Nothing passes in this direction any more; connections stay open. */
  stall(direction: Direction): void {
    this.#stalled.add(direction);
    for (const link of this.#links) this.#applyStalls(link);
  }

  /** Ends all stalls; what waited passes. */
  resume(): void {
    this.#stalled.clear();
    for (const link of this.#links) this.#applyStalls(link);
  }

  #applyStalls({ client, server }: Link): void {
    for (const [direction, source] of [
      ["to-server", client],
      ["to-client", server],
    ] as const) {
      if (this.#stalled.has(direction)) source.pause();
      else source.resume();
    }
  }

  /** New connections are closed at once, or taken again. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }
}

/** Starts a proxy before the server on a loopback port. */
export async function createProxy(target: number): Promise<LossyProxy> {
  const proxy = new LossyProxy(target);
  await proxy.listen();
  return proxy;
}
