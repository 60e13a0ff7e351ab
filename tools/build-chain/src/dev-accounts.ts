import { HDNodeWallet, Mnemonic } from "ethers";

/** Known to everybody who ever used a development chain: never fund them on a real one. */
export const DEV_MNEMONIC = "test test test test test test test test test test test junk";

export const DEV_BALANCE_WEI = 1_000_000n * 10n ** 18n;

export interface DevAccount {
  readonly address: string;
  readonly privateKey: string;
}

/** The first ten accounts that Ethereum development tools derive from {@link DEV_MNEMONIC} (BIP-44). */
export function devAccounts(): DevAccount[] {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(DEV_MNEMONIC), "m/44'/60'/0'/0");
  return Array.from({ length: 10 }, (_, i) => {
    const { address, privateKey } = root.deriveChild(i);
    return { address, privateKey };
  });
}
