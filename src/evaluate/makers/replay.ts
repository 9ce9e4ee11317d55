/** Floor 5. Policies of makers on a recording of their market: paths like those of a roll-out, with fills by recorded trades. */
import { policyNumber } from '../../../kernels/makers/policies/index.js';
import type { Quoted } from '../../../kernels/makers/quoted.js';
import { UserError } from '../../errors.js';
import { chanceOf } from '../../makers/discrete.js';
import { firstMid, type MarketSeen, type Replayed, replayed } from '../../makers/replay.js';
import type { Path } from '../../rollout/rollout.js';
import type { MakerValues } from './market.js';

export interface ReplayChoice {
  /** Share of the touch's size that stands ahead of a quote. */
  readonly queue: number;
  /** Units of the asset in a lot. */
  readonly lot: number;
}

type Settings = Readonly<Record<string, number>>;

/** Of one policy's quotes over windows that follow each other in the recording, each from the start inventory. */
export interface Replay extends ReplayChoice {
  /** ms UTC of the first row. */
  readonly start: number;
  /** Steps of the whole recording. */
  readonly steps: number;
  path(quotes: Quoted, values: MakerValues, settings: Settings, window: number, rows: number, every: number): Path;
}

/** Throws a UserError for a maker that a recording has not all that it looks at. */
export function checkReplay({ assets, states, knots, policy }: Settings): void {
  const refuse = (found: boolean, wanted: string, got: string) => {
    if (found) throw new UserError(`replay: expected ${wanted}, got ${got}; evaluate it on its own scenarios`);
  };
  refuse(assets > 1, 'a maker of one asset (a recording is of one market)', `assets: ${assets}`);
  refuse(
    states > 1,
    'a maker that looks at no state of the market (a recording does not tell it)',
    `states: ${states}`,
  );
  refuse(policy === policyNumber('table') && knots > 1, 'quotes that are the same at all times', `knots: ${knots}`);
}

/** The median size of its trades: a lot where none is named. */
export function medianSize({ trades: { size } }: MarketSeen): number {
  const sorted = Float64Array.from(size).sort();
  return sorted[Math.floor(sorted.length / 2)];
}

/** @param dt seconds of a step. Throws a UserError where the recording is shorter than two steps. */
export function replayOf(market: MarketSeen, choice: ReplayChoice, dt: number): Replay {
  const start = firstMid(market);
  const { time } = market.trades;
  const steps = Math.floor((time[time.length - 1] - start) / (1000 * dt));
  if (steps < 2) {
    throw new UserError(
      `replay: a recording of at least two steps of ${dt} s was expected, got ${((time[time.length - 1] - start) / 1000).toFixed(3)} s; record for longer`,
    );
  }
  return {
    ...choice,
    start,
    steps,
    path(quotes, values, settings, window, rows, every) {
      const of = (name: string) => values[name]?.[0] ?? 0;
      const thinning = settings.thinning === 1 ? ('bernoulli' as const) : ('poisson' as const);
      const half = settings.spread === 1 ? of('halfSpread') : 0;
      const rules = {
        ...{ dt, ...choice, latency: settings.latency === 1 ? (1 as const) : (0 as const) },
        ...{ qMin: settings.qMin, qMax: settings.qMax, startInventory: settings.startInventory },
        ...{ bid: quotes.bid[0], ask: quotes.ask[0], take: quotes.take[0] },
        ...{ phi: of('phi'), rebate: of('rebate'), takerCost: of('takerCost') },
        chance: (side: 'bid' | 'ask', offset: number) => {
          const name = side === 'bid' ? 'Bid' : 'Ask';
          const depth = settings.spread === 1 ? Math.max(offset - half, 0) : offset;
          return chanceOf(of(`lambda${name}`) * dt * Math.exp(-of(`kappa${name}`) * depth), thinning);
        },
      };
      const observed = replayed(market, rules, start + window * (rows - 1) * dt * 1000, rows - 1);
      return thinned(observed, rows, every);
    },
  };
}

function thinned(observed: Replayed, rows: number, every: number): Path {
  const at = Int32Array.from({ length: Math.ceil(rows / every) }, (_, k) => k * every);
  if (every === 1) return { rows: at, observed };
  return {
    rows: at,
    observed: Object.fromEntries(
      Object.entries(observed).map(([name, x]) => [name, Float64Array.from(at, (row) => x[row])]),
    ),
  };
}
