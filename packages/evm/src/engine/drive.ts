import type { EvmHost, EvmLimits, EvmResult } from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import type { EngineInstance, Wait } from "./instance.ts";
import { webAssembly } from "./web-assembly.ts";

/** Carries an execution to its end, waiting for whatever it needs. */
export async function drive(
  instance: EngineInstance,
  first: Wait | null,
  host: EvmHost,
  limits: EvmLimits | undefined,
): Promise<EvmResult> {
  try {
    let wait = first;
    while (wait !== null) {
      await satisfy(wait, host);
      if (limits?.signal?.aborted === true) throw aborted();
      wait = instance.run();
    }
    return instance.finish();
  } catch (error) {
    throw translate(error);
  }
}

async function satisfy(wait: Wait, host: EvmHost): Promise<void> {
  if (wait.kind === "tables") return host.loadTables(wait.loads);
  if (wait.kind === "yield") return nextTask();
  const { miss } = wait;
  const { view } = host;
  await view.load([miss]);
  const answer =
    miss.kind === "account"
      ? view.peekAccount(miss.address)
      : miss.kind === "slot"
        ? view.peekSlot(miss.address, miss.slot)
        : view.peekCode(miss.codeHash);
  if (answer !== undefined) return;
  throw new EvmEngineError("STATE_LOAD_BROKEN", "the view does not know an item it just loaded", { ...miss });
}

/** Lets timers and messages run, so that an abort can arrive; works in Node and in browsers. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    (port1 as unknown as { onmessage: () => void }).onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

export function aborted(): EvmEngineError {
  return new EvmEngineError("CALL_ABORTED", "the call was aborted");
}

/** The module traps only when linear memory cannot grow. */
export function translate(error: unknown): unknown {
  if (!(error instanceof webAssembly().RuntimeError)) return error;
  return new EvmEngineError("ENGINE_MEMORY_EXHAUSTED", "the engine's memory could not grow", {}, error);
}
