/** Floor 5. A calibrated market as a config that `train` and `hjb solve` take as it is, each number with its error beside it. */
import { stringify } from 'yaml';
import type { MakerFit } from './fit.js';
import { type Jump, toldJumps } from './jumps.js';
import { annual } from './moves.js';

/** What a config has states of. */
export type States = 'one' | 'imbalance' | 'regimes';

export interface DocumentOptions {
  readonly states: States;
  /** Risk aversion γ of φ = γσ²/2, 1/money; null: φ by how far quotes shall move with the inventory. */
  readonly gamma: number | null;
  /** Greatest inventory in lots. */
  readonly qMax: number;
  /** Lines that say where it comes from. */
  readonly origin: readonly string[];
}

/** A number as a config has it, and its standard error. */
interface Numbers {
  readonly values: readonly number[];
  readonly errors?: readonly (number | null)[];
  readonly doc: string;
}

/** Steps that a config may have, ms. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 300_000, 600_000];
/** Chance of an order of the busier side in a step, at most. */
const ORDERS_A_STEP = 0.2;
const LENGTH = 300;
/** How much of 1/κ quotes move by for a lot where no risk aversion is given. */
const SLOPE = 0.25;

/** Why a config of these states cannot be written; null where it can. */
export function whyNoDocument(fit: MakerFit, states: States): string | null {
  if (fit.market === null) {
    const found = fit.untold.find(({ what }) => what === 'lambda0' || what === 'beta');
    return `orders are not told: ${found?.why ?? 'the data have none'}`;
  }
  if (states === 'one' || fit[states] !== null) return null;
  return `${states} ${states === 'imbalance' ? 'is' : 'are'} not told: ${fit.untold.find(({ what }) => what === states)?.why ?? 'the data have none'}`;
}

const jumpsIn = ({ estimates: { jumpBid, jumpAsk, epsilon } }: MakerFit) => toldJumps(jumpBid, jumpAsk, epsilon);

/** The config as YAML. Call only where `whyNoDocument` is null. */
export function makerYaml(fit: MakerFit, { states, gamma, qMax, origin }: DocumentOptions): string {
  const numbers = numbersOf(fit, states, gamma);
  const { lambdaBid, lambdaAsk } = numbers;
  const most = Math.max(...lambdaBid.values, ...lambdaAsk.values);
  const step = STEPS.findLast((ms) => (ms / 1000) * most <= ORDERS_A_STEP) ?? STEPS[0];
  const sigma = fit.estimates.sigma?.value ?? 0;
  const year = annual({ value: sigma, error: null }, fit.price).value;
  const seconds = (step * LENGTH) / 1000;
  const n = lambdaBid.values.length;
  const lines = Object.entries(numbers).map(([name, told]) => `  ${numberLine(name, told)}`);
  const { orderSize } = fit.estimates;
  return [
    '# yaml-language-server: $schema=./poolgrad.schema.json',
    `# A maker in the market that ${fit.kind} of ${fit.asset} tell of (poolgrad data calibrate maker; docs/calibrating-a-maker.md).`,
    ...origin.map((line) => `# ${line}`),
    `# Offsets are in ${fit.quote ?? 'money'} from the mid for a unit of ${fit.asset}, time in seconds.`,
    ...(orderSize === undefined
      ? []
      : [`# A fill is of one lot: think of the mean order, ${round(orderSize.value)} ${fit.asset}.`]),
    '',
    'data:',
    `  model: { kind: gbm, start: ${round(fit.price)}, sigma: ${round(year)} } # ${round(sigma)} a √second`,
    `  assets: [${stringify(fit.asset).trim()}]`,
    `  interval: ${step < 1000 ? `${step}ms` : `${step / 1000}s`}`,
    `  scenarios: { train: 64, validation: 16, test: 256, length: ${LENGTH} } # of ${seconds} s`,
    '',
    'system:',
    '  kind: maker',
    '  policy: table # or affine, heuristic, network',
    ...(n > 1 ? [`  states: ${n} # ${stateWords(fit, states)}`] : []),
    `  qMin: ${-qMax} # lots`,
    `  qMax: ${qMax}`,
    '  estimator: distribution',
    ...(jumpsIn(fit) === null
      ? ['  # no jumps: what orders move the mid by is not told, or within three errors of 0']
      : ['  jumps: yes # orders move the mid']),
    ...((fit.market?.halfSpread ?? 0) > 0
      ? ['  spread: yes # within it no further orders were seen to fill a quote']
      : []),
    ...lines,
    ...ratesLine(fit, states),
    '',
    `solve: { mid: ${round(fit.price)} } # asked of \`poolgrad hjb solve\`: the optimum, in basis points too`,
    '',
    'objective: maker_objective',
    '',
    'train:',
    '  sets: 2',
    '  windows: 1',
    '  iterations: 100',
    `  learningRate: ${round(0.1 / numbers.kappaBid.values[0])}`,
    `  spread: ${round(0.1 / numbers.kappaBid.values[0])}`,
    '  schedule: cosine',
    '',
    'run: { device: auto }',
    '',
  ].join('\n');
}

const round = (x: number): string => String(Number(x.toPrecision(6)));

function numberLine(name: string, { values, errors, doc }: Numbers): string {
  const written = values.every((x) => x === values[0]) ? round(values[0]) : `[${values.map(round).join(', ')}]`;
  const told = errors?.some((e) => e !== null) ?? false;
  const one = values.every((x) => x === values[0]);
  const shown = one ? (errors ?? []).slice(0, 1) : (errors ?? []);
  const tail = told ? `± ${shown.map((e) => (e === null ? '?' : e.toPrecision(2))).join(', ')}, ` : '';
  return `${name}: ${written} # ${tail}${doc}`;
}

function stateWords(fit: MakerFit, states: States): string {
  if (states === 'imbalance') {
    const list = fit.imbalance?.states.map((s, j) => `${j} from ${round(s.from)} to ${round(s.to)}`).join(', ');
    return `of the imbalance bid/(bid + ask): ${list}`;
  }
  return `regimes: ${fit.regimes?.regimes.map((r, j) => `${j} ${(100 * r.share).toFixed(0)} % of the time`).join(', ')}`;
}

/** The market's numbers, in each state where there are several. */
function numbersOf(fit: MakerFit, states: States, gamma: number | null) {
  const { estimates, market } = fit;
  if (market === null) throw new Error('orders are told before a config is written');
  const jumps = jumpsIn(fit);
  const one = (estimate: Jump | undefined, doc: string): Numbers => ({
    values: [estimate?.value ?? 0],
    errors: [estimate?.error ?? null],
    doc,
  });
  const touch = market.halfSpread > 0 ? 'reach the best price' : 'would reach the mid';
  const rates = ratesByState(fit, states);
  const kappa = (estimates.beta ?? estimates.kappaBid).value;
  const lambda = (market.lambdaBid + market.lambdaAsk) / 2;
  const sigmas = sigmasByState(fit, states);
  const total = Math.hypot(estimates.sigma?.value ?? 0, Math.sqrt(2 * lambda) * (estimates.epsilon?.value ?? 0));
  // the closed form moves quotes by √(φe/(λκ)) a lot
  const phi = gamma === null ? (SLOPE ** 2 * lambda) / (Math.E * kappa) : (gamma * total * total) / 2;
  const phis = sigmas.map((ratio) => phi * ratio * ratio);
  const phiDoc =
    gamma === null
      ? `not told by data: quotes move by a quarter of 1/κ for a lot; --gamma gives γσ²/2`
      : `γσ²/2 with γ = ${round(gamma)}`;
  return {
    lambdaBid: { ...rates.bid, doc: `sell orders a second that ${touch}` },
    lambdaAsk: { ...rates.ask, doc: 'buy orders' },
    kappaBid: one(estimates.kappaBid, '1/money: how they thin out with the offset'),
    kappaAsk: one(estimates.kappaAsk, '1/money'),
    ...(market.halfSpread > 0 ? { halfSpread: one(estimates.halfSpread, 'half the spread') } : {}),
    ...(jumps === null
      ? {}
      : {
          jumpBid: one(jumps[0], 'fall of the mid after a sell order'),
          jumpAsk: one(jumps[1], 'rise after a buy order'),
        }),
    ...(states === 'imbalance' ? { drift: driftByState(fit) } : {}),
    phi: { values: phis.every((x) => x === phis[0]) ? [phi] : phis, doc: phiDoc },
    alpha: {
      values: [0.5 * Math.sqrt((phi * Math.E) / (lambda * kappa))],
      doc: 'what an inventory costs after the end: ½√(φe/(λκ))',
    },
  } satisfies Record<string, Numbers>;
}

function ratesByState({ market, estimates, imbalance, regimes }: MakerFit, states: States) {
  const scale = (side: 'Bid' | 'Ask') => {
    const estimate = estimates[`lambda${side}`];
    return estimate?.error == null || market === null
      ? null
      : (estimate.error / estimate.value) * market[`lambda${side}`];
  };
  if (states === 'one') {
    return {
      bid: { values: [market?.lambdaBid ?? 0], errors: [scale('Bid')] },
      ask: { values: [market?.lambdaAsk ?? 0], errors: [scale('Ask')] },
    };
  }
  const told =
    states === 'imbalance'
      ? (imbalance?.states ?? []).map(({ sells, buys }) => ({ bid: sells, ask: buys }))
      : (regimes?.regimes ?? []).map(({ lambdaBid, lambdaAsk }) => ({ bid: lambdaBid, ask: lambdaAsk }));
  // counted orders: where depths are told from the mid, as many more would reach it
  const lift = (side: 'Bid' | 'Ask') => {
    const counted = told.reduce((sum, s, j) => sum + (s[side === 'Bid' ? 'bid' : 'ask']?.value ?? 0) * shareOf(j), 0);
    return counted > 0 ? (market?.[`lambda${side}`] ?? 0) / counted : 1;
  };
  const shareOf = (j: number) =>
    states === 'imbalance' ? (imbalance?.states[j].share ?? 0) : (regimes?.regimes[j].share ?? 0);
  const side = (key: 'bid' | 'ask', by: number) => ({
    values: told.map((s) => (s[key]?.value ?? 0) * by),
    errors: told.map((s) => (s[key]?.error == null ? null : s[key].error * by)),
  });
  return { bid: side('bid', lift('Bid')), ask: side('ask', lift('Ask')) };
}

/** σ of each state over that of all. */
function sigmasByState({ regimes, estimates }: MakerFit, states: States): number[] {
  const sigma = estimates.sigma?.value;
  if (states !== 'regimes' || regimes === null || regimes.regimes[0].sigma === null || sigma === undefined) return [1];
  const of = regimes.regimes.map((r) => r.sigma?.value ?? 0);
  const mean = Math.sqrt(regimes.regimes.reduce((sum, r, j) => sum + r.share * of[j] ** 2, 0));
  return of.map((s) => s / mean);
}

/** A drift is told where it is three errors from 0: else it is noise that quotes would follow. */
function driftByState({ imbalance }: MakerFit): Numbers {
  const drifts = imbalance?.states.map((s) => s.drift) ?? [];
  return {
    values: drifts.map(({ value, error }) => (Math.abs(value) > 3 * error ? value : 0)),
    errors: drifts.map(({ error }) => error),
    doc: 'money a second beside what orders move; 0 where not told from it',
  };
}

function ratesLine(fit: MakerFit, states: States): string[] {
  const generator = states === 'imbalance' ? fit.imbalance?.chain.generator : fit.regimes?.generator;
  if (states === 'one' || generator === undefined) return [];
  const entries = generator.flatMap((row, i) => row.flatMap((x, j) => (i === j ? [] : [`${i}→${j}: ${round(x)}`])));
  return [`  rates: { ${entries.join(', ')} } # moves a second`];
}
