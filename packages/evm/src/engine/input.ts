import type { EvmBlock, EvmMessage } from "@fb/types";
import { ENVIRONMENT, MESSAGE, MESSAGE_FLAG } from "./layout.ts";
import type { LinearMemory } from "./memory.ts";
import type { EngineExports } from "./wasm.ts";

/** Writes the outermost message; the 4 bytes behind each address are zero for ever. */
export function writeMessage(
  memory: LinearMemory,
  engine: EngineExports,
  at: { readonly message: number; readonly environment: number; readonly argument: number },
  message: EvmMessage,
  target: Uint8Array,
): void {
  const data = engine.dataPointer(message.data.length);
  const { bytes, view } = memory;
  bytes.set(message.data, data);
  bytes.set(message.caller, at.message + MESSAGE.caller);
  bytes.set(target, at.message + MESSAGE.target);
  bytes.set(message.origin, at.message + MESSAGE.origin);
  memory.writeWord(at.message + MESSAGE.value, message.value);
  view.setBigInt64(at.message + MESSAGE.gas, message.gas, true);
  const flags = (message.isStatic ? MESSAGE_FLAG.static : 0) | (message.to === null ? MESSAGE_FLAG.create : 0);
  view.setUint32(at.message + MESSAGE.flags, flags, true);
  view.setUint32(at.message + MESSAGE.dataSize, message.data.length, true);
  memory.writeWord(at.environment + ENVIRONMENT.gasPrice, message.gasPrice);
  for (const { address, slots } of message.accessList) {
    memory.writeAddress(at.argument, address);
    const account = engine.warm();
    for (const slot of slots) {
      memory.bytes.set(slot, at.argument);
      engine.warmKey(account);
    }
  }
  if (message.blobHashes.length === 0) return;
  const blobs = engine.blobPointer(message.blobHashes.length);
  message.blobHashes.forEach((hash, i) => {
    memory.bytes.set(hash, blobs + 32 * i);
  });
}

export function writeBlock(
  memory: LinearMemory,
  at: { readonly message: number; readonly environment: number },
  block: EvmBlock,
): void {
  memory.bytes.set(block.coinbase, at.message + MESSAGE.coinbase);
  memory.writeWordBytes(at.environment + ENVIRONMENT.coinbase, block.coinbase);
  memory.writeWord(at.environment + ENVIRONMENT.timestamp, BigInt(block.timestamp));
  memory.writeWord(at.environment + ENVIRONMENT.number, BigInt(block.number));
  memory.writeWordBytes(at.environment + ENVIRONMENT.prevRandao, block.prevRandao);
  memory.writeWord(at.environment + ENVIRONMENT.gasLimit, block.gasLimit);
  memory.writeWord(at.environment + ENVIRONMENT.chainId, block.chainId);
  memory.writeWord(at.environment + ENVIRONMENT.baseFee, block.baseFee);
  memory.writeWord(at.environment + ENVIRONMENT.blobBaseFee, block.blobBaseFee);
}
