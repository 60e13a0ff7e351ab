import type { CryptoSuite } from "@fb/types";
import type { EngineModule } from "./engine/web-assembly.ts";

export interface EvmOptions {
  /** Recovers signatures and hashes keys for the ECRECOVER precompile. */
  readonly suite: Pick<CryptoSuite, "hash" | "recover">;
  /** A module from `compileEvmModule`, to compile only once for several threads. */
  readonly module?: EngineModule;
  /** Idle instances kept for reuse; default 4. A fresh one has 1.5 MB of linear memory. */
  readonly maxIdle?: number;
  /** An instance whose linear memory grew beyond this many bytes is dropped after the call; default 64 MiB. */
  readonly maxIdleBytes?: number;
}
