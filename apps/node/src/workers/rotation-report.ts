import type { Logger, MetricsRegister } from "@fb/runtime";
import type { RotationEvent } from "@fb/storage-amdb/rocksdb";

/** Tells the operator how far rows are rewritten under a new master key, and when the old one is not needed any more. */
export function rotationReport(log: Logger, register: MetricsRegister): (event: RotationEvent) => void {
  const due = register.gauge("fb_storage_rotation_due", "1 while rows are under an older master key", []);
  const rows = register.gauge("fb_storage_rotation_rows", "rows looked at since the rotation began or went on", []);
  due.set(0);
  return (event) => {
    if (event.type !== "finished") due.set(1);
    switch (event.type) {
      case "started":
        return log.info("encryption-rotation-started", { to: event.to, from: event.from.join(", ") });
      case "progress":
        rows.set(event.rows);
        return log.info("encryption-rotating", { rows: event.rows, table: event.table });
      case "finished":
        due.set(0);
        rows.set(event.rows);
        return log.info("encryption-rotated", { to: event.to, notNeeded: event.from.join(", "), rows: event.rows });
      case "failed":
        return log.error("encryption-rotation-failed", { error: event.error });
    }
  };
}
