export { ownCertificate } from "./admission.ts";
export type { NodeCertificate } from "./certificates.ts";
export type { P2pError, P2pErrorCode } from "./errors.ts";
export { exposeChannel } from "./expose-channel.ts";
export { nodeIdOfPrivateKey } from "./identity.ts";
export { channelProtocol, createNetwork } from "./network.ts";
export type { Network, NetworkDeps, NetworkOptions, PeerAddress, PeerInfo, ReloadableOptions } from "./options.ts";
export { createRemoteChannel, type RemoteChannelOptions } from "./remote-channel.ts";
