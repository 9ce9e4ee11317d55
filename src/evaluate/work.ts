/** Floor 5. How far an evaluation is: rows of roll-outs, what they are for, and how long the rest will take. */

export interface EvaluateProgress {
  /** What the roll-outs are for at the moment, such as `fee grid`. */
  readonly doing: string;
  /** From 0 to 1. */
  readonly share: number;
  readonly etaSeconds: number;
}

/** Counts the rows that roll-outs have gone through, against those that are expected. */
export class Work {
  private readonly began = performance.now();
  private done = 0;
  private doing = '';

  /** @param expected rows of all roll-outs; where more come, the rest is unknown and the share stays just below 1 */
  constructor(
    private readonly expected: number,
    private readonly onProgress: (progress: EvaluateProgress) => void = () => {},
  ) {}

  /** What comes next. */
  begin(doing: string): void {
    this.doing = doing;
    this.tell();
  }

  /** Rows that a roll-out went through. */
  add(rows: number): void {
    this.done += rows;
    this.tell();
  }

  private tell(): void {
    const share = Math.min(this.done / this.expected, 0.99);
    const seconds = (performance.now() - this.began) / 1000;
    const etaSeconds = this.done === 0 ? Number.NaN : (seconds * (1 - share)) / share;
    this.onProgress({ doing: this.doing, share, etaSeconds });
  }
}
