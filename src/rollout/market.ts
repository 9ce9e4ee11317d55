/**
 * Floor 2. The series that every lane shares, computed once for a dataset: prices, their logarithms and sums of them, and
 * what else the models of a roll-out read minute by minute.
 */
import { type Buffer, buffer, type Expr, load, type Operand } from '../graph/index.js';

/** Name of the series input. */
export const MARKET = 'market';

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
}

/**
 * Rows of 3n + 1 columns and one for each of the further series that `names` asks for: p; ln(p/p₀); Σ_{s ≤ row} ln(p_s/p₀);
 * a_t, the volume of all assets over its mean (1 where unknown); the series in the order of the names. Logarithms are
 * relative to the first row, so that the sums stay small.
 */
export function marketSeries(data: Prices, names: readonly string[]): Float64Array {
  const n = data.assets.length;
  const width = 3 * n + 1 + names.length;
  const further = names.map((name) => data.series?.[name] as Float64Array);
  const out = new Float64Array(data.rows * width);
  const activity = relativeVolume(data);
  for (let row = 0; row < data.rows; row++) {
    const at = row * width;
    for (let i = 0; i < n; i++) {
      const p = data.prices[row * n + i];
      const log = Math.log(p / data.prices[i]);
      out[at + i] = p;
      out[at + n + i] = log;
      out[at + 2 * n + i] = log + (row === 0 ? 0 : out[at - width + 2 * n + i]);
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

/** Reads the series inside a program, relative to a base row. */
export class Market {
  private readonly source: Buffer;
  /** @param names further series, as `marketSeries` was given them */
  constructor(
    private readonly n: number,
    private readonly base: Operand,
    private readonly names: readonly string[],
  ) {
    this.source = buffer('series', MARKET, 3 * n + 1 + names.length);
  }
  private columns(first: number, row: Operand): Expr[] {
    return Array.from({ length: this.n }, (_, i) => load(this.source, first + i, row, this.base));
  }
  prices(row: Operand): Expr[] {
    return this.columns(0, row);
  }
  logs(row: Operand): Expr[] {
    return this.columns(this.n, row);
  }
  /** Σ of ln p up to and including a row. */
  logSums(row: Operand): Expr[] {
    return this.columns(2 * this.n, row);
  }
  activity(row: Operand): Expr {
    return load(this.source, 3 * this.n, row, this.base);
  }
  /** A further series. */
  further(name: string, row: Operand): Expr {
    return load(this.source, 3 * this.n + 1 + this.names.indexOf(name), row, this.base);
  }
}
