import type { MetricsRegister } from "@fb/runtime";
import { RECEIPT_STATUS, type Receipt } from "@fb/types";

/** What a group's verifier counts, over proposals and synced blocks alike. */
export function verifierMetrics(register: MetricsRegister) {
  const blocks = register.counter("fb_verifier_blocks_total", "Blocks executed, candidates included");
  const succeeded = register.counter("fb_verifier_transactions_succeeded_total", "Transactions executed with success");
  const failed = register.counter(
    "fb_verifier_transactions_failed_total",
    "Transactions executed with a failed receipt",
  );
  const gas = register.counter("fb_verifier_gas_used_total", "Gas used by executed blocks");
  return {
    executed(receipts: readonly Receipt[], gasUsed: number): void {
      const good = receipts.filter((receipt) => receipt.status === RECEIPT_STATUS.ok).length;
      blocks.inc();
      succeeded.inc(undefined, good);
      failed.inc(undefined, receipts.length - good);
      gas.inc(undefined, gasUsed);
    },
  };
}
