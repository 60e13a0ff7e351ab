import { isNodeId, type NodeId } from "@fb/types";

/** One key of a section: how it reads, writes and explains itself. */
export interface Field<T> {
  readonly type: "value";
  readonly key: string;
  readonly help: string;
  /** The allowed values in words, for error messages and comments. */
  readonly allowed: string;
  /** Value when the key is absent; undefined makes the key required. */
  readonly fallback: T | undefined;
  /** Undefined = not allowed. */
  parse(text: string): T | undefined;
  render(value: T): string;
}

/** A numbered list `key.0=`, `key.1=`...; absent = empty. */
export interface ListField<T> {
  readonly type: "list";
  readonly key: string;
  readonly help: string;
  readonly allowed: string;
  parse(text: string): T | undefined;
  render(value: T): string;
}

/** A section whose keys are data, not names: `key=value` pairs. */
export interface PairField<T> {
  readonly type: "pairs";
  readonly help: string;
  readonly allowed: string;
  parse(key: string, text: string): T | undefined;
  render(value: T): readonly [string, string];
}

/** @param of.orZero 0 is allowed as well, though it lies outside of the range. */
export function int(
  key: string,
  of: { min: number; max: number; orZero?: true; fallback?: number; help: string },
): Field<number> {
  return {
    type: "value",
    key,
    help: of.help,
    allowed: `${of.orZero === true ? "0 or " : ""}integer ${of.min}..${of.max}`,
    fallback: of.fallback,
    parse(text) {
      if (!/^-?\d{1,16}$/.test(text)) return undefined;
      const value = Number(text);
      const isInRange = value >= of.min && value <= of.max;
      return isInRange || (of.orZero === true && value === 0) ? value : undefined;
    },
    render: String,
  };
}

export function text(
  key: string,
  of: { fallback?: string; help: string; allowed?: string; pattern?: RegExp },
): Field<string> {
  const pattern = of.pattern ?? /^.+$/;
  return {
    type: "value",
    key,
    help: of.help,
    allowed: of.allowed ?? "text",
    fallback: of.fallback,
    parse: (value) => (pattern.test(value) ? value : undefined),
    render: (value) => value,
  };
}

export function bool(key: string, of: { fallback: boolean; help: string }): Field<boolean> {
  return {
    type: "value",
    key,
    help: of.help,
    allowed: "true or false",
    fallback: of.fallback,
    parse: (value) => (value === "true" ? true : value === "false" ? false : undefined),
    render: String,
  };
}

export function choice<const T extends string>(
  key: string,
  of: { values: readonly T[]; fallback?: NoInfer<T>; help: string },
): Field<T> {
  return {
    type: "value",
    key,
    help: of.help,
    allowed: of.values.join(" or "),
    fallback: of.fallback,
    parse: (value) => of.values.find((known) => known === value),
    render: (value) => value,
  };
}

/** Origins of web pages on one line, as browsers send them, or `*`; empty unless given. */
export function origins(key: string, help: string): Field<readonly string[]> {
  return {
    type: "value",
    key,
    help,
    allowed: "origins like https://app.example separated by spaces, or *",
    fallback: [],
    parse(line) {
      const all = line.split(/\s+/).filter(Boolean);
      return all.every((one) => one === "*" || isOrigin(one)) ? all : undefined;
    },
    render: (all) => all.join(" "),
  };
}

/** Names on one line by which clients may address a server, as they send them in `Host`, or `*`; empty unless given. */
export function hosts(key: string, help: string): Field<readonly string[]> {
  return {
    type: "value",
    key,
    help,
    allowed: "host names in lower case like node.example or node.example:8545 separated by spaces, or *",
    fallback: [],
    parse(line) {
      const all = line.split(/\s+/).filter(Boolean);
      return all.every((one) => one === "*" || isHost(one)) ? all : undefined;
    },
    render: (all) => all.join(" "),
  };
}

function isHost(text: string): boolean {
  return /^[a-z0-9.-]+(?::[0-9]{1,5})?$/.test(text);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}

/** What the entries of a list have in common. */
type ListItem<T> = Omit<ListField<T>, "type" | "key">;

export function listOf<T>(key: string, item: ListItem<T>): ListField<T> {
  return { type: "list", key, ...item };
}

export const nodeIdItem = (help: string): ListItem<NodeId> => ({
  help,
  allowed: "node id: 128 hex digits",
  parse: (value) => (isNodeId(value.toLowerCase()) ? (value.toLowerCase() as NodeId) : undefined),
  render: (value) => value,
});

/** A SHA-256 hash, as hex with or without the colons that `openssl` puts between the bytes. */
export const fingerprintItem = (help: string): ListItem<string> => ({
  help,
  allowed: "SHA-256: 64 hex digits",
  parse(value) {
    const digits = /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(value) ? value.replaceAll(":", "") : value;
    return /^[0-9a-f]{64}$/i.test(digits) ? digits.toLowerCase() : undefined;
  },
  render: (value) => value,
});

/** `host:port`, `1.2.3.4:port` or `[v6]:port`. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export const hostPortItem = (help: string): ListItem<HostPort> => ({
  help,
  allowed: "host:port or [ipv6]:port",
  parse(value) {
    const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(value);
    const port = Number(match?.[3]);
    return match !== null && port >= 1 && port <= 65535 ? { host: (match[1] ?? match[2])!, port } : undefined;
  },
  render: ({ host, port }) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`),
});

export const addressItem = (help: string): ListItem<string> => ({
  help,
  allowed: "address: 0x and 40 hex digits",
  parse: (value) => (/^0x[0-9a-fA-F]{40}$/.test(value) ? value.toLowerCase() : undefined),
  render: (value) => value,
});
