/**
 * Floor 3. How several assets are quoted, by all inventories q:
 *
 *     affine   δᵇᵢ = offsetᵢ + slopeᵢqᵢ + Σⱼ crossᵢⱼqⱼ − tiltᵢ,   δᵃᵢ = offsetᵢ − slopeᵢqᵢ − Σⱼ crossᵢⱼqⱼ + tiltᵢ
 *     table    an offset of each side of each asset at every combination of inventories
 */
import type { Expr } from '../../../src/graph/index.js';
import { dot } from '../../../src/rollout/functions.js';
import type { Parameters } from '../../../src/rollout/model.js';
import { trained } from '../policies/policy.js';
import { at } from '../read.js';
import { gridOf, indexWithin, type Limits, limitsOf, openLimits } from './grid.js';
import { symmetric } from './market.js';

type Settings = Readonly<Record<string, number>>;
type Values = Readonly<Record<string, readonly Expr[]>>;

/** Offsets in money, of each asset. */
export interface SeveralQuotes {
  readonly bid: readonly Expr[];
  readonly ask: readonly Expr[];
}

export interface SeveralPolicy {
  readonly name: string;
  readonly parameters: (s: Settings) => Parameters;
  run(value: Values, s: Settings): (q: readonly Expr[]) => SeveralQuotes;
}

const affine: SeveralPolicy = {
  name: 'affine',
  parameters: () => ({
    offset: trained({ shape: 'asset', unit: 'money', default: 0.567308764, doc: 'of both sides at no inventory' }),
    slope: trained({
      ...{ shape: 'asset', unit: 'money/lot', default: 0.134617528 },
      doc: 'of the bid by its own inventory; of the ask the opposite',
    }),
    cross: trained({
      ...{ shape: 'pair', unit: 'money/lot', default: 0 },
      doc: 'of the bid of one by the inventory of the other; of the ask the opposite',
    }),
    tilt: trained({
      shape: 'asset',
      unit: 'money',
      default: 0,
      doc: 'what a drift takes off the bid, adds to the ask',
    }),
  }),
  run(value) {
    const slopes = symmetric(value.slope, value.cross);
    return (q) => {
      const shift = slopes.map((row, i) => dot(row, q).sub(value.tilt[i]));
      return {
        bid: value.offset.map((x, i) => x.add(shift[i])),
        ask: value.offset.map((x, i) => x.sub(shift[i])),
      };
    };
  },
};

/** `bid_1`, `ask_1`, `bid_2` …, by the place of the asset. */
export const tableName = (side: 'bid' | 'ask', asset: number): string => `${side}_${asset + 1}`;

const eachTable = <T>(s: Settings, of: (side: 'bid' | 'ask', asset: number, open: Limits) => T): T[] => {
  const limits = limitsOf(s);
  return limits.flatMap((_, i) => (['bid', 'ask'] as const).map((side) => of(side, i, openLimits(limits, i, side))));
};

const table: SeveralPolicy = {
  name: 'table',
  parameters: (s) =>
    Object.fromEntries(
      eachTable(s, (side, i, open) => {
        const shape = gridOf(open).places.map((q) => `q${q.join('·')}`);
        const doc = `offset of the ${side} of asset ${i + 1} by all inventories`;
        return [tableName(side, i), trained({ shape, unit: 'money', default: 0.5, doc })] as const;
      }),
    ),
  run(value, s) {
    const limits = limitsOf(s);
    const read = (side: 'bid' | 'ask', i: number, q: readonly Expr[]) => {
      const open = openLimits(limits, i, side);
      // at a limit the side is off; what is read there does not matter
      const inside = q.map((x, k) => x.maximum(open[k].qMin).minimum(open[k].qMax));
      return at(value[tableName(side, i)], indexWithin(open, inside), 0);
    };
    return (q) => ({
      bid: q.map((_, i) => read('bid', i, q)),
      ask: q.map((_, i) => read('ask', i, q)),
    });
  },
};

/** By the names of the policies of one asset. */
export const severalPolicies: readonly SeveralPolicy[] = [table, affine];
