import {
  type Account,
  type CryptoSuite,
  EMPTY,
  type Hash,
  type StateChanges,
  type StateCommitment,
  type StorageBackend,
  type WorldState,
} from "@fb/types";
import { WorldModel } from "./world-model.ts";

/** One world state over storage that outlives it. */
export interface WorldFixture {
  readonly suite: CryptoSuite;
  /** Opens the state, or opens it again after everything in memory was dropped; it keeps {@link HISTORY_BLOCKS}. */
  open(): Promise<{ readonly world: WorldState; readonly backend: StorageBackend }>;
  dispose(): Promise<void>;
}

/** Blocks before the head that the states of this suite keep readable. */
export const HISTORY_BLOCKS = 45;

/**
 * @param tight true: caches of a few entries and room for a few blocks' pre-images, so that everything is evicted all
 *   the time; false: nothing a test of this suite does is evicted
 */
export type WorldFactory = (tight: boolean) => Promise<WorldFixture>;

/** A chain of blocks on one world state, beside the model at every height. */
export class WorldChain {
  readonly fixture: WorldFixture;
  world!: WorldState;
  backend!: StorageBackend;
  root!: Hash;
  /** Model at height `i - 1`. */
  readonly models: WorldModel[] = [new WorldModel()];

  constructor(fixture: WorldFixture) {
    this.fixture = fixture;
  }

  async open(): Promise<void> {
    const { world, backend } = await this.fixture.open();
    this.world = world;
    this.backend = backend;
    this.root ??= world.emptyRoot;
  }

  get head(): number {
    return this.models.length - 2;
  }

  get model(): WorldModel {
    return this.models.at(-1)!;
  }

  account(nonce: number, code: Uint8Array = EMPTY): Account {
    return { nonce: BigInt(nonce), balance: BigInt(nonce) * 10n ** 18n, codeHash: this.fixture.suite.hash(code) };
  }

  candidate(changes: StateChanges): Promise<StateCommitment> {
    return this.world.commitment(this.head + 1, this.root, changes);
  }

  async accept(commitment: StateCommitment, changes: StateChanges): Promise<void> {
    const height = this.head + 1;
    await this.backend.commit(height, commitment.batch);
    this.world.committed(height, commitment, changes);
    this.root = commitment.root;
    this.models.push(this.model.apply(changes));
  }

  async commit(changes: StateChanges): Promise<void> {
    await this.accept(await this.candidate(changes), changes);
  }
}
