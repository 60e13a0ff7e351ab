export { type BuildChainOptions, type BuiltNode, buildChain } from "./build-chain.ts";
export {
  certificatePem,
  createAgency,
  createChainCa,
  createNodeIdentity,
  type Identity,
  nodeIdOf,
  privateKeyPem,
  readIdentity,
} from "./certificates.ts";
export { DEV_MNEMONIC, type DevAccount, devAccounts } from "./dev-accounts.ts";
export type { BuildChainErrorCode } from "./errors.ts";
export {
  type GroupShape,
  type HostLine,
  type Membership,
  OPERATOR_PORT_OFFSET,
  type Ports,
  parseGroupShape,
  parseTopology,
} from "./topology.ts";
