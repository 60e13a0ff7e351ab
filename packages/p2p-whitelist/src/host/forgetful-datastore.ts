import { NotFoundError } from "@libp2p/interface";
import type { Libp2pOptions } from "libp2p";

type Datastore = NonNullable<Libp2pOptions["datastore"]>;

/**
 * Keeps nothing. libp2p writes down every peer that opens a stream and forgets none of them while it runs; nothing here
 * asks it who they were, and whoever can have certificates can come with a new key each time.
 */
export const forgetfulDatastore: Datastore = {
  has: () => false,
  get() {
    throw new NotFoundError("nothing is kept");
  },
  put: (key) => key,
  delete() {},
  async *getMany() {},
  async *putMany(pairs) {
    for await (const { key } of pairs) yield key;
  },
  async *deleteMany(keys) {
    yield* keys;
  },
  batch: () => ({ put() {}, delete() {}, commit: () => Promise.resolve() }),
  *query() {},
  *queryKeys() {},
};
