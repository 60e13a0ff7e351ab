export { encodeFrame as yamuxFrame, FLAG as YAMUX_FLAG, FRAME as YAMUX_FRAME } from "../guard/yamux-frames.ts";
export {
  createMemoryNetwork,
  type MemoryMessage,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  type MemoryNode,
  type ReportedFault,
} from "./memory-network.ts";
export { connectRaw, type RawPeer, type RawPeerOptions } from "./raw-peer.ts";
