import { createMPT, verifyMerkleProof } from "@ethereumjs/mpt";
import { change, WorldModel } from "@fb/compliance/world-state";
import { createCryptoSuite } from "@fb/crypto";
import { createSeededRng } from "@fb/runtime/testing";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import { bigTo32, fromHex, type Hash, type Hex, rlpDecode, rlpEncode, rlpUint, toHex, ZERO_HASH } from "@fb/types";
import { SecureTrie } from "merkle-patricia-tree";
import { describe, expect, it } from "vitest";
import { createMptState } from "../src/index.ts";

const suite = await createCryptoSuite();

/** Trie value of a 32-byte slot value. */
function slotLeaf(value: Uint8Array): Uint8Array {
  let zeros = 0;
  while (value[zeros] === 0) zeros++;
  return rlpEncode(value.subarray(zeros));
}

/** The state root by @ethereumjs/mpt, from nothing. */
async function newOracle(model: WorldModel): Promise<Uint8Array> {
  const world = await createMPT({ useKeyHashing: true });
  for (const [address, { account, slots }] of model.accounts) {
    const storage = await createMPT({ useKeyHashing: true });
    for (const [slot, value] of slots) await storage.put(fromHex(slot)!, slotLeaf(value));
    const fields = [rlpUint(account.nonce), rlpUint(account.balance), storage.root(), account.codeHash];
    await world.put(fromHex(address)!, rlpEncode(fields));
  }
  return world.root();
}

/** The same by merkle-patricia-tree, whose rewriting of tries is another program. */
async function oldOracle(model: WorldModel): Promise<Uint8Array> {
  const world = new SecureTrie();
  for (const [address, { account, slots }] of model.accounts) {
    const storage = new SecureTrie();
    for (const [slot, value] of slots) await storage.put(Buffer.from(slot, "hex"), Buffer.from(slotLeaf(value)));
    const fields = [rlpUint(account.nonce), rlpUint(account.balance), storage.root, account.codeHash];
    await world.put(Buffer.from(address, "hex"), Buffer.from(rlpEncode(fields)));
  }
  return new Uint8Array(world.root);
}

async function build(seed: number, blocks: number) {
  const rng = createSeededRng(seed);
  const backend = createMemoryBackend();
  // A node cache this small drops most of the trie after every block.
  const world = await createMptState({ backend, suite, nodeCacheBytes: seed % 2 === 0 ? 20_000 : 10_000_000 });
  const models: WorldModel[] = [];
  const roots: Hash[] = [];
  let model = new WorldModel();
  let root = world.emptyRoot;
  const addresses = Array.from({ length: 60 }, (_, i) => toHex(suite.hash(Uint8Array.of(i))).slice(24));
  for (let height = 0; height < blocks; height++) {
    const changes = new Map<Hex, ReturnType<typeof change>>();
    for (let i = rng.below(12); i >= 0; i--) {
      const address = addresses[rng.below(addresses.length)]!;
      const slots = Array.from({ length: rng.below(10) }, (): [Hex, Uint8Array] => [
        toHex(bigTo32(BigInt(rng.below(40)))),
        rng.below(3) === 0 ? ZERO_HASH : bigTo32(BigInt(1 + rng.below(2 ** 31)) ** BigInt(1 + rng.below(8))),
      ]);
      const account = {
        nonce: BigInt(rng.below(300)),
        balance: BigInt(rng.below(2 ** 31)),
        codeHash: suite.hash(new Uint8Array(0)),
      };
      changes.set(address, { ...change(rng.below(5) === 0 ? null : account, slots), clearStorage: rng.below(9) === 0 });
    }
    const commitment = await world.commitment(height, root, changes);
    await backend.commit(height, commitment.batch);
    world.committed(height, commitment, changes);
    root = commitment.root;
    model = model.apply(changes);
    models.push(model);
    roots.push(root);
  }
  return { world, models, roots, addresses };
}

describe("state root", () => {
  it("of an empty state is Ethereum's (SPEC 1.2)", async () => {
    const world = await createMptState({ backend: createMemoryBackend(), suite });
    expect(toHex(world.emptyRoot)).toBe("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
  });

  it.each([1, 2, 3, 4])("equals that of both libraries at every height, seed %i (SPEC 1.1)", async (seed) => {
    const { models, roots } = await build(seed, 25);
    for (const [height, model] of models.entries()) {
      expect(toHex(roots[height]!), `height ${height}`).toBe(toHex(await newOracle(model)));
      if (height % 5 === 0) expect(toHex(roots[height]!)).toBe(toHex(await oldOracle(model)));
    }
  });
});

describe("proofs", () => {
  it("of accounts and slots, present and absent, at any height are accepted by @ethereumjs/mpt (SPEC 4.1)", async () => {
    const { world, models, roots, addresses } = await build(7, 12);
    for (const height of [0, 5, 11]) {
      for (const address of addresses) {
        const slots = [0, 3, 17, 99].map((n) => bigTo32(BigInt(n)));
        const proof = await world.proof(height, fromHex(address)!, slots);
        const expected = models[height]!.accounts.get(address);
        const leaf = await verifyMerkleProof(fromHex(address)!, [...proof.accountProof], {
          useKeyHashing: true,
          root: roots[height]!,
        });
        expect(proof.account).toEqual(expected?.account ?? null);
        expect(leaf === null).toBe(expected === undefined);
        if (leaf === null) continue;
        expect(toHex((rlpDecode(leaf) as Uint8Array[])[2]!)).toBe(toHex(proof.storageHash));
        for (const { slot, value, proof: nodes } of proof.storageProof) {
          const wanted = expected!.slots.get(toHex(slot)) ?? ZERO_HASH;
          expect(value).toEqual(wanted);
          if (nodes.length === 0) {
            expect(toHex(proof.storageHash)).toBe(toHex(world.emptyRoot));
            continue;
          }
          const found = await verifyMerkleProof(slot, [...nodes], { useKeyHashing: true, root: proof.storageHash });
          expect(found === null ? "" : toHex(found)).toBe(wanted === ZERO_HASH ? "" : toHex(slotLeaf(wanted)));
        }
      }
    }
  });

  it("of an altered node are refused", async () => {
    const { world, roots, models } = await build(8, 6);
    const address = [...models[5]!.accounts.keys()][0]!;
    const { accountProof } = await world.proof(5, fromHex(address)!, []);
    const altered = accountProof.map((node, i) =>
      i === accountProof.length - 1 ? node.map((byte, j) => (j === 40 ? byte ^ 1 : byte)) : node,
    );
    await expect(
      verifyMerkleProof(fromHex(address)!, altered, { useKeyHashing: true, root: roots[5]! }),
    ).rejects.toThrow();
  });
});
