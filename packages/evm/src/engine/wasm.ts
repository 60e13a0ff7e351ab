import { ENGINE_MODULE } from "./module.ts";
import { type EngineMemory, type EngineModule, webAssembly } from "./web-assembly.ts";

/** What assembly/index.ts exports; SPEC.md describes the protocol. Pointers are byte offsets into `memory`. */
export interface EngineExports {
  readonly memory: EngineMemory;
  environmentPointer(): number;
  messagePointer(): number;
  argumentPointer(): number;
  answerPointer(): number;
  seedPointer(): number;
  begin(fork: number, cap: number, precompileCap: number, yieldWork: number): number;
  dataPointer(size: number): number;
  blobPointer(count: number): number;
  warm(): number;
  warmKey(account: number): void;
  resume(): number;
  describe(): void;
  complete(status: number, gasLeft: bigint): void;
  markFrames(mark: number): void;
  reserveReturn(size: number): number;
  addLog(topics: number, size: number): number;
  collect(): void;
  newCode(account: number): void;
}

/** Compiles the engine; the module may be posted to worker threads and given to their `createEvm`. */
export function compileEvmModule(): Promise<EngineModule> {
  return webAssembly().compile(decodeModule(ENGINE_MODULE));
}

/** Bytes of a generated module text. */
export function decodeModule(base64: string): Uint8Array {
  const text = atob(base64.replaceAll("\n", ""));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
