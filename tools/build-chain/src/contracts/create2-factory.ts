/**
 * The CREATE2 factory to which Foundry, Hardhat Ignition and many scripts deploy (github.com/Arachnid/deterministic-
 * deployment-proxy): calldata is a salt and init code. What the well-known keyless transaction deploys; a test runs that
 * transaction and compares.
 */
export const CREATE2_FACTORY_ADDRESS = "0x4e59b44847b379578588920ca78fbf26c0b4956c";

export const CREATE2_FACTORY_CODE = `0x7f${"ff".repeat(31)}e03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3`;
