/** Floor 3. A maker of several assets inside a program, and what of the settings is for one asset alone. */
import { UserError } from '../../../src/errors.js';
import type { Expr } from '../../../src/graph/index.js';
import type { SystemContext, SystemRun } from '../../../src/rollout/model.js';
import { severalDistribution } from './distribution.js';
import { gridOf, limitsOf } from './grid.js';
import { severalMarketOf, severalParameters } from './market.js';
import { type SeveralPolicy, type SeveralQuotes, severalPolicies } from './policies.js';
import { severalSampled } from './sampled.js';

type Settings = Readonly<Record<string, number>>;

/** Combinations of inventories that the exact roll-out and tables take: the program has each of them. */
export const MOST_PLACES = 125;

export const policyNamed = (name: string): SeveralPolicy | undefined => severalPolicies.find((p) => p.name === name);

export const placesOf = ({ assets, qMin, qMax }: Settings): number => (qMax - qMin + 1) ** assets;

/** Throws a UserError for what there is of one asset alone. */
export function checkSeveral(s: Settings, policy: string, estimator: string): void {
  const alone = (found: boolean, what: string, got: string, mend: string) => {
    if (!found) return;
    throw new UserError(`maker: ${what} was expected with assets: ${s.assets}, got ${got}; ${mend}`);
  };
  const names = severalPolicies.map((p) => p.name).join(' or ');
  alone(policyNamed(policy) === undefined, `policy ${names}`, policy, 'take one of them, or one asset');
  alone(
    estimator !== 'distribution' && estimator !== 'score',
    'estimator distribution or score',
    estimator,
    'take one of them, or one asset',
  );
  alone(s.states > 1, 'one state of the market', `states: ${s.states}`, 'leave states out, or take one asset');
  alone(s.latency > 0, 'no latency', `latency: ${s.latency}`, 'leave it out, or take one asset');
  alone(s.tied === 1 || s.knots > 1, 'a table that is neither tied nor of time', 'one', 'leave tied and knots out');
  const most = `at most ${MOST_PLACES} combinations of inventories`;
  const many = placesOf(s) > MOST_PLACES;
  alone(many && policy === 'table', most, `${placesOf(s)} for a table`, 'narrow qMin and qMax, or take policy: affine');
  alone(
    many && estimator === 'distribution',
    most,
    `${placesOf(s)} for the exact roll-out`,
    'narrow qMin and qMax, or take estimator: score',
  );
}

/** @param assets of the data */
export function checkAssets(s: Settings, assets: number): void {
  if (s.assets === assets) return;
  throw new UserError(
    `maker: data of ${s.assets === 1 ? 'one asset' : `${s.assets} assets`} were expected, got ${assets}; say system: {assets: ${assets}}, or choose by data: {assets: […]}`,
  );
}

export const parametersOfSeveral = (s: Settings, policy: string) => ({
  ...policyNamed(policy)?.parameters(s),
  ...severalParameters(s),
});

/** The policy, its offsets no less than the least. */
export function quotesOfSeveral(
  value: SystemContext['value'],
  s: Settings,
  policy: SeveralPolicy,
  least: number,
): (q: readonly Expr[]) => SeveralQuotes {
  const law = policy.run(value, s);
  if (!Number.isFinite(least)) return law;
  const floor = (xs: readonly Expr[]) => xs.map((x) => x.maximum(least));
  return (q) => {
    const { bid, ask } = law(q);
    return { bid: floor(bid), ask: floor(ask) };
  };
}

export function runSeveral(c: SystemContext, policy: SeveralPolicy, isExact: boolean, least: number): SystemRun {
  const s = c.settings;
  const options = {
    market: severalMarketOf(c.value, s, c.clock.interval / 1000),
    grid: gridOf(limitsOf(s)),
    quotes: quotesOfSeveral(c.value, s, policy, least),
    start: s.evenStart === 1 && !c.recording ? null : s.startInventory,
    moves: s.martingale !== 1 || c.recording,
  };
  return isExact && !c.recording ? severalDistribution(options) : severalSampled({ ...options, c });
}
