/**
 * Numbers of `Receipt.status`. 0 to 32 are those of FISCO BCOS 2.x, so that its tools read them; 40 and up are failures
 * it has no number for. Numbers are part of receiptRoot and never change their meaning.
 */
export const RECEIPT_STATUS = {
  ok: 0,
  unknown: 1,
  badRlp: 2,
  invalidFormat: 3,
  outOfGasIntrinsic: 4,
  invalidSignature: 5,
  invalidNonce: 6,
  notEnoughCash: 7,
  outOfGasBase: 8,
  blockGasLimitReached: 9,
  badInstruction: 10,
  badJumpDestination: 11,
  outOfGas: 12,
  outOfStack: 13,
  stackUnderflow: 14,
  nonceCheckFail: 15,
  blockLimitCheckFail: 16,
  filterCheckFail: 17,
  noDeployPermission: 18,
  noCallPermission: 19,
  noTxPermission: 20,
  precompiledError: 21,
  revert: 22,
  invalidZeroSignatureFormat: 23,
  addressAlreadyUsed: 24,
  permissionDenied: 25,
  callAddressError: 26,
  gasOverflow: 27,
  txPoolIsFull: 28,
  transactionRefused: 29,
  contractFrozen: 30,
  accountFrozen: 31,
  notEnoughRemainGas: 32,
  staticViolation: 40,
  returnDataOutOfBounds: 41,
  callDepth: 42,
  nonceOverflow: 43,
  codeSizeLimit: 44,
  initCodeSizeLimit: 45,
  invalidCodePrefix: 46,
  codeStoreOutOfGas: 47,
} as const;
export type ReceiptStatusName = keyof typeof RECEIPT_STATUS;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(RECEIPT_STATUS).map(([name, code]) => [code, name]));

/** The name of a status; `status<n>` for a number this version does not know. */
export function receiptStatusName(status: number): string {
  return NAMES.get(status) ?? `status${status}`;
}
