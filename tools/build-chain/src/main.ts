import { readFileSync } from "node:fs";
import { createProgram, integer, runProgram } from "@fb/cli";
import { MAX_CHAIN_ID } from "@fb/types";
import { Option } from "commander";
import { buildChain } from "./build-chain.ts";
import { devAccounts } from "./dev-accounts.ts";
import type { BuildChainErrorCode } from "./errors.ts";
import { type GroupShape, OPERATOR_PORT_OFFSET, parseGroupShape, parseTopology } from "./topology.ts";

const program = createProgram("./fb build-chain")
  .description("Makes certificates, keys, configuration and scripts of a chain.")
  .requiredOption("-o, --output <folder>", "where the chain is written; existing keys are never overwritten")
  .option(
    "-n, --nodes <count>",
    "nodes on 127.0.0.1, all in every group, when no topology file is given",
    integer(1, 100),
    4,
  )
  .addOption(
    new Option(
      "-f, --file <topology>",
      'lines "host:count agency groups [p2pPort,rpcPort[,operatorPort]]"; a group is 1 or 1:observer',
    ).conflicts("nodes"),
  )
  .option(
    "-g, --group <shape...>",
    "id[:pbft|raft[:storage|mpt]], once per group",
    (text, all: GroupShape[]) => [...all, parseGroupShape(text)],
    [],
  )
  .option("--chain-id <id>", "chain id", integer(1, MAX_CHAIN_ID), 1)
  .option("--p2p-port <port>", "first peer port on each host", integer(1, 65535), 30300)
  .option("--rpc-port <port>", "first JSON-RPC port on each host", integer(1, 65535), 8545)
  .option(
    "--operator-port <port>",
    `first port for the operator, otherwise rpc-port + ${OPERATOR_PORT_OFFSET}`,
    integer(1, 65535),
  )
  .option(
    "--dev",
    "fund ten well-known accounts, add usual contracts, allow web pages; unsafe, for development only",
    false,
  )
  .option("--extend", "add nodes to the chain in the output folder", false)
  .option("--binary <command>", "command that runs a node, for the start scripts", "fb-node")
  .action(async (options) => {
    const groups: GroupShape[] = options.group.length > 0 ? options.group : [parseGroupShape("1")];
    const topology =
      options.file === undefined
        ? parseTopology(`127.0.0.1:${options.nodes} agency1 ${groups.map((group) => group.id).join(",")}`)
        : parseTopology(readFileSync(options.file, "utf8"), options.file);
    const nodes = await buildChain({
      output: options.output,
      chainId: options.chainId,
      topology,
      groups,
      ports: {
        p2p: options.p2pPort,
        rpc: options.rpcPort,
        operator: options.operatorPort ?? options.rpcPort + OPERATOR_PORT_OFFSET,
      },
      dev: options.dev,
      binary: options.binary,
      timestamp: Date.now(),
      extend: options.extend,
      onProgress: (step) => console.log(step),
    });
    for (const node of nodes) {
      const { p2p, rpc, operator } = node.ports;
      console.log(`${node.folder}  p2p ${p2p}  rpc ${rpc}  operator ${operator}  ${node.nodeId.slice(0, 16)}...`);
    }
    if (options.dev) {
      console.log("\nUNSAFE development accounts, each with 1,000,000 coins in every group:");
      for (const account of devAccounts()) console.log(`${account.address}  ${account.privateKey}`);
    }
  });

await runProgram<BuildChainErrorCode>(program, ["TOPOLOGY_INVALID"]);
