import type { CallLimits, QueryResult } from "@fb/api";
import { busy } from "../errors.ts";
import { unwrap } from "./query-result.ts";
import type { ReadScope } from "./read-scope.ts";

/** What a call may return: gas bounds it much more loosely. Held from when it may come until it is known. */
const OUTPUT_BYTES = 256 * 1024;

/** Runs a call when it is the client's turn; its time limit begins now, so what it waited is not there any more. */
export async function calling<T>(
  scope: ReadScope,
  run: (limits: CallLimits, signal: AbortSignal) => Promise<QueryResult<T>>,
): Promise<T> {
  const { services, handle, client, room } = scope;
  const { clock, limits, shares } = services;
  const deadline = clock.monotonic() + limits.callTimeoutMs;
  const output = await room.reserve(OUTPUT_BYTES);
  try {
    const lease = await shares.of(handle).calls.claim(client, 1);
    try {
      const timeoutMs = deadline - clock.monotonic();
      if (timeoutMs <= 0) throw busy();
      return unwrap(await run({ maxGas: limits.maxCallGas, timeoutMs }, client.signal));
    } finally {
      lease.release();
    }
  } finally {
    output.release();
  }
}
