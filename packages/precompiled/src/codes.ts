// In @fb/types, because clients decode them too.
export { PRECOMPILED_CODES, type PrecompiledCode } from "@fb/types";
