import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** A coin and a treasury of it, with a first mint: deployments and a call that depend on each other. */
export default buildModule("Club", (module) => {
  const coin = module.contract("Coin", [1_000n]);
  const treasury = module.contract("Treasury", [coin]);
  module.call(coin, "mint", [treasury, 5n]);
  return { coin, treasury };
});
