/**
 * By how many standard deviations the ranks of one sample differ from those of another (Mann-Whitney). Near 0 for
 * samples of one distribution, whatever its shape; equal values share their rank.
 */
export function differs(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const all = [...a.map((value) => ({ value, inA: true })), ...b.map((value) => ({ value, inA: false }))];
  all.sort((x, y) => x.value - y.value);
  let rankSum = 0;
  for (let i = 0; i < all.length; ) {
    let end = i;
    while (end < all.length && all[end]!.value === all[i]!.value) end++;
    const rank = (i + 1 + end) / 2;
    for (; i < end; i++) if (all[i]!.inA) rankSum += rank;
  }
  const mean = (a.length * (all.length + 1)) / 2;
  const deviation = Math.sqrt((a.length * b.length * (all.length + 1)) / 12);
  return (rankSum - mean) / deviation;
}
