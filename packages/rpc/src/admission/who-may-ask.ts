import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export interface WhoMayAskOptions {
  /** Address the server listens on. */
  readonly host: string;
  /** Names besides; `name` or `name:port`, `*` for all. */
  readonly hosts: readonly string[];
  /** Origins of web pages, `*` for all. */
  readonly corsOrigins: readonly string[];
}

/** Browser extensions are installed by the user and ask for themselves; no page can use their origin. */
const EXTENSION = /^(?:chrome|moz|safari-web)-extension:\/\/[^/]+$/;
const LOOPBACK_NAME = /^(?:.+\.)?localhost$/;

/**
 * Which requests are answered at all. A page whose name was made to point at this machine (DNS rebinding) sends its own
 * name as Host; other pages send their Origin.
 */
export class WhoMayAsk {
  readonly #options: WhoMayAskOptions;
  readonly #checksHost: boolean;

  constructor(options: WhoMayAskOptions) {
    this.#options = options;
    this.#checksHost = !options.hosts.includes("*") && (isLoopbackName(options.host) || options.hosts.length > 0);
  }

  allowsOrigin(origin: string): boolean {
    const { corsOrigins } = this.#options;
    return corsOrigins.includes("*") || corsOrigins.includes(origin) || EXTENSION.test(origin);
  }

  /** One sentence for the client, with the setting that would let it in; null when it may ask. */
  refusal({ headers, socket }: IncomingMessage): string | null {
    const { host, origin } = headers;
    if (this.#checksHost && host !== undefined && !this.#allowsHost(host.toLowerCase(), socket.localAddress)) {
      return `host ${shown(host)} is not answered; name it in [rpc] hosts`;
    }
    if (origin !== undefined && !this.allowsOrigin(origin)) {
      return `origin ${shown(origin)} may not ask; name it in [rpc] cors`;
    }
    return null;
  }

  #allowsHost(given: string, localAddress: string | undefined): boolean {
    const name = given.replace(/:[0-9]*$/, "").replace(/^\[(.*)\]$/, "$1");
    const { host, hosts } = this.#options;
    if (isLoopbackName(name) || name === host.toLowerCase() || hosts.includes(given) || hosts.includes(name))
      return true;
    return isIP(name) !== 0 && name === localAddress?.replace(/^::ffff:/, "");
  }
}

function isLoopbackName(name: string): boolean {
  return LOOPBACK_NAME.test(name) || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
