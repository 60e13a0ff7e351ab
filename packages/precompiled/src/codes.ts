/** Results of system contracts that are not a success (FISCO BCOS 2.x numbers; -51005 is ours). Returned as int256. */
export const PRECOMPILED_CODES = {
  /** The caller has no right to this write. */
  permissionDenied: -50000n,
  tableMissing: -50100n,
  unknownFunction: -50101n,
  badAddress: -50102n,
  grantExists: -51000n,
  grantMissing: -51001n,
  nameTooLong: -51002n,
  /** The last admin cannot be removed: nobody could ever grant anything again. */
  lastAdmin: -51005n,
  badNodeId: -51100n,
  lastSealer: -51101n,
  nameAndVersionExist: -51200n,
  versionTooLong: -51201n,
  badConfigValue: -51300n,
} as const;
export type PrecompiledCode = (typeof PRECOMPILED_CODES)[keyof typeof PRECOMPILED_CODES];
