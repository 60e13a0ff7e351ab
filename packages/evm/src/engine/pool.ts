/** What the pool needs to know about an instance. */
export interface Pooled {
  /** Linear memory in bytes; it never shrinks. */
  readonly memoryBytes: number;
}

/**
 * Idle instances for reuse. Bounded in number, and an instance that a big execution has swollen is dropped, which is the
 * only way to give WebAssembly memory back.
 */
export class InstancePool<I extends Pooled> {
  readonly #create: () => I;
  readonly #maxIdle: number;
  readonly #maxIdleBytes: number;
  readonly #idle: I[] = [];

  constructor(create: () => I, maxIdle: number, maxIdleBytes: number) {
    this.#create = create;
    this.#maxIdle = maxIdle;
    this.#maxIdleBytes = maxIdleBytes;
  }

  take(): I {
    return this.#idle.pop() ?? this.#create();
  }

  /** Only for instances whose execution ended in order; others are left to the garbage collector. */
  give(instance: I): void {
    if (this.#idle.length < this.#maxIdle && instance.memoryBytes <= this.#maxIdleBytes) this.#idle.push(instance);
  }
}
