import type { EthSyncing, GroupStatus, TxPoolStatus } from "@fb/api";
import { ethChainId } from "@fb/types";
import { data, quantity } from "../format/hex.ts";
import { bytes } from "../schema/params.ts";
import { DIRECT, ethMethod, type MethodPart, nodeMethod } from "./method.ts";

/** What a client asks about the chain and the node before it does anything: `eth_chainId`, `net_`, `web3_`, `txpool_`. */
export const ethNodeMethods = {
  eth_chainId: ethMethod([], ({ info }) => quantity(ethChainId(info.chainId, info.groupId)), DIRECT),
  eth_syncing: ethMethod([], async ({ query }) => syncing(await query.status())),
  eth_accounts: ethMethod([], () => [], DIRECT),
  eth_mining: ethMethod([], () => false, DIRECT),
  eth_hashrate: ethMethod([], () => "0x0", DIRECT),
  net_version: ethMethod([], ({ info }) => String(ethChainId(info.chainId, info.groupId)), DIRECT),
  net_listening: nodeMethod([], () => true),
  net_peerCount: ethMethod([], async ({ query }) => quantity((await query.status()).connected.length)),
  web3_clientVersion: nodeMethod([], ({ services }) => services.clientVersion),
  web3_sha3: nodeMethod([bytes("data")], ({ services }, input) => data(services.suite.hash(input))),
  txpool_status: ethMethod([], async ({ query }) => poolStatus(await query.status())),
} satisfies MethodPart;

function syncing({ sync, head }: GroupStatus): false | EthSyncing {
  if (!sync.syncing) return false;
  return {
    startingBlock: quantity(sync.startedAt),
    currentBlock: quantity(head.header.number),
    highestBlock: quantity(sync.knownHighest),
  };
}

function poolStatus({ pool }: GroupStatus): TxPoolStatus {
  return { pending: quantity(pool.pending), queued: quantity(pool.queued) };
}
