import { noMetrics, silentLogger } from "@fb/runtime";
import { type ConsensusEngine, type NodeId, toHex } from "@fb/types";
import { createKeySigner } from "../messages/signer.ts";
import type { EngineDeps, HaltReport } from "../ports.ts";
import { createLossyFiles, type LossyFiles } from "./lossy-files.ts";
import { MemoryHub } from "./memory-hub.ts";
import type { TestGroupOptions } from "./options.ts";
import { TestChain } from "./test-chain.ts";

/** One node whose disks survive a kill of its engine. */
export interface TestNode {
  readonly id: NodeId;
  readonly privateKey: Uint8Array;
  readonly chain: TestChain;
  readonly disk: LossyFiles;
  engine: ConsensusEngine | null;
  readonly halts: HaltReport[];
}

/** Real drivers and journals over a memory network, a disk that forgets, a trivial chain and a clock that is told. */
export class TestGroup {
  readonly hub = new MemoryHub();
  readonly nodes: readonly TestNode[];
  readonly #options: TestGroupOptions;
  #sent = 0;

  constructor(options: TestGroupOptions) {
    this.#options = options;
    const { suite, clock, sealers } = options;
    const keys = Array.from({ length: sealers }, (_, i) => suite.hash(Uint8Array.of(i)));
    const named = keys.map((privateKey) => ({ privateKey, id: toHex(suite.publicKey(privateKey)) as NodeId }));
    named.sort((a, b) => (a.id < b.id ? -1 : 1));
    const ids = named.map(({ id }) => id);
    this.nodes = named.map(({ id, privateKey }) => ({
      id,
      privateKey,
      chain: new TestChain(suite, options.type, ids, clock.now() + (options.genesisAheadMs ?? 0)),
      disk: createLossyFiles(),
      engine: null,
      halts: [],
    }));
  }

  async start(index: number): Promise<void> {
    const node = this.nodes[index]!;
    const { suite, clock, skewMs, create } = this.#options;
    const deps: EngineDeps = {
      chain: node.chain,
      execution: node.chain,
      pool: node.chain,
      sync: {
        behind: (height, peer) => {
          const other = this.nodes.find(({ id }) => id === peer);
          if (other !== undefined) queueMicrotask(() => node.chain.importFrom(other.chain, height));
        },
      },
      channel: this.hub.open(node.id),
      signer: createKeySigner(suite, node.id, node.privateKey),
      suite,
      clock: { ...clock, now: () => clock.now() + (skewMs?.[index] ?? 0) },
      log: silentLogger,
      metrics: noMetrics,
      onHalt: (report) => node.halts.push(report),
    };
    const engine = create("journal", deps, node.disk);
    node.engine = {
      start: () => engine.start(),
      keptUp: () => engine.keptUp(),
      status: () => engine.status(),
      close: async () => {
        await deps.channel.close();
        await engine.close();
      },
    };
    await engine.start();
  }

  async startAll(): Promise<void> {
    for (let i = 0; i < this.nodes.length; i++) await this.start(i);
  }

  /** Ends the engine as a crash would: what was not synced is gone. */
  async kill(index: number, tornBytes = 0): Promise<void> {
    const node = this.nodes[index]!;
    const { engine } = node;
    node.engine = null;
    node.disk.breakDown();
    await engine?.close();
    node.disk.crash(tornBytes);
  }

  /** Gives new transactions to the pools of these nodes (default: all). */
  submit(count: number, indexes: readonly number[] = this.nodes.map((_, i) => i)): void {
    const text = new TextEncoder();
    for (let i = 0; i < count; i++) {
      const raw = text.encode(`transaction ${this.#sent++}`);
      for (const index of indexes) this.nodes[index]!.chain.submit(raw);
    }
  }

  /** Advances time until the condition holds; false when it does not within `ms`. */
  async until(ms: number, condition: () => boolean): Promise<boolean> {
    for (let passed = 0; passed < ms && !condition(); passed += 50) await this.#options.clock.advanceAsync(50);
    return condition();
  }

  heights(): number[] {
    return this.nodes.map(({ chain }) => chain.height);
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.engine?.close();
  }
}
