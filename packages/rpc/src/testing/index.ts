export { MemoryGroup, type MemoryGroupOptions } from "./memory-group.ts";
export { MemoryDirectory, type MemoryNode, type MemoryNodeDeps, startMemoryNode } from "./memory-node.ts";
