import type { GroupReadiness, MemoryStatus } from "../node.ts";

/** `GET /health`: the process works. */
export interface HealthAnswer {
  readonly ok: true;
  readonly version: string;
}

/** `GET /ready`: 200 when requests can be served, else 503. Only the operator is told more than `ok`. */
export interface ReadyAnswer {
  readonly ok: boolean;
  readonly groups?: readonly GroupReadiness[];
  readonly memory?: MemoryStatus;
}
