/** Whole numbers; both bounds are included. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
}
