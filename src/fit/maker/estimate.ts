/** Floor 5. A number of a maker's market as recorded data tell it. */

export interface Estimate {
  readonly value: number;
  /** Standard error; null where there is none. */
  readonly error: number | null;
  readonly unit: string;
  readonly doc: string;
}

/** What a fit says of a maker's market, by name, in the order in which it is shown. */
export type Estimates = Readonly<Record<string, Estimate>>;

/** A figure of how well the model describes the data. */
export interface Goodness {
  readonly name: string;
  readonly value: number;
  /** What it should be, and what it is if not. */
  readonly doc: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What the page draws. */
export interface Picture {
  readonly caption: string;
  readonly label: string;
  readonly lines: readonly {
    readonly name: string;
    /** Whether it is the model's. */
    readonly fitted: boolean;
    readonly points: readonly Point[];
  }[];
}

/** ln of the share of numbers that are larger, at about `count` of them: a line where they are exponential. */
export function survivalOf(values: ArrayLike<number>, count = 60): Point[] {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const last = Math.max(1, Math.floor(n * 0.999));
  return Array.from({ length: count }, (_, k) => Math.floor((k * (last - 1)) / (count - 1))).map((i) => ({
    x: sorted[i],
    y: Math.log((n - i) / n),
  }));
}

/** The law of an exponential of a mean, over the same numbers. */
export function exponentialLine(mean: number, points: readonly Point[]): Point[] {
  const end = points[points.length - 1].x;
  return Array.from({ length: 30 }, (_, k) => ({ x: (end * k) / 29, y: -(end * k) / 29 / mean }));
}
