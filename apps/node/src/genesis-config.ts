import type { GroupGenesis } from "@fb/config";
import { FbError, fromHex, type GenesisConfig, type GroupId } from "@fb/types";
import type { NodeErrorCode } from "./errors.ts";

/** The canonical form of a genesis file. What a single key cannot show (counts, doubles, order) is checked here. */
export function genesisConfig(file: string, text: GroupGenesis, chainId: number): GenesisConfig {
  const wrong = (message: string): never => {
    throw new FbError<NodeErrorCode>("CONFIG_INVALID", `${file}: ${message}`, { file });
  };
  const { group, consensus, tx, rules, state } = text;
  if (group.chainId !== chainId) wrong(`[group] chain_id=${group.chainId}, but [chain] id of config.ini is ${chainId}`);
  if (consensus.sealers.length === 0) wrong("[consensus] needs at least one node.N (a sealer)");
  const nodes = [...consensus.sealers, ...consensus.observers];
  if (new Set(nodes).size !== nodes.length)
    wrong("[consensus] names a node twice; each is a sealer or an observer, once");
  if (consensus.minElectMs > consensus.maxElectMs) wrong("[consensus] min_elect_time is above max_elect_time");
  const accounts = text.alloc.accounts.map(({ address, balance }) => ({ address, balance }));
  if (new Set(accounts.map(({ address }) => address)).size !== accounts.length) wrong("[alloc] names an account twice");
  return {
    groupId: group.id as GroupId,
    chainId: group.chainId,
    timestamp: group.timestamp,
    consensus: {
      type: consensus.type,
      maxTransactions: consensus.maxTransactions,
      timeoutMs: consensus.timeoutSeconds * 1000,
      minElectMs: consensus.minElectMs,
      maxElectMs: consensus.maxElectMs,
    },
    sealers: consensus.sealers.toSorted(),
    observers: consensus.observers.toSorted(),
    stateType: state.type,
    txGasLimit: tx.gasLimit,
    blockGasLimit: tx.blockGasLimit,
    chargeGas: tx.charge,
    replayWindow: tx.replayWindow,
    rulesVersion: rules.version,
    evmFork: rules.evmFork,
    admins: [...new Set(text.governance.admins)].sort().map((admin) => fromHex(admin)!),
    alloc: accounts
      .sort((a, b) => (a.address < b.address ? -1 : 1))
      .map(({ address, balance }) => ({ address: fromHex(address)!, balance })),
  };
}
