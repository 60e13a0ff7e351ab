/** Tells a step when it begins and how long it took when it ends. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const tty = process.stdout.isTTY;
  process.stdout.write(tty ? `  ${name} ...` : `  ${name} ...\n`);
  try {
    const result = await run();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(tty ? `\r  ${name} (${seconds} s)   \n` : `  ${name}: done (${seconds} s)\n`);
    return result;
  } catch (error) {
    if (tty) process.stdout.write("\n");
    throw error;
  }
}

/** Columns padded to their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join("  ")
          .trimEnd()}`,
    )
    .join("\n");
}
