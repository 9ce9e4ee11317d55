/**
 * Floor 2. Prices between two recorded rows, block by block: a Brownian bridge of their logarithms from the one to the other.
 *
 *   x(s + g) = x(s) + (x(1) − x(s))·g/τ + √(g·(τ − g)/τ)·C·z,   τ = 1 − s what is left of the step, z standard normal
 *
 * CCᵀ is the covariance of the moves of a step in the neighbourhood of the row, so that pairs of assets move against each
 * other as they do there. What is drawn belongs to a row of the data, whatever window it is in: the same for all sets.
 */
import { constant, draw, type Expr, input, integer, scan, type Tree, where } from '../graph/index.js';
import type { Clock } from './clock.js';
import { choose, sum } from './functions.js';
import type { Row } from './model.js';
import { SEED_INPUT } from './names.js';
import { normal, poisson } from './random.js';
import { type Prices, seriesKey } from './recorded.js';

/** When blocks come: evenly, or at random moments at the same rate. */
export const ARRIVALS = ['regular', 'poisson'] as const;

export interface Blocks {
  /** Milliseconds from one to the next, or on average: a whole number of them makes a step. */
  readonly interval: number;
  readonly arrival: (typeof ARRIVALS)[number];
  /** Integer in [0, 2^32). */
  readonly seed: number;
}

/** Blocks of a step. */
export const blocksIn = ({ interval }: Blocks, clock: Clock): number => Math.round(clock.interval / interval);

/** Rows on either side whose moves are a row's neighbourhood. */
const NEAR = 30;

/** The names of the rows' factors C as series: row i ≥ column j. */
const factorNames = (n: number): string[] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: i + 1 }, (_, j) => `bridge ${i}.${j}`)).flat();

/** What a bridge reads of a row beside prices. */
export const bridgeSeries = (n: number): readonly string[] => factorNames(n);

/** The data with the factor C of every row: that of the moves from `NEAR` rows before it to as many after it. */
export function withFactors(data: Prices): Prices {
  const n = data.assets.length;
  const names = factorNames(n);
  const columns = names.map(() => new Float64Array(data.rows));
  const moves = movesOf(data);
  const covariance = new Float64Array(n * n);
  for (let row = 1; row < data.rows; row++) {
    const [from, to] = [Math.max(1, row - NEAR), Math.min(data.rows - 1, row + NEAR)];
    covariance.fill(0);
    for (let r = from; r <= to; r++) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) covariance[i * n + j] += moves[r * n + i] * moves[r * n + j];
      }
    }
    factorise(covariance, n, to - from + 1);
    let at = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) columns[at++][row] = covariance[i * n + j];
  }
  return { ...data, series: { ...data.series, ...Object.fromEntries(names.map((name, k) => [name, columns[k]])) } };
}

/** ln pₜ − ln pₜ₋₁, [rows][n]; 0 in the first row. */
function movesOf({ prices, rows, assets: { length: n } }: Prices): Float64Array {
  const moves = new Float64Array(rows * n);
  for (let k = n; k < rows * n; k++) moves[k] = Math.log(prices[k] / prices[k - n]);
  return moves;
}

/** What is left of a variance after those before it, as a part of it, that counts as none. */
const SINGULAR = 1e-12;

/** Cholesky's factor of sums over `count` moves, in their place; assets that move as those before do have no part of their own. */
function factorise(a: Float64Array, n: number, count: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let left = a[i * n + j] / count;
      for (let k = 0; k < j; k++) left -= a[i * n + k] * a[j * n + k];
      const least = (SINGULAR * a[i * n + i]) / count;
      if (i === j) a[i * n + i] = left > least ? Math.sqrt(left) : 0;
      else a[i * n + j] = a[j * n + j] === 0 ? 0 : left / a[j * n + j];
    }
  }
}

/** One step, of which something is carried from block to block. */
export interface Between<T extends Tree> {
  readonly blocks: Blocks;
  readonly clock: Clock;
  /** The row of the data that the step ends with; an integer. */
  readonly row: Expr;
  readonly before: Row;
  readonly now: Row;
  readonly init: T;
  /** A block at these prices, after that share of the step. */
  readonly block: (carry: T, prices: readonly Expr[], share: Expr) => T;
}

/** What is carried through the blocks of a step. The last of regular ones is at the recorded prices. */
export const overBlocks = <T extends Tree>(b: Between<T>): T =>
  b.blocks.arrival === 'regular' ? evenly(b) : atRandom(b);

interface Walked<T extends Tree> {
  readonly [key: string]: Tree;
  /** ln of the prices over those before the step. */
  readonly x: readonly Expr[];
  readonly carry: T;
}

/** The bridge of a step. */
class Bridge<T extends Tree> {
  private readonly factor: readonly (readonly Expr[])[];
  private readonly end: readonly Expr[];

  constructor(private readonly b: Between<T>) {
    const { now, before } = b;
    const n = now.prices.length;
    this.factor = Array.from({ length: n }, (_, i) =>
      Array.from({ length: i + 1 }, (_, j) => now[seriesKey(`bridge ${i}.${j}`)][0]),
    );
    this.end = now.logs.map((x, i) => x.sub(before.logs[i]));
  }

  get start(): Expr[] {
    return this.end.map(() => constant(0));
  }

  /** The k-th number of block `j`: n numbers for the prices, one for its time, one for how many there are. */
  uniform(j: Expr, k: number): Expr {
    return draw(input(SEED_INPUT), j, this.b.row, k);
  }

  /** The next x, after `part` of what is left of the step, with a deviation of √variance. */
  next(x: readonly Expr[], j: Expr, part: Expr, variance: Expr): Expr[] {
    const z = x.map((_, i) => normal(this.uniform(j, i)));
    const scale = variance.sqrt();
    return x.map((xi, i) => {
      const noise = sum(this.factor[i].map((c, k) => c.mul(z[k])));
      return xi.add(this.end[i].sub(xi).mul(part)).add(scale.mul(noise)).stopGradient();
    });
  }

  prices(x: readonly Expr[]): Expr[] {
    return x.map((xi, i) => this.b.before.prices[i].mul(xi.exp()));
  }
}

function evenly<T extends Tree>(b: Between<T>): T {
  const bridge = new Bridge(b);
  const count = blocksIn(b.blocks, b.clock);
  const { carry } = scan<Walked<T>>({
    name: 'blocks',
    length: integer(count),
    init: { x: bridge.start, carry: b.init },
    body: ({ x, carry }, j) => {
      const left = j.float().neg().add(count);
      const next = bridge.next(x, j, left.reciprocal(), left.sub(1).div(left.mul(count)));
      const last = j.equal(count - 1);
      const prices = bridge.prices(next).map((p, i) => where(last, b.now.prices[i], p));
      return { x: next, carry: b.block(carry, prices, j.float().add(1).div(count)) };
    },
  });
  return carry;
}

/** More blocks than a Poisson law of that mean ever has: its tail there is below 1e-16. */
const mostBlocks = (mean: number): number => Math.ceil(mean + 10 * Math.sqrt(mean) + 20);

/** As many as a Poisson law says, each at the earliest of the moments that those left are spread over evenly. */
function atRandom<T extends Tree>(b: Between<T>): T {
  const bridge = new Bridge(b);
  const n = b.now.prices.length;
  const mean = blocksIn(b.blocks, b.clock);
  const count = poisson(bridge.uniform(integer(0), n + 1), constant(mean));
  const { carry } = scan<Walked<T> & { readonly left: Expr }>({
    name: 'blocks',
    length: integer(mostBlocks(mean)),
    init: { x: bridge.start, left: constant(1), carry: b.init },
    body: (from, j) => {
      const { x, left, carry } = from;
      const others = count.sub(j.float()).maximum(1);
      // the least of m numbers that are even in (0, 1): 1 − u^(1/m)
      const part = bridge.uniform(j, n).log().div(others).expm1().neg();
      const gap = left.mul(part);
      const rest = left.sub(gap);
      const next = bridge.next(x, j, part, gap.mul(rest.div(left)));
      const step = { x: next, left: rest, carry: b.block(carry, bridge.prices(next), rest.neg().add(1)) };
      return choose(j.float().less(count), step, from);
    },
    active: (_, j) => j.float().add(1).less(count),
  });
  return carry;
}
