export { createEvm } from "./engine/create-evm.ts";
export { compileEvmModule } from "./engine/wasm.ts";
export type { EngineModule } from "./engine/web-assembly.ts";
export { EvmEngineError, type EvmEngineErrorCode } from "./errors.ts";
export type { EvmOptions } from "./options.ts";
export { plainHost } from "./plain-host.ts";
