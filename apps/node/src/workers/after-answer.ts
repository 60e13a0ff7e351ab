/** The answer to a call leaves at the end of the turn in which it is given; after it, a thread may let go of its ports. */
export function afterAnswer(letGo: () => void): void {
  setImmediate(() => setImmediate(letGo));
}
