export type { ReferenceEvmErrorCode } from "./errors.ts";
export { createReferenceEvm } from "./reference-evm.ts";
