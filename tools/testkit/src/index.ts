export { encryptNode } from "./encrypt-node.ts";
export { createScratchChain, type ScratchChain, type ScratchChainOptions } from "./scratch-chain.ts";
export { createSenders, type Payload, type Sender, sign } from "./senders.ts";
