const HEX = /^(0x)?[0-9a-f]*$/i;
const HEX_KEY = /^(\d{1,10}:|0x)?[0-9a-f]{64}$/i;
/** A line of a PEM file, or most of one. */
const BASE64_KEY = /^[A-Za-z0-9+/]{40,}=*$/;

/** Longer than a node id, much shorter than the code of a contract. */
const MAX_SHOWN = 200;

/**
 * What a message may show of a file. Messages end in logs and tickets: whatever could be a private key that was pasted
 * into the wrong file, or the key file itself given as configuration, stays out of them.
 */
export function shown(text: string): string {
  if (text.length > MAX_SHOWN) return `${shown(text.slice(0, MAX_SHOWN))}...`;
  return HEX_KEY.test(text) || (BASE64_KEY.test(text) && !HEX.test(text)) ? "(hidden: it could be a key)" : text;
}
