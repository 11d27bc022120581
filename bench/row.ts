/** One line of the table that `npm run bench` prints. */
export interface BenchRow {
  /** What was measured, in words. */
  name: string;
  value: number;
  /** Unit of `value`, such as "s", "events/s", "ms", "MB". */
  unit: string;
  /** The named ceiling measured in the same run, in the same unit. */
  ceiling?: number;
  /** `value` against `ceiling`. */
  ratio?: number;
  /** The target in words, as the reader should compare it. */
  target: string;
  met: boolean;
}
