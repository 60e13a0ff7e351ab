/** Small deterministic generator (Lehmer) of integers below a bound; uniform enough for tests. */
export function generator(seed: number): (bound: number) => number {
  let state = seed * 7919 + 1;
  return (bound) => {
    state = (state * 48271) % 2147483647;
    return state % bound;
  };
}
