export { ENVELOPE_BYTES, type EnvelopePlace, envelopeMaster, type Opened, open, seal } from "./envelope.ts";
export type { EncryptionErrorCode } from "./errors.ts";
export { createKeyRing, type KeyPurpose, type KeyRing } from "./key-ring.ts";
export { type GroupKey, groupKeys, type MasterKey, parseMasterKeys } from "./master-keys.ts";
export { decryptStream, encryptStream, isEncryptedStream } from "./stream.ts";
