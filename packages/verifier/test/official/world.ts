import { createMptState } from "@fb/state-mpt";
import { createStorageState } from "@fb/state-storage";
import type { TestAccount } from "@fb/state-tests";
import { createMemoryBackend, createMemoryDisk } from "@fb/storage-amdb/memory";
import {
  type AccountChange,
  type CryptoSuite,
  type Hash,
  type Hex,
  type StateChanges,
  type StateMiss,
  type StateType,
  type StateView,
  toHex,
  type WorldState,
} from "@fb/types";

/** A world state that holds what a test begins with, as block 0 of a store of its own. */
export class OfficialWorld {
  readonly #suite: CryptoSuite;
  readonly #type: StateType;
  readonly #disk = createMemoryDisk();
  readonly #before: StateChanges;
  #world!: WorldState;
  #root!: Hash;

  private constructor(suite: CryptoSuite, type: StateType, accounts: readonly TestAccount[]) {
    this.#suite = suite;
    this.#type = type;
    this.#before = new Map(accounts.map((account) => [toHex(account.address), creation(suite, account)]));
  }

  static async open(suite: CryptoSuite, type: StateType, accounts: readonly TestAccount[]): Promise<OfficialWorld> {
    const opened = new OfficialWorld(suite, type, accounts);
    opened.#world = await opened.#open();
    await opened.#commit(0, opened.#world.emptyRoot, opened.#before);
    opened.#world = await opened.#open();
    return opened;
  }

  /** Block 0, with nothing of it in memory. */
  view(): StateView {
    return this.#world.view(0);
  }

  /** The Ethereum state root after block 1 did `changes`. A state without a trie is read back into one. */
  async rootAfter(changes: StateChanges): Promise<Hash> {
    const { root } = await this.#commit(1, this.#root, changes);
    if (this.#type === "mpt") return root;
    const stored = await contents((await this.#open()).view(1), [this.#before, changes], this.#suite);
    const trie = await createMptState({ backend: createMemoryBackend(), suite: this.#suite });
    return (await trie.commitment(0, trie.emptyRoot, stored)).root;
  }

  #open(): Promise<WorldState> {
    const options = { backend: createMemoryBackend({ disk: this.#disk }), suite: this.#suite };
    return this.#type === "mpt" ? createMptState(options) : createStorageState(options);
  }

  async #commit(height: number, parentRoot: Hash, changes: StateChanges) {
    const commitment = await this.#world.commitment(height, parentRoot, changes);
    await createMemoryBackend({ disk: this.#disk }).commit(height, commitment.batch);
    this.#world.committed(height, commitment, changes);
    this.#root = commitment.root;
    return commitment;
  }
}

function creation(suite: CryptoSuite, { nonce, balance, code, slots }: TestAccount): AccountChange {
  return { account: { nonce, balance, codeHash: suite.hash(code) }, clearStorage: false, slots, code };
}

/** What a view says of every account and slot that any of these changes touched, as one change over nothing. */
async function contents(view: StateView, of: readonly StateChanges[], suite: CryptoSuite): Promise<StateChanges> {
  const found = new Map<Hex, AccountChange>();
  const slotsOf = new Map<Hex, Set<Hex>>();
  for (const changes of of) {
    for (const [address, { slots }] of changes) {
      const known = slotsOf.get(address) ?? new Set();
      for (const slot of slots.keys()) known.add(slot);
      slotsOf.set(address, known);
    }
  }
  for (const [address, slots] of slotsOf) {
    const misses: StateMiss[] = [...slots].map((slot) => ({ type: "slot", address, slot }));
    await view.load([{ type: "account", address }, ...misses]);
    const account = view.peekAccount(address)!;
    if (account === null) continue;
    const values = new Map([...slots].map((slot) => [slot, view.peekSlot(address, slot)!]));
    const codeHash = toHex(account.codeHash);
    if (view.peekCode(codeHash) === undefined) await view.load([{ type: "code", codeHash }]);
    const code = view.peekCode(codeHash)!;
    if (toHex(suite.hash(code)) !== codeHash) throw new Error(`${address} has another code than its hash says`);
    found.set(address, { account, clearStorage: false, slots: values, code });
  }
  return found;
}
