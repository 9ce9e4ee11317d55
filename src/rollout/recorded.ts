/**
 * Floor 2. The recorded source: rows that every lane shares, computed once for a dataset — prices, their logarithms and sums
 * of them, and what else the models of a roll-out read step by step.
 */
import { type Buffer, buffer, type Expr, load, type Operand } from '../graph/index.js';
import type { Row } from './model.js';
import { MARKET } from './names.js';

/** Prices on a regular grid; a dataset is one. */
export interface Prices {
  readonly assets: readonly string[];
  readonly rows: number;
  /** rows × n, row-major. */
  readonly prices: Float64Array;
  /** rows × n, traded volume in the numéraire; null where unknown. */
  readonly volume: Float64Array | null;
  /** Further series by name, one number a row; none where left out. */
  readonly series?: Readonly<Record<string, Float64Array>>;
  /**
   * Rows of each of the pieces, one after another, that these are made of, such as scenarios: nothing looks from one into
   * the next. Left out: all are one.
   */
  readonly pieceRows?: number;
}

export const pieceRowsOf = ({ pieceRows, rows }: Pick<Prices, 'pieceRows' | 'rows'>): number => pieceRows ?? rows;

/**
 * Rows of 3n + 1 columns and one for each of the further series that `names` asks for: p; ln(p/p₀); Σ_{s ≤ row} ln(p_s/p₀);
 * a_t, the volume of all assets over its mean (1 where unknown); the series in the order of the names. Logarithms are
 * relative to the first row, of its piece where there are several, so that the sums stay small.
 */
export function marketSeries(data: Prices, names: readonly string[]): Float64Array {
  const n = data.assets.length;
  const width = 3 * n + 1 + names.length;
  const further = names.map((name) => data.series?.[name] as Float64Array);
  const out = new Float64Array(data.rows * width);
  const activity = relativeVolume(data);
  const piece = pieceRowsOf(data);
  for (let row = 0; row < data.rows; row++) {
    const at = row * width;
    const first = row - (row % piece);
    for (let i = 0; i < n; i++) {
      const p = data.prices[row * n + i];
      const log = Math.log(p / data.prices[first * n + i]);
      out[at + i] = p;
      out[at + n + i] = log;
      out[at + 2 * n + i] = log + (row === first ? 0 : out[at - width + 2 * n + i]);
    }
    out[at + 3 * n] = activity === null ? 1 : activity[row];
    for (let k = 0; k < further.length; k++) out[at + 3 * n + 1 + k] = further[k][row];
  }
  return out;
}

function relativeVolume({ volume, rows, assets: { length: n } }: Prices): Float64Array | null {
  if (volume === null) return null;
  const total = new Float64Array(rows);
  let all = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) total[row] += volume[row * n + i];
    all += total[row];
  }
  return all > 0 ? total.map((v) => (v * rows) / all) : null;
}

/** The name in a row of one of the dataset's further series, which may be called anything. */
export const seriesKey = (name: string): string => `series ${name}`;

/** The series that such a name stands for; null for another name. */
export const seriesOfKey = (key: string): string | null => (key.startsWith('series ') ? key.slice(7) : null);

/** Names that every row has. */
export const RECORDED_ROWS: readonly string[] = ['prices', 'logs', 'logSums', 'activity'];

/** Reads the rows inside a program, relative to a base row. */
export class RecordedRows {
  private readonly source: Buffer;
  /** @param names further series, as `marketSeries` was given them */
  constructor(
    private readonly n: number,
    private readonly base: Operand,
    private readonly names: readonly string[],
  ) {
    this.source = buffer('series', MARKET, 3 * n + 1 + names.length);
  }

  /**
   * `prices`, `logs` (ln p relative to the first row of the data), `logSums` (Σ of them up to and including the row),
   * `activity`, and each further series under its `seriesKey`.
   */
  row(t: Operand): Row {
    return {
      prices: this.columns(0, this.n, t),
      logs: this.columns(this.n, this.n, t),
      logSums: this.columns(2 * this.n, this.n, t),
      activity: this.columns(3 * this.n, 1, t),
      ...Object.fromEntries(this.names.map((name, k) => [seriesKey(name), this.columns(3 * this.n + 1 + k, 1, t)])),
    };
  }

  private columns(first: number, count: number, row: Operand): Expr[] {
    return Array.from({ length: count }, (_, i) => load(this.source, first + i, row, this.base));
  }
}
