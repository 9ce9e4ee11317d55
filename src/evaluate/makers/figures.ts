/** Floor 5. What paths of a maker tell: every metric, where the money came from, fills seen beside fills expected. */
import { type MakerMetrics, type MakerPath, makerMetrics, portfolioMetrics } from '../../makers/metrics.js';
import type { Path } from '../../rollout/rollout.js';
import { meanWithError } from '../statistics.js';
import type { MakerValues } from './market.js';

/** Seconds after a fill at which the mid is looked at again. */
const MARKOUT = 1;

/** Of one policy's path: `fillGap` is fills seen less expected, of both sides, a second. */
export type PathFigures = MakerMetrics & { readonly fillGap: number };
export type MakerFigure = keyof PathFigures;

export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

export type Figures = Readonly<Record<MakerFigure, Estimate | null>>;

/** The figures that a pnl is the sum of, with their signs. */
export const SOURCES = [
  { figure: 'offsets', sign: 1, name: 'spread', doc: 'offsets of fills' },
  { figure: 'rebates', sign: 1, name: 'rebates', doc: 'paid for fills; below 0: fees' },
  { figure: 'takerCost', sign: -1, name: 'taking', doc: 'half the spread and fees of lots taken' },
  {
    figure: 'adverseSelection',
    sign: -1,
    name: 'adverse selection',
    doc: 'moves of the mid against fills within the markout',
  },
  { figure: 'held', sign: 1, name: 'inventory', doc: 'moves of the mid on what was held beyond that' },
] as const satisfies readonly { readonly figure: MakerFigure; readonly [key: string]: unknown }[];

export const markoutSteps = (dt: number) => Math.max(1, Math.round(MARKOUT / dt));

const YEAR = 365 * 86_400;

type Settings = Readonly<Record<string, number>>;

const numberOf = ({ observed }: Path): number => observed.q.length / observed.pnl.length;

/** The paths of each asset, N steps of what was shown at N + 1 rows. */
export function pathsOf(path: Path, settings: Settings, dt: number): MakerPath[] {
  const n = numberOf(path);
  const { observed: o } = path;
  return Array.from({ length: n }, (_, i) => {
    const all = (name: string) => o[name].filter((__, k) => k % n === i);
    const later = (name: string) => all(name).subarray(1);
    // λe^{−κδ} from the chance of a fill
    const rates = (name: string) => later(name).map((p) => (settings.thinning === 1 ? p : -Math.log1p(-p)) / dt);
    return {
      ...{ dt, q0: all('q')[0], mid: all('mid'), bidOffset: later('bid'), askOffset: later('ask') },
      ...{ bidFills: later('bidFills'), askFills: later('askFills') },
      ...{ takerBuy: later('takerBuys'), takerSell: later('takerSells') },
      ...{ expectedBid: rates('bidChance'), expectedAsk: rates('askChance') },
    };
  });
}

/** Of all assets, and of each. The objective of one is its pnl: penalties are of all. */
export function figuresOf(
  path: Path,
  paths: readonly MakerPath[],
  values: MakerValues,
  dt: number,
  terminal: (q: readonly number[]) => number,
): { readonly whole: PathFigures; readonly each: readonly PathFigures[] } {
  const costs = {
    // penalties may differ from state to state, and be of several assets at once: the path has their sum
    ...{ phi: 0, alpha: 0, rebate: values.rebate?.[0] ?? 0, takerCost: values.takerCost?.[0] ?? 0 },
    ...{ horizon: markoutSteps(dt), stepsPerYear: YEAR / dt },
  };
  const withGap = (m: MakerMetrics): PathFigures => ({
    ...m,
    fillGap: m.bidFillRate + m.askFillRate - m.expectedBidFillRate - m.expectedAskFillRate,
  });
  const { score, q } = path.observed;
  return {
    whole: {
      ...withGap(portfolioMetrics(paths, costs)),
      objective: score[score.length - 1] - terminal([...q.subarray(q.length - numberOf(path))]),
    },
    each: paths.map((p) => withGap(makerMetrics(p, costs))),
  };
}

export function summaryOf(paths: readonly PathFigures[]): Figures {
  const names = Object.keys(paths[0]) as MakerFigure[];
  return Object.fromEntries(
    names.map((name) => [name, estimateOf(paths.map((p) => p[name]).filter((x): x is number => x !== null))]),
  ) as Record<MakerFigure, Estimate | null>;
}

export function estimateOf(xs: readonly number[]): Estimate | null {
  const n = xs.length;
  if (n === 0) return null;
  const { mean, error } = meanWithError(Float64Array.from(xs));
  return { mean, standardError: n > 1 ? error : Number.NaN };
}

/** Fills of one asset at one inventory, a second of the time that it was held. */
export interface FillsAt {
  readonly asset: number;
  readonly side: 'bid' | 'ask';
  readonly q: number;
  readonly seconds: number;
  readonly seen: number;
  readonly expected: number;
}

/** Counts fills by the inventory before them, to whole lots. */
export class FillCounts {
  private readonly rows = new Map<
    string,
    { asset: number; side: 'bid' | 'ask'; q: number; seconds: number; seen: number; expected: number }
  >();

  /** @param bernoulli whether a step's chance of a fill is its rate times dt */
  constructor(private readonly bernoulli: boolean) {}

  add(paths: readonly MakerPath[]): void {
    paths.forEach((path, asset) => {
      let q = path.q0;
      for (let t = 0; t < path.bidFills.length; t++) {
        this.at(asset, 'bid', q, path.dt, path.bidFills[t], path.expectedBid[t]);
        this.at(asset, 'ask', q, path.dt, path.askFills[t], path.expectedAsk[t]);
        q += path.bidFills[t] - path.askFills[t] + path.takerBuy[t] - path.takerSell[t];
      }
    });
  }

  private at(asset: number, side: 'bid' | 'ask', held: number, dt: number, seen: number, expected: number): void {
    const q = Math.round(held);
    const key = `${asset},${side},${q}`;
    const row = this.rows.get(key) ?? { asset, side, q, seconds: 0, seen: 0, expected: 0 };
    this.rows.set(key, row);
    row.seconds += dt;
    row.seen += seen;
    row.expected += this.bernoulli ? expected * dt : -Math.expm1(-expected * dt);
  }

  /** By asset, side and inventory; rates a second. */
  rates(): FillsAt[] {
    return [...this.rows.values()]
      .map((r) => ({ ...r, seen: r.seen / r.seconds, expected: r.expected / r.seconds }))
      .sort((a, b) => a.asset - b.asset || a.side.localeCompare(b.side) || a.q - b.q);
  }
}
