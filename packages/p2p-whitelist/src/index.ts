export type { P2pError, P2pErrorCode } from "./errors.ts";
export type { Network, NetworkDeps, NetworkOptions, PeerAddress, PeerInfo, ReloadableOptions } from "./options.ts";
