/** How far a job is. */
export interface Progress {
  /** What is being done now. */
  readonly step: string;
  readonly done: number;
  /** Null = nobody knows before the end. */
  readonly total: number | null;
  /** What is counted. */
  readonly unit: "blocks" | "rows" | "nodes" | "bytes";
}
