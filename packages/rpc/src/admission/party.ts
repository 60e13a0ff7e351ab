/** One connection, and where it comes from. Shares are by address first, then by connection. */
export interface Party {
  /** IPv4 address, or the first 64 bits of an IPv6 one: what one subscriber is given. */
  readonly address: string;
}

const LOOPBACK = "127.0.0.1";
const MAPPED_IPV4 = /^::ffff:([0-9.]+)$/i;

/** The party of a new connection. Both loopback addresses are one. @param remoteAddress as `net.Socket` tells it */
export function partyOf(remoteAddress: string | undefined): Party {
  return { address: addressKey(remoteAddress ?? "unknown") };
}

function addressKey(address: string): string {
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (address === "::1") return LOOPBACK;
  return address.includes(":") ? `${ipv6Prefix(address)}::/64` : address;
}

/** The first four groups, written without leading zeros. */
function ipv6Prefix(address: string): string {
  const [head = "", tail] = address.split("%", 1)[0]!.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...first, ...Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0"), ...last];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/** Programs of this machine share one address. */
export function isLoopback({ address }: Party): boolean {
  return address.startsWith("127.");
}
