/**
 * Floor 3. A maker who quotes one asset, or several (several/): a market, a policy, and how the gradient of its objective is estimated. Any source of
 * prices may move the mid; what trades and what it earns is in money and lots, time in seconds.
 */
import { UserError } from '../../src/errors.js';
import type { Expr } from '../../src/graph/index.js';
import type { ObjectiveModel, Settings, System, SystemContext } from '../../src/rollout/model.js';
import { criticOf } from './critic.js';
import { distributionRun } from './distribution.js';
import { MARKET_SETTINGS, marketOf, marketParameters } from './market.js';
import { policies } from './policies/index.js';
import type { Policy, Quotes, Seen } from './policies/policy.js';
import { at, between, type Read } from './read.js';
import { type Estimator, sampledRun } from './sampled.js';
import type { SeveralPolicy } from './several/policies.js';
import {
  checkAssets,
  checkSeveral,
  parametersOfSeveral,
  policyNamed,
  quotesOfSeveral,
  runSeveral,
} from './several/run.js';
import { severalClosedForm } from './several/start.js';
import { closedForm } from './start.js';

const ESTIMATORS = [
  'distribution',
  'score',
  'state-baseline',
  'all-actions',
  'straight-through',
  'mean-field',
] as const satisfies readonly ('distribution' | Estimator)[];

type AnyEstimator = (typeof ESTIMATORS)[number];

const named = (names: readonly string[]) => Object.fromEntries(names.map((name, i) => [name, i]));

/** A least offset that is none. */
const NO_LEAST = -1e9;

const SETTINGS: Settings = {
  assets: {
    default: 1,
    range: [1, 4],
    whole: true,
    doc: 'assets that are quoted, their inventories charged for together: those of the data',
  },
  ...MARKET_SETTINGS,
  policy: {
    default: 0,
    range: [0, policies.length - 1],
    whole: true,
    choices: named(policies.map((p) => p.name)),
    doc: `how it quotes: ${policies.map((p) => `${p.name} (${p.doc})`).join('; ')}`,
  },
  leastOffset: {
    default: NO_LEAST,
    range: [NO_LEAST, 1e9],
    doc: 'least offset that is quoted, in money; 0: never through the mid',
  },
  latency: { default: 0, range: [0, 1], whole: true, doc: 'steps between what is seen and the quotes that live' },
  startInventory: { default: 0, range: [-1000, 1000], whole: true, doc: 'lots at the start' },
  evenStart: {
    default: 1,
    range: [0, 1],
    whole: true,
    choices: { no: 0, yes: 1 },
    doc: 'scores start from every inventory alike, for else a table learns nothing of rare ones; recorded paths do not',
  },
  martingale: {
    default: 1,
    range: [0, 1],
    whole: true,
    choices: { no: 0, yes: 1 },
    doc: "scores leave out the moves of the source's prices, which add nothing but noise where their mean is 0; recorded paths have them",
  },
  warmStart: {
    default: 1,
    range: [0, 1],
    whole: true,
    choices: { no: 0, yes: 1 },
    doc: 'offsets that a config leaves out start from the closed form of its market; else from the defaults',
  },
  estimator: {
    default: 0,
    range: [0, ESTIMATORS.length - 1],
    whole: true,
    choices: named(ESTIMATORS),
    doc: 'how scores and gradients deal with fills; recorded paths draw them',
  },
  allowBias: {
    default: 0,
    range: [0, 1],
    whole: true,
    choices: { no: 0, yes: 1 },
    doc: 'whether biased estimators are taken: straight-through, mean-field',
  },
  ...Object.assign({}, ...policies.map((p) => p.settings)),
};

/** What expectations over all inventories tell, and what estimators measured against V are right for. */
const OF_MEANS = ['score', 'pnl', 'q', 'terminal'];
const OF_CRITIC = ['score', 'terminal'];

const policyOf = (s: Readonly<Record<string, number>>): Policy => policies[s.policy];
const estimatorOf = (s: Readonly<Record<string, number>>): AnyEstimator => ESTIMATORS[s.estimator];

function check(s: Readonly<Record<string, number>>, scored: readonly ObjectiveModel[]): void {
  const estimator = estimatorOf(s);
  if (s.qMin === s.qMax) {
    throw new UserError(`maker: an inventory with room to trade was expected, got ${s.qMin} to ${s.qMax}; widen it`);
  }
  if (s.startInventory < s.qMin || s.startInventory > s.qMax) {
    throw new UserError(
      `maker: a start inventory in [${s.qMin}, ${s.qMax}] was expected, got ${s.startInventory}; move startInventory`,
    );
  }
  if ((estimator === 'straight-through' || estimator === 'mean-field') && s.allowBias !== 1) {
    throw new UserError(
      `maker: an unbiased estimator was expected, got ${estimator}, which trains to the wrong quotes; take distribution, or give allowBias: yes`,
    );
  }
  if (s.tied === 1 && policyOf(s).name === 'table' && s.qMin !== -s.qMax) {
    throw new UserError(
      `maker: limits that mirror each other were expected for a tied table, got ${s.qMin} and ${s.qMax}; leave tied out`,
    );
  }
  if (s.assets > 1) checkSeveral(s, policyOf(s).name, estimator);
  const critic = estimator === 'all-actions' || estimator === 'state-baseline';
  if (critic && (s.latency > 0 || s.martingale !== 1)) {
    throw new UserError(
      `maker: ${estimator} knows what inventories are worth without latency and with martingale: yes only; take score`,
    );
  }
  const known = estimator === 'distribution' ? OF_MEANS : critic ? OF_CRITIC : null;
  for (const model of scored) {
    if (known === null || (model.every === 0 && model.reads.every((name) => known.includes(name)))) continue;
    throw new UserError(
      `maker: an objective of ${known.join(', ')} at the end was expected for ${estimator}, got ${model.name}; take estimator: score, or another objective`,
    );
  }
}

export const maker: System = {
  name: 'maker',
  doc: 'a maker who quotes one asset or several, its inventory limited',
  settings: SETTINGS,
  parameters: (s) =>
    s.assets > 1 ? parametersOfSeveral(s, policyOf(s).name) : { ...policyOf(s).parameters(s), ...marketParameters(s) },
  check,
  start: (s, values) => {
    if (s.assets > 1) checkAssets(s, values.phi.length);
    if (s.warmStart !== 1) return {};
    return s.assets > 1 ? severalClosedForm(s, values) : closedForm(s, values);
  },
  reads: ['prices'],
  observes: {
    mid: 'price that offsets are from, of each asset',
    q: 'inventory in lots, of each asset',
    state: 'state of the market, from 0',
    cash: 'what trading paid and brought since the start; of a recorded path alone',
    pnl: 'money made since the start: captured, less taking, and on the inventory',
    captured: 'offsets and rebates of all fills',
    inventoryPnl: 'what moves of the mid made of the inventory',
    takerCost: 'paid for taking',
    penalty: 'of the inventory: φq² over time',
    score: 'pnl less penalty',
    traded: 'lots bought and sold',
    bid: 'offset of the bid that lived in the step, as what follows of each asset',
    ask: 'of the ask',
    bidFills: 'lots bought from sell orders in the step',
    askFills: 'lots sold to buy orders in the step',
    takerBuys: 'lots bought by taking in the step',
    takerSells: 'lots sold by taking in the step',
    bidChance: 'chance that the bid would fill in the step',
    askChance: 'of the ask',
  },
  outcome: { terminal: 'penalty of the inventory at the end' },
  run: (c) => runOf(c),
};

/** The policy of the settings, its offsets no less than the least. */
export function quotesOf(
  value: Readonly<Record<string, readonly Expr[]>>,
  s: Readonly<Record<string, number>>,
  read: Read = at,
): (seen: Seen) => Quotes {
  const law = policyOf(s).run({ value, settings: s, read });
  if (s.leastOffset <= NO_LEAST) return law;
  return (seen) => {
    const { bid, ask, take } = law(seen);
    return { bid: bid.maximum(s.leastOffset), ask: ask.maximum(s.leastOffset), take };
  };
}

const leastOf = (s: Readonly<Record<string, number>>): number =>
  s.leastOffset <= NO_LEAST ? Number.NEGATIVE_INFINITY : s.leastOffset;

/** That of several assets. */
function severalPolicyOf(s: Readonly<Record<string, number>>): SeveralPolicy {
  const found = policyNamed(policyOf(s).name);
  if (found === undefined) throw new TypeError(`maker: no policy ${policyOf(s).name} of several assets`);
  return found;
}

/** As quotesOf, of several assets. */
export const severalQuotesOf = (
  value: Readonly<Record<string, readonly Expr[]>>,
  s: Readonly<Record<string, number>>,
) => quotesOfSeveral(value, s, severalPolicyOf(s), leastOf(s));

function runOf(c: SystemContext) {
  const s = c.settings;
  checkAssets(s, c.n);
  if (s.assets > 1) return runSeveral(c, severalPolicyOf(s), estimatorOf(s) === 'distribution', leastOf(s));
  const market = marketOf(c.value, s, c.clock.interval / 1000);
  // a recorded path draws its fills
  const estimator = c.recording ? 'score' : estimatorOf(s);
  const biased = estimator === 'straight-through' || estimator === 'mean-field';
  const options = {
    market,
    quotes: quotesOf(c.value, s, biased ? between : at),
    takes: policyOf(s).takes,
    latency: s.latency,
    start: s.evenStart === 1 && !c.recording ? null : s.startInventory,
    moves: s.martingale !== 1 || c.recording,
    elapsed: (t: Expr) => t.sub(1).float().div(c.steps.float()),
  };
  if (estimator === 'distribution') return distributionRun(options);
  const measured = estimator === 'all-actions' || estimator === 'state-baseline';
  const critic = measured ? criticOf(market, options.quotes, options.elapsed, c.steps) : null;
  return sampledRun({ ...options, c, estimator, critic });
}
