import { configError, GROUP_GENESIS, type GroupGenesis, readConfig, type WrongValue } from "@fb/config";
import { FbError, fromHex, type GenesisConfig, type GroupId, genesisProblem, isNodeKey } from "@fb/types";
import type { NodeErrorCode } from "./errors.ts";

/**
 * The canonical form of a genesis file. Throws CONFIG_INVALID with every mistake, also those a single key cannot show
 * (counts, doubles, order).
 *
 * @param chainId of `config.ini`
 */
export function readGenesis(file: string, content: string, chainId: number): GenesisConfig {
  const text = readConfig(GROUP_GENESIS, file, content);
  const wrong = wrongValues(text, chainId);
  if (wrong.length > 0) throw configError(file, content, wrong);
  const genesis = canonical(text);
  const problem = genesisProblem(genesis);
  if (problem !== null) throw new FbError<NodeErrorCode>("CONFIG_INVALID", `${file}: ${problem}`, { file });
  return genesis;
}

function wrongValues({ group, consensus, tx, alloc }: GroupGenesis, chainId: number): WrongValue[] {
  const wrong: WrongValue[] = [];
  if (group.chainId !== chainId)
    wrong.push({ section: "group", key: "chain_id", allowed: `${chainId}, [chain] id of config.ini` });
  if (consensus.sealers.length === 0)
    wrong.push({ section: "consensus", key: "node.0", allowed: "at least one node.N, a sealer" });
  for (const [key, ids] of [
    ["node", consensus.sealers],
    ["observer", consensus.observers],
  ] as const) {
    const allowed = "a public key: nobody can be the node of another id";
    for (const value of ids) if (!isNodeKey(value)) wrong.push({ section: "consensus", key, value, allowed });
  }
  const once = "each node once, as node.N (sealer) or as observer.N";
  for (const value of doubles(consensus.sealers))
    wrong.push({ section: "consensus", key: "node", value, allowed: once });
  for (const value of doubles([...new Set(consensus.sealers), ...consensus.observers]))
    wrong.push({ section: "consensus", key: "observer", value, allowed: once });
  if (consensus.maxElectMs < consensus.minElectMs)
    wrong.push({
      section: "consensus",
      key: "max_elect_time",
      allowed: `at least min_elect_time, ${consensus.minElectMs}`,
    });
  if (tx.blockGasLimit < tx.gasLimit)
    wrong.push({ section: "tx", key: "block_gas_limit", allowed: `at least gas_limit, ${tx.gasLimit}` });
  for (const key of doubles(alloc.accounts.map(({ address }) => address)))
    wrong.push({ section: "alloc", key, allowed: "each account once" });
  return wrong;
}

function doubles(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function canonical({ group, consensus, tx, rules, state, governance, alloc }: GroupGenesis): GenesisConfig {
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
    admins: [...new Set(governance.admins)].sort().map((admin) => fromHex(admin)!),
    alloc: alloc.accounts
      .toSorted((a, b) => (a.address < b.address ? -1 : 1))
      .map(({ address, balance }) => ({ address: fromHex(address)!, balance })),
  };
}
