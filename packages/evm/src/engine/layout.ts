// Offsets and numbers shared with assembly/ (SPEC 3.1, 3.2). A wrong one fails the compliance suite and the corpora.

export const FORK_NUMBER = { shanghai: 0, cancun: 1, prague: 2, osaka: 3 } as const;

export const STATUS = { missing: 32, precompile: 33, systemCall: 34, yield: 35, done: 36 } as const;

export const OUTCOME = { stopped: 0, reverted: 1, outOfGas: 2, precompileFailed: 15 } as const;

export const REFUSED = { memory: 1, precompile: 2 } as const;

export const ACCOUNT = {
  size: 168,
  flags: 24,
  balance: 32,
  nonce: 64,
  codeHash: 72,
  changed: 148,
  name: 152,
} as const;

export const ACCOUNT_FLAG = { existed: 2, warm: 4, created: 8, codeSet: 64, system: 128 } as const;

export const ACCOUNT_CHANGE = { none: 0, updated: 1, deleted: 2, slotsOnly: 3 } as const;

export const SLOT = { size: 112, value: 32, account: 96, flags: 100, name: 108, changedFlag: 0x40000000 } as const;

export const ENVIRONMENT = {
  gasPrice: 32,
  coinbase: 64,
  timestamp: 96,
  number: 128,
  prevRandao: 160,
  gasLimit: 192,
  chainId: 224,
  baseFee: 256,
  blobBaseFee: 288,
} as const;

export const MESSAGE = {
  caller: 0,
  target: 24,
  origin: 48,
  coinbase: 72,
  value: 96,
  gas: 128,
  flags: 136,
  dataSize: 140,
} as const;

export const MESSAGE_FLAG = { static: 1, create: 2 } as const;

export const FRAME_FLAG = { static: 1, delegated: 16 } as const;
