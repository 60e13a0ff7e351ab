export interface StructLogOptions {
  /** Steps kept; later ones are counted in `dropped`. */
  readonly maxSteps: number;
  readonly withMemory?: boolean;
  readonly withReturnData?: boolean;
}
