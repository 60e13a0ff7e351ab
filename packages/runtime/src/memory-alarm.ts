/** How near a process is to its limit; each level gives up more than the one below. */
export type MemoryLevel = 0 | 1 | 2 | 3;

/** Shares of the limit above which each level begins. */
const BEGINS = [0, 0.8, 0.88, 0.94] as const;
/** So much below its beginning a level ends, so that what it gave up does not come back at once. */
const HYSTERESIS = 0.04;

/**
 * The level that follows `level` when `used` of `limit` bytes are in use. It rises at once and falls by one step at a
 * time: what one level gave up may be what the next one needs.
 */
export function nextMemoryLevel(level: MemoryLevel, used: number, limit: number): MemoryLevel {
  const share = used / limit;
  const risen = BEGINS.findLastIndex((begin) => share >= begin) as MemoryLevel;
  if (risen >= level) return risen;
  return share < BEGINS[level] - HYSTERESIS ? ((level - 1) as MemoryLevel) : level;
}
