export interface ConnectGroupOptions {
  /** Base URL of a node's RPC, for example http://127.0.0.1:8545. */
  readonly url: string;
  /** 1..32767. */
  readonly groupId: number;
  /** How often receipts and blocks are looked for, in milliseconds; default 200. */
  readonly pollingIntervalMs?: number;
}
