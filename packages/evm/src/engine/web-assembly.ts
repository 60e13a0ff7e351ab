// The few parts of the WebAssembly API used here. Declared by hand so that neither this package nor its users need the
// DOM type library.

declare const compiled: unique symbol;

/** A compiled engine (a `WebAssembly.Module`); may be posted to other threads. */
export interface EngineModule {
  readonly [compiled]: true;
}

export interface EngineMemory {
  readonly buffer: ArrayBuffer;
}

interface Api {
  compile(bytes: Uint8Array): Promise<EngineModule>;
  readonly Instance: new (
    module: EngineModule,
    imports: Readonly<Record<string, object>>,
  ) => { readonly exports: unknown };
  readonly RuntimeError: new () => Error;
}

export function webAssembly(): Api {
  return (globalThis as unknown as { readonly WebAssembly: Api }).WebAssembly;
}
