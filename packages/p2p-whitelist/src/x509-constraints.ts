/** The parts of an X.509 certificate that node:crypto does not show. */
export interface X509Constraints {
  readonly isCa: boolean;
  /** Certificates allowed below this CA, not counting the leaf; null = no limit. */
  readonly pathLength: number | null;
  /** Null = the extension is absent, so any use is allowed. */
  readonly canSignCertificates: boolean | null;
}

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly next: number;
}

const SEQUENCE = 0x30;
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const EXTENSIONS = 0xa3;
/** 2.5.29.19 and 2.5.29.15 (RFC 5280, 4.2.1.9 and 4.2.1.3). */
const BASIC_CONSTRAINTS = "551d13";
const KEY_USAGE = "551d0f";
const KEY_CERT_SIGN = 0x04;

/** One DER element with a definite length of at most four bytes; null when it does not fit. */
function element(bytes: Uint8Array, at: number): Element | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return null;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4 || start + count > bytes.length) return null;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[start + i]!;
    start += count;
  }
  if (start + length > bytes.length) return null;
  return { tag, content: bytes.subarray(start, start + length), next: start + length };
}

function elements(bytes: Uint8Array): Element[] | null {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const next = element(bytes, at);
    if (next === null) return null;
    found.push(next);
    at = next.next;
  }
  return found;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The extension values of a DER certificate by object id; null when the bytes are no certificate. */
function extensions(der: Uint8Array): Map<string, Uint8Array> | null {
  const certificate = element(der, 0);
  const body = certificate?.tag === SEQUENCE ? element(certificate.content, 0) : null;
  const fields = body?.tag === SEQUENCE ? elements(body.content) : null;
  if (fields === null) return null;
  const values = new Map<string, Uint8Array>();
  const wrapper = fields.find((field) => field.tag === EXTENSIONS);
  if (wrapper === undefined) return values;
  const list = element(wrapper.content, 0);
  const items = list?.tag === SEQUENCE ? elements(list.content) : null;
  if (items === null) return null;
  for (const item of items) {
    const parts = item.tag === SEQUENCE ? elements(item.content) : null;
    const id = parts?.[0];
    const value = parts?.at(-1);
    if (id?.tag !== OBJECT_ID || value?.tag !== OCTET_STRING) return null;
    // A repeated extension (RFC 5280 forbids it) could be read in two ways.
    if (values.has(hex(id.content))) return null;
    values.set(hex(id.content), value.content);
  }
  return values;
}

/** Reads the constraints of a DER certificate; null when they cannot be read, which must count as a refusal. */
export function readX509Constraints(der: Uint8Array): X509Constraints | null {
  const values = extensions(der);
  if (values === null) return null;
  const basic = readBasicConstraints(values.get(BASIC_CONSTRAINTS));
  if (basic === null) return null;
  const usage = values.get(KEY_USAGE);
  if (usage === undefined) return { ...basic, canSignCertificates: null };
  const bits = element(usage, 0);
  if (bits?.tag !== BIT_STRING || bits.content.length < 2) return null;
  return { ...basic, canSignCertificates: (bits.content[1]! & KEY_CERT_SIGN) !== 0 };
}

function readBasicConstraints(value: Uint8Array | undefined): Pick<X509Constraints, "isCa" | "pathLength"> | null {
  if (value === undefined) return { isCa: false, pathLength: null };
  const sequence = element(value, 0);
  const parts = sequence?.tag === SEQUENCE ? elements(sequence.content) : null;
  if (parts === null) return null;
  let isCa = false;
  let pathLength: number | null = null;
  for (const part of parts) {
    if (part.tag === BOOLEAN && part.content.length === 1) isCa = part.content[0] !== 0;
    else if (part.tag === INTEGER && part.content.length === 1 && part.content[0]! < 0x80)
      pathLength = part.content[0]!;
    else return null;
  }
  return { isCa, pathLength };
}
