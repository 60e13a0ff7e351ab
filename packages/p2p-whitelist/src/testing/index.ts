export {
  createMemoryNetwork,
  type MemoryMessage,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  type MemoryNode,
  type ReportedFault,
} from "./memory-network.ts";
