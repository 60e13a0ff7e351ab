import { createRequire } from "node:module";
import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatEthersChaiMatchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import hardhatIgnitionEthers from "@nomicfoundation/hardhat-ignition-ethers";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import { defineConfig } from "hardhat/config";

/** Which group is tested, and by whom; set by whoever starts this. */
const { FB_URL = "", FB_KEYS = "" } = process.env;

/** A project as applications have it: nothing is set but the network, and the compiler that is installed here. */
export default defineConfig({
  plugins: [hardhatEthers, hardhatEthersChaiMatchers, hardhatIgnitionEthers, hardhatMocha],
  solidity: {
    version: "0.8.37",
    path: createRequire(import.meta.url).resolve("solc/soljson.js"),
    settings: { evmVersion: "cancun" },
  },
  networks: { fb: { type: "http", url: FB_URL, accounts: FB_KEYS.split(",") } },
});
