// The layers of ARCHITECTURE.md as rules: what a package may import. Anything not listed is an error.
const workspace = {
  types: [],
  api: ["types"],
  compliance: ["types"],
  config: ["types"],
  crypto: ["types"],
  runtime: ["types"],
  "storage-amdb": ["types", "runtime"],
  "state-storage": ["types", "runtime", "storage-amdb"],
  "state-mpt": ["types", "runtime", "storage-amdb"],
  evm: ["types"],
  precompiled: ["types", "runtime", "storage-amdb"],
  verifier: ["types", "runtime", "evm", "precompiled"],
  blockchain: ["types", "runtime", "storage-amdb"],
  txpool: ["types", "runtime"],
  consensus: ["types", "runtime"],
  pbft: ["types", "runtime", "consensus"],
  raft: ["types", "runtime", "consensus"],
  sync: ["types", "runtime"],
  "p2p-whitelist": ["types", "runtime"],
  ledger: [
    "types",
    "api",
    "crypto",
    "runtime",
    "storage-amdb",
    "state-storage",
    "state-mpt",
    "evm",
    "precompiled",
    "verifier",
    "blockchain",
    "txpool",
    "consensus",
    "pbft",
    "raft",
    "sync",
  ],
  maintenance: [
    "types",
    "runtime",
    "crypto",
    "storage-amdb",
    "state-storage",
    "state-mpt",
    "evm",
    "precompiled",
    "verifier",
    "blockchain",
    "ledger",
  ],
  rpc: ["types", "api", "runtime"],
  sdk: ["types", "api"],
};

// A vendor library is imported in exactly one published package (apps and tools are free). @noble is the exception: the
// EVM's precompiles and the portable crypto suite both need it, and neither may import the other (ADR 0004).
const vendors = {
  rocksdb: ["storage-amdb"],
  mysql2: ["storage-amdb"],
  "@ethereumjs/.+": ["evm"],
  "mcl-wasm": ["evm"],
  libp2p: ["p2p-whitelist"],
  "@libp2p/.+": ["p2p-whitelist"],
  "@multiformats/.+": ["p2p-whitelist"],
  secp256k1: ["crypto"],
  "hash-wasm": ["crypto"],
  "@noble/.+": ["crypto", "evm"],
  pino: ["runtime"],
  "prom-client": ["runtime"],
  protobufjs: ["runtime"],
  fastify: ["rpc"],
  ws: ["rpc"],
  ethers: ["sdk"],
};

const tests = "(\\.test\\.ts$|/test/|/testing/|/testdata/|/examples/|/bench/|\\.config\\.ts$)";
const source = (name) => `^packages/${name}/`;

const layerRules = Object.entries(workspace).map(([name, allowed]) => ({
  name: `layer-${name}`,
  comment: `@fb/${name} may import ${allowed.length ? allowed.join(", ") : "no other package"}`,
  severity: "error",
  from: { path: source(name), pathNot: tests },
  to: { path: "^(packages|apps|tools)/", pathNot: [source(name), "^tools/build/", ...allowed.map(source)] },
}));

const vendorRules = Object.entries(vendors).map(([vendor, owners]) => ({
  name: `vendor-${vendor}`,
  comment: `${vendor} is imported in ${owners.join(" and ")} only`,
  severity: "error",
  from: { path: "^packages/", pathNot: [tests, ...owners.map(source)] },
  to: { path: `node_modules/${vendor}(/|$)` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...vendorRules,
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true, dependencyTypesNot: ["type-only"] } },
    {
      name: "unresolvable",
      comment: "an import that does not resolve is an undeclared dependency",
      severity: "error",
      from: { pathNot: "\\.json$" },
      to: { couldNotResolve: true },
    },
    {
      name: "pure-engines",
      comment: "engine cores are synchronous and deterministic: types and consensus/core only",
      severity: "error",
      from: { path: "^packages/(pbft|raft)/src/core/", pathNot: tests },
      to: { pathNot: ["^packages/(pbft|raft)/src/core/", "^packages/types/", "^packages/consensus/src/core/"] },
    },
    {
      name: "no-deep-import",
      comment: "other packages are reached through their exports map",
      severity: "error",
      from: { path: "^(packages|apps|tools)/([^/]+)/" },
      to: {
        path: "^(packages|apps|tools)/([^/]+)/",
        pathNot: ["^$1/$2/", "^tools/build/"],
        dependencyTypes: ["local"],
      },
    },
    {
      name: "testing-in-tests",
      comment: "test helpers and compliance suites never reach production code",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: [tests, source("compliance")] },
      to: { path: ["^packages/[^/]+/src/testing/", source("compliance")] },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "dist"] },
    exclude: { path: ["/dist/", "packages/evm/assembly/"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["fb-source", "import", "node", "default"] },
  },
};
