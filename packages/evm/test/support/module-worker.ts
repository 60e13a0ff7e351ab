// Runs one program with a module compiled by another thread and posts the output back.
import { parentPort, workerData } from "node:worker_threads";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm, type EngineModule } from "@fb/evm";
import { runCode } from "./run-code.ts";

const { module, code } = workerData as { module: EngineModule; code: Uint8Array };
const evm = await createEvm({ suite: await createCryptoSuite(), module });
const { output } = await runCode(evm, code);
parentPort!.postMessage(output);
