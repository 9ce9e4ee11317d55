/** Floor 5. What the papers say of work and of those who provide liquidity: bonuses, returns, shares, weights of experts. */
import { returnUnused, washTrade } from '../../compute/attacks.js';
import type { Venue } from '../../compute/curve.js';
import { deposit, firstShares } from '../../compute/liquidity.js';
import { logOddsWeights, oddsWeights, panelAccuracy } from '../../compute/reliability.js';
import type { Claim } from '../claim.js';
import { meanOf } from '../lab.js';
import { DEFAULT_CHARGES, STOCK } from '../market.js';
import { plain } from '../text.js';
import { figure } from './prices.js';

const pool: Venue = { rho: 0.05, scale: 1, psi: STOCK, theta: STOCK };
const BONUSES = [0.1, 0.05, 0.01, 0.006, 0.003] as const;
const AMOUNTS = [1, 10, 100] as const;

export const washTrades: Claim = {
  id: 'bonus-wash-trades',
  sentence:
    'A PoAI bonus applies: for job j with value V_j reward ρV_j (ρ ≤ 0.1), split among parties; only verified work is paid for.',
  source: 'sections/token-economics.tex; HIP-004, “PoAI Bonus”',
  experiment:
    'Somebody sells compute to a pool as a worker and buys the same back as a client; all fees of the purchase leave the pool. It counts as true where that gains nothing.',
  run() {
    const rows = AMOUNTS.map((amount) => ({ amount, ...washTrade(pool, amount, DEFAULT_CHARGES, 0) }));
    const gain = (bonus: number, r: (typeof rows)[number]) => (r.lossWithoutBonus + bonus * r.paid) / r.paid;
    return {
      cases: BONUSES.flatMap((bonus) =>
        rows.map((r) => ({
          at: `a bonus of ${plain(100 * bonus)} %, ${r.amount / 10} % of Ψ`,
          holds: gain(bonus, r) <= 0,
        })),
      ),
      where: `the bonus stays below the fees of a round trip, ${(100 * rows[0].breakEvenBonus).toFixed(3)} % of what is paid for small amounts`,
      says: 'Verification cannot tell: the work is done. The bonus has to stay below about 2 f_m, or to come from the fees of the same job.',
      figures: rows.flatMap((r) => [
        { name: `break-even bonus, ${r.amount / 10} % of Ψ`, value: r.breakEvenBonus, unit: '%' },
        { name: `gain at a bonus of 10 %, ${r.amount / 10} % of Ψ`, value: gain(0.1, r), unit: '%' },
      ]),
      charts: [
        {
          kind: 'lines',
          caption: 'Gain of what is paid, as a fraction',
          label: 'bonus, %',
          lines: rows.map((r) => ({
            name: `${r.amount / 10} % of Ψ`,
            points: BONUSES.map((bonus) => ({ x: 100 * bonus, y: gain(bonus, r) })).reverse(),
          })),
        },
      ],
    };
  },
};

const MOVES = [0.9, 0.95, 1, 1.05, 1.1] as const;
const ORDER = 0.01;

export const unusedCompute: Claim = {
  id: 'unused-compute',
  sentence: 'Settlement rebates unused capacity to the pool.',
  source: 'sections/poai.tex, “Task Lifecycle”; HIP-004, “Lifecycle”',
  experiment:
    'An order of 1 % of Ψ is given back unused after the price has moved, at what the curve pays then. It counts as true, for those who provide liquidity, where the client gains nothing. Beside it: credited at most what it cost.',
  run() {
    const found = MOVES.map((move) => ({ move, ...returnUnused(pool, ORDER * STOCK, DEFAULT_CHARGES, move) }));
    return {
      cases: found.flatMap(({ move, unbound, bound }) => [
        { at: `price at ${move}, at the curve’s price`, holds: unbound <= 0 },
        { at: `price at ${move}, at most what it cost`, holds: bound <= 0 },
      ]),
      where:
        'no more is credited than it cost, which the papers do not say, or the price has not risen by more than the fees',
      says: 'At the curve’s price an order is a free option on the price, written by those who provide liquidity.',
      figures: found.flatMap(({ move, unbound, bound }) => [
        { name: `gain at the curve’s price, price at ${move}`, value: unbound, unit: '%' },
        { name: `gain at no more than it cost, price at ${move}`, value: bound, unit: '%' },
      ]),
      charts: [
        {
          kind: 'lines',
          caption: 'Gain of what was paid, as a fraction',
          label: 'price when it is given back',
          lines: [
            { name: 'at the curve’s price', points: found.map((f) => ({ x: f.move, y: f.unbound })) },
            { name: 'at most what it cost', points: found.map((f) => ({ x: f.move, y: f.bound })) },
          ],
        },
      ],
    };
  },
};

const GROWTH = [0, 0.02, 0.05, 0.1, 0.2] as const;

export const lpShares: Claim = {
  id: 'lp-shares',
  sentence: 'LP shares s = √(ΔΨ·ΔΘ): LPs receive shares proportional to their contribution.',
  source: 'HIP-004, “Liquidity Provision”; hanzo-hmm.tex, §9.1',
  experiment:
    'A newcomer deposits a tenth of a pool that has grown by fees since it was opened with 1000 and 1000. It counts as true where the share is a tenth of all shares before.',
  run() {
    const found = GROWTH.map((growth) => {
      const reserves = { psi: STOCK * (1 + growth), theta: STOCK * (1 + growth), shares: firstShares(STOCK, STOCK) };
      const [psi, theta] = [0.1 * reserves.psi, 0.1 * reserves.theta];
      const printed = firstShares(psi, theta);
      const right = deposit(reserves, psi, theta).shares;
      // what those who were there have of all, against what they had
      const left = (reserves.shares / (reserves.shares + printed)) * 1.1;
      return { growth, printed, right, lost: 1 - left };
    });
    const tenth = 0.1 * STOCK;
    const same = (x: number) => Math.abs(x / tenth - 1) < 1e-9;
    return {
      cases: found.flatMap((f) => [
        { at: `as printed after fees of ${plain(100 * f.growth)} %`, holds: same(f.printed) },
        { at: `S·min(ΔΨ/Ψ, ΔΘ/Θ) after fees of ${plain(100 * f.growth)} %`, holds: same(f.right) },
      ]),
      where: 'nothing has been earned yet; later deposits must count by the pool of the moment, S·min(ΔΨ/Ψ, ΔΘ/Θ)',
      says: 'As printed, who comes later has a part of the fees that were earned before.',
      figures: found.flatMap((f) => [
        { name: `shares for a tenth as printed, after fees of ${plain(100 * f.growth)} %`, value: f.printed, unit: '' },
        { name: `lost by those who were there, after fees of ${plain(100 * f.growth)} %`, value: f.lost, unit: '%' },
      ]),
      charts: [
        {
          kind: 'lines',
          caption: 'Lost by those who were there to a deposit of a tenth, as a fraction',
          label: 'fees earned before, %',
          lines: [{ name: 'as printed', points: found.map((f) => ({ x: 100 * f.growth, y: f.lost })) }],
        },
      ],
    };
  },
};

const PANELS = 500;
const SIZES = [3, 5, 7] as const;
const KNOWN = [0.9, 0.8, 0.8];

export const expertWeights: Claim = {
  id: 'expert-weights',
  sentence: 'The optimal weight of an expert follows η ∝ q/(1 − q).',
  source: 'sections/poai.tex, “Closed-Form Expert Weights from PoAI”',
  experiment: `Votes of independent yes-or-no experts by weights q/(1 − q) and by ln(q/(1 − q)), over all outcomes: ${PANELS} panels each of ${SIZES.join(', ')} with q in (.5, 1). It counts as true where no panel is right more often by the second.`,
  run(lab) {
    const u = lab.uniform(41);
    const found = SIZES.map((size) => {
      const gains = Array.from({ length: PANELS }, () => {
        const q = Array.from({ length: size }, () => 0.5 + 0.5 * u());
        return panelAccuracy(q, logOddsWeights(q)) - panelAccuracy(q, oddsWeights(q));
      });
      return { size, gain: meanOf(gains), better: meanOf(gains.map((x) => (x > 1e-12 ? 1 : 0))) };
    });
    return {
      cases: found.map(({ size, better }) => ({ at: `panels of ${size}`, holds: better.mean === 0 })),
      says: 'Odds let the best expert overrule all others. The best weights are log-odds.',
      figures: [
        { name: 'right by odds, q = .9, .8, .8', value: panelAccuracy(KNOWN, oddsWeights(KNOWN)), unit: '%' },
        { name: 'right by log-odds, q = .9, .8, .8', value: panelAccuracy(KNOWN, logOddsWeights(KNOWN)), unit: '%' },
        ...found.flatMap(({ size, gain, better }) => [
          figure(`panels of ${size} that log-odds make better`, better, '%'),
          figure(`mean gain of panels of ${size}`, gain, '%'),
        ]),
      ],
      charts: [],
    };
  },
};
