/**
 * Floor 5. Whether a headline survives its stress test: whether what it says of the tuned pool beside what was held and beside
 * the best baseline holds in every case. docs/reading-a-report.md states the rules for users.
 */
import { metrics } from './metrics.js';
import type { Metrics } from './path.js';
import { everyText, formatMetric } from './report/format.js';
import type { Assumption, StressCase } from './stress.js';

export interface Survival {
  /** Null where there was nothing to try, or nothing to compare with. */
  readonly survives: boolean | null;
  /** Why not, one sentence; null where it does. */
  readonly text: string | null;
}

/** Of a lead over HODL at least this part is left. Bounce earns in proportion to how often somebody trades on it: a half at every second step. */
const LEFT = 0.5;
/** A return over HODL may change by a factor of e^±0.1, a tenth of the pool: real prices change it by what arbitrageurs gain. */
const MOVED = 0.1;
/** Leads as small as this are none: a basis point, and 0.01 of a ratio, the last digits that a report prints. */
const LEVEL = { fraction: 1e-4, number: 0.01 };

const HODL = 'HODL';
const RETURN = 'returns_over_hodl';

/** What a case says of the tuned pool. */
interface Standing {
  /** Of which metric the lead over HODL is: of the headline's where holding has one, else the return over HODL. */
  readonly metric: string;
  readonly lead: number | null;
  readonly returnOverHodl: number | null;
  /** Over the best baseline, in the headline's metric; null without one. */
  readonly overBest: number | null;
}

function standing(metric: string, figures: Readonly<Record<string, Metrics>>): Standing {
  const { tuned, ...rivals } = figures;
  const own = tuned[metric] ?? null;
  const held = rivals[HODL]?.[metric] ?? null;
  const known = Object.values(rivals).flatMap((m) => m[metric] ?? []);
  const returnOverHodl = tuned[RETURN] ?? null;
  return {
    metric: held === null ? RETURN : metric,
    lead: held === null ? returnOverHodl : own === null ? null : own - held,
    returnOverHodl,
    overBest: own === null || known.length === 0 ? null : own - Math.max(...known),
  };
}

const level = (metric: string): number => LEVEL[metrics[metric]?.kind ?? 'number'];

/** Whether a lead turned into its opposite; two that are next to nothing did not. */
const turned = (before: number, now: number, metric: string): boolean =>
  before > 0 !== now > 0 && Math.max(Math.abs(before), Math.abs(now)) > level(metric);

/** Whether the lead over HODL changed its sign, or half of it went. */
function leadLost({ metric, lead: before }: Standing, { lead: now }: Standing): boolean {
  if (before === null || now === null) return false;
  return turned(before, now, metric) || (before > level(metric) && now < LEFT * before);
}

function valueMoved({ returnOverHodl: before }: Standing, { returnOverHodl: now }: Standing): boolean {
  if (before === null || now === null) return false;
  return Math.abs(Math.log1p(now) - Math.log1p(before)) > MOVED;
}

/** Whether a pool that was ahead of all baselines is not. */
function placeLost({ overBest: before }: Standing, { overBest: now }: Standing, metric: string): boolean {
  if (before === null || now === null) return false;
  return before > 0 && turned(before, now, metric);
}

/** With an arbitrage every 5 minutes; on prices without bounce. */
export function assumptionText({ arbitrageEvery: every, prices }: Assumption): string {
  if (prices !== 'recorded') return `on prices ${prices}`;
  return `with an arbitrage every ${everyText(every)}`;
}

/** 1 with an arbitrage every 2 minutes, 3 every 5 minutes: what is the same is said once. */
const listed = (texts: readonly string[]): string =>
  texts.map((text, i) => (i === 0 ? text : text.replace('with an arbitrage every', 'every'))).join(', ');

/** @param cases that of the evaluation first */
export function survivalOf(metric: string, [base, ...others]: readonly StressCase[]): Survival {
  const before = standing(metric, base.metrics);
  if (others.length === 0 || before.lead === null) return { survives: null, text: null };
  const seen = others.map((c) => ({ where: assumptionText(c), now: standing(metric, c.metrics) }));
  // where the lead over HODL is the return over HODL, both rules are about one figure
  const one = before.metric === RETURN;
  const leads = seen.filter(({ now }) => leadLost(before, now) || (one && valueMoved(before, now)));
  const values = seen.filter((c) => !leads.includes(c) && valueMoved(before, c.now));
  const places = seen.filter((c) => !leads.includes(c) && !values.includes(c) && placeLost(before, c.now, metric));
  // a headline that is no number has nothing to survive with
  if (leads.length + values.length + places.length === 0) {
    return { survives: (base.metrics.tuned[metric] ?? null) === null ? null : true, text: null };
  }
  const figures = (which: typeof seen, of: (s: Standing) => string) =>
    listed(which.map(({ where, now }) => `${of(now)} ${where}`));
  const lead = (s: Standing) => formatMetric(s.metric, s.lead);
  const value = (s: Standing) => formatMetric(RETURN, s.returnOverHodl);
  const parts = [
    ...(leads.length === 0 ? [] : [`its lead over HODL of ${lead(before)} becomes ${figures(leads, lead)}`]),
    ...(values.length === 0 ? [] : [`its return over HODL of ${value(before)} becomes ${figures(values, value)}`]),
    ...(places.length === 0 ? [] : [`it falls behind the best baseline ${listed(places.map((c) => c.where))}`]),
  ];
  return { survives: false, text: `This headline does not survive its stress test: ${parts.join('; ')}.` };
}
