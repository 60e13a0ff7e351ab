export { ownCertificate } from "./admission/admission.ts";
export type { NodeCertificate } from "./admission/certificates.ts";
export type { P2pError, P2pErrorCode } from "./errors.ts";
export { exposeChannel } from "./thread/expose-channel.ts";
export { nodeIdOfPrivateKey } from "./identity.ts";
export { channelProtocol, createNetwork } from "./host/network.ts";
export type { Network, NetworkDeps, NetworkOptions, PeerAddress, PeerInfo, ReloadableOptions } from "./options.ts";
export { createRemoteChannel, type RemoteChannelOptions } from "./thread/remote-channel.ts";
