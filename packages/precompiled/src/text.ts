/** Bytes of text fields as text, byte order marks included: without them two values would read as one. */
export const fromUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
