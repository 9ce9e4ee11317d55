/** Floor 5. A maker's problem solved, as plain numbers: values and quotes, what they are for, and what else could be done. */
import type { MakerProblem } from '../config/maker-problem.js';
import {
  avellanedaStoikov,
  baseOffset,
  type ExponentialUtility,
  linearEquivalent,
  utilityClosedForm,
  utilityOffsets,
} from '../makers/exponential-utility.js';
import { valuesAt } from '../makers/horizon.js';
import { SingularError } from '../makers/linear.js';
import { type Flows, flowsOf, longRun, type Policy, policyFor } from '../makers/long-run.js';
import {
  gridIndex,
  indexOf,
  inventoryGrid,
  manyAssets,
  type Problem,
  type SingleAsset,
  singleAsset,
} from '../makers/problem.js';
import { offsetsBySide, type Sides } from '../makers/quotes.js';
import { type Part, partsOfMany, partsOfOne, type When } from './parts.js';
import { type Rival, rivals, utilityRivals } from './rivals.js';

/** The quotes at a time to go, or in the long run. */
export interface Quoted {
  /** Seconds; null: the long run. */
  readonly tau: When;
  /** h by state: market state by market state, inventories ascending; of several assets as `inventoryGrid`. */
  readonly h: readonly number[];
  /** Offsets in money, one pair of sides an asset. */
  readonly sides: readonly Sides[];
  /** Lots a second that are taken, by state; infinite: at once. */
  readonly buys: readonly number[];
  readonly sells: readonly number[];
}

export interface LongRunValue {
  /** Money a second; of exponential utility, growth of its certainty equivalent. */
  readonly value: number;
  /** What it is made of; null for exponential utility. */
  readonly flows: Flows | null;
}

export interface Solved {
  /** Names of the assets; one without a name of its own is `maker`. */
  readonly assets: readonly string[];
  /** Inventory of each asset in each state. */
  readonly inventories: readonly (readonly number[])[];
  /** Market states; their indices are those of `h` divided by the inventories. */
  readonly marketStates: number;
  /** The state without inventory, in the first state of the market; the least inventory where 0 is not in range. */
  readonly origin: number;
  readonly longRun: LongRunValue | null;
  /** Long run first, where there is one; then by time to go, longest first. */
  readonly quoted: readonly Quoted[];
  /** What the quotes of the first of `quoted` are for. */
  readonly parts: readonly Part[];
  readonly rivals: readonly Rival[];
  /** Of one asset: the offsets of laws in closed form, to be drawn beside. */
  readonly laws: readonly { readonly name: string; readonly sides: Sides }[];
  readonly notes: readonly string[];
}

/** How many times to go are shown where none are asked for. */
const SHOWN = [1, 0.3, 0.1, 0.03, 0];

/** Solves a problem. Throws RangeError where it has no solution that this finds. */
export function solveMaker(problem: MakerProblem): Solved {
  const { market } = problem;
  if (market.kind === 'many') return solvedMany(problem, market);
  return market.kind === 'utility' ? solvedUtility(problem, market.utility) : solvedOne(problem, market.one);
}

const timesOf = ({ horizon, times }: MakerProblem): number[] => {
  const all = times ?? (horizon === null ? [] : SHOWN.map((share) => Number((share * horizon).toPrecision(12))));
  return [...all].sort((a, b) => b - a);
};

function takenBy(problem: Problem, policy: Policy) {
  const of = (side: 'buy' | 'sell') =>
    problem.takes.map((takes, i) => policy.taking[i][takes.findIndex((t) => t.side === side)] ?? 0);
  return { buys: of('buy'), sells: of('sell') };
}

function quotedAt(problem: Problem, tau: When, h: Float64Array, policy: Policy, assets: number): Quoted {
  return {
    tau,
    h: [...h],
    sides: Array.from({ length: assets }, (_, asset) => offsetsBySide(problem, h, asset)),
    ...takenBy(problem, policy),
  };
}

interface Found {
  readonly longRun: LongRunValue | null;
  readonly quoted: readonly Quoted[];
  readonly notes: readonly string[];
}

/** Long run and times to go; a problem without the one is told in a note where it has the other. */
function found(problem: Problem, times: readonly number[], origin: number, assets: number, rebate: number): Found {
  const timed = valuesAt(problem, times).map((h, i) => quotedAt(problem, times[i], h, policyFor(problem, h), assets));
  if (problem.decaying !== null) return { longRun: null, quoted: timed, notes: [] };
  try {
    const { value, h, policy } = longRun(problem, origin);
    const quotedNow = quotedAt(problem, null, h, policy, assets);
    return { longRun: { value, flows: flowsOf(problem, policy, rebate) }, quoted: [quotedNow, ...timed], notes: [] };
  } catch (error) {
    if (!(error instanceof SingularError)) throw error;
    const note =
      'the states of the market have no one long run: some are never left; give a horizon, or rates between them';
    if (timed.length === 0) throw new RangeError(note);
    return { longRun: null, quoted: timed, notes: [note] };
  }
}

const originOf = (m: SingleAsset): number => indexOf(m, 0, Math.min(Math.max(0, m.qMin), m.qMax));

const inventoriesOf = (m: SingleAsset): number[][] =>
  m.states.flatMap(() => Array.from({ length: m.qMax - m.qMin + 1 }, (_, i) => [m.qMin + i]));

function solvedOne(given: MakerProblem, market: SingleAsset): Solved {
  const problem = singleAsset(market);
  const origin = originOf(market);
  const solution = found(problem, timesOf(given), origin, 1, market.rebate ?? 0);
  const [first] = solution.quoted;
  return {
    assets: ['maker'],
    inventories: inventoriesOf(market),
    marketStates: market.states.length,
    origin,
    ...solution,
    parts: partsOfOne(market, first.tau, origin),
    rivals: solution.longRun === null ? [] : rivals(market, origin),
    laws: [],
  };
}

function solvedUtility(given: MakerProblem, u: ExponentialUtility): Solved {
  const linear = linearEquivalent(u);
  const problem = singleAsset(linear);
  const origin = originOf(linear);
  const { quoted, longRun: value, notes } = found(problem, timesOf(given), origin, 1, 0);
  const own = quoted.map((row) => ({ ...row, sides: [utilityOffsets(u, row.h)] }));
  const inventories = inventoriesOf(linear);
  const { base, slope } = utilityClosedForm(u);
  const sides = (bid: (q: number) => number, ask: (q: number) => number): Sides => ({
    bid: inventories.map(([q]) => (q < u.qMax ? bid(q) : null)),
    ask: inventories.map(([q]) => (q > -u.qMax ? ask(q) : null)),
  });
  const tau = given.horizon;
  return {
    assets: ['maker'],
    inventories,
    marketStates: 1,
    origin,
    longRun: value === null ? null : { value: value.value, flows: null },
    quoted: own,
    parts: utilityParts(u, linear, own[0].tau, origin),
    rivals: utilityRivals(u, tau),
    laws: [
      {
        name: 'closed form',
        sides: sides(
          (q) => base + slope * (q + 0.5),
          (q) => base - slope * (q - 0.5),
        ),
      },
      ...(tau === null
        ? []
        : [
            {
              name: 'Avellaneda–Stoikov',
              sides: sides(
                (q) => avellanedaStoikov(u, q, tau).bid,
                (q) => avellanedaStoikov(u, q, tau).ask,
              ),
            },
          ]),
    ],
    notes,
  };
}

/** The parts of the linear problem, and what aversion to the chance of a single fill takes off 1/k. */
function utilityParts(u: ExponentialUtility, linear: SingleAsset, when: When, origin: number): Part[] {
  const [myopic, ...others] = partsOfOne(linear, when, origin);
  const less = baseOffset(u) - 1 / u.k;
  const shift = (xs: Sides['bid']) => xs.map((x) => (x === null ? null : less));
  const [pair] = myopic.sides;
  const aversion = { bid: shift(pair.bid), ask: shift(pair.ask) };
  return [
    myopic,
    { name: 'aversion', doc: 'a fill is uncertain, and less worth for it: ln(1 + γ/k)/γ − 1/k', sides: [aversion] },
    ...others,
  ];
}

function solvedMany(given: MakerProblem, { names, many }: Extract<MakerProblem['market'], { kind: 'many' }>): Solved {
  const problem = manyAssets(many);
  const nearest = many.assets.map((a) => Math.min(Math.max(0, a.qMin), a.qMax));
  const origin = gridIndex(many.assets, nearest);
  const solution = found(problem, timesOf(given), origin, names.length, many.rebate ?? 0);
  return {
    assets: names,
    inventories: inventoryGrid(many.assets),
    marketStates: 1,
    origin,
    ...solution,
    parts: partsOfMany(many, solution.quoted[0].tau, origin),
    rivals: [],
    laws: [],
  };
}
