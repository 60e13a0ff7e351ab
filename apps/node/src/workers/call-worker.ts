import { type MessagePort, workerData } from "node:worker_threads";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { type CallRunner, type CallRunnerOptions, type CallSource, createCallRunner } from "@fb/ledger/calls";
import { callPort, servePort, systemClock } from "@fb/runtime";
import { giveWay } from "./give-way.ts";

/** Given to the thread of calls at its start. */
export interface CallWorkerData {
  readonly options: CallRunnerOptions;
  /** Where the group's thread asks: {@link CallThreadApi}. */
  readonly calls: MessagePort;
  /** Where the group's thread answers: `CallSource` of @fb/ledger. */
  readonly source: MessagePort;
}

/** What the group's thread asks the thread of calls for. */
export interface CallThreadApi extends CallRunner {
  /** Resolves when the thread gets to it. */
  ping(): Promise<void>;
}

/** Reads under way: one for each call that runs, but calls that were given up leave theirs behind. */
const MAX_READS = 4096;
/** Instances that are kept, and their memory: this thread must be small again when an attack has ended. */
const IDLE = { maxIdle: 4, maxIdleBytes: 8 * 1024 * 1024 };

/** The calls of one group in a thread of their own: it has nothing but an engine, and reads through the group's thread. */
const data = workerData as CallWorkerData;
giveWay();
const suite = await createCryptoSuite();
const { api: source } = callPort<CallSource>(data.source, { maxInFlight: MAX_READS });
const runner = createCallRunner(data.options, {
  suite,
  evm: await createEvm({ suite, ...IDLE }),
  source,
  clock: systemClock,
});
servePort<CallThreadApi>(data.calls, {
  call: (...request) => runner.call(...request),
  estimateGas: (...request) => runner.estimateGas(...request),
  close: () => runner.close(),
  ping: async () => {},
});
