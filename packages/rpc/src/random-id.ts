import { data } from "./hex.ts";

/** An id nobody else can guess; filters and subscriptions have no other protection. */
export function randomId(): string {
  return data(crypto.getRandomValues(new Uint8Array(16)));
}
