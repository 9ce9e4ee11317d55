/** Floor 5. What the papers say that fees do: against splitting, sandwiches, loops of trades, and by which units. */
import { jointGain, sandwich } from '../../compute/attacks.js';
import type { Venue } from '../../compute/curve.js';
import {
  afterBuying,
  afterSelling,
  bestSplit,
  buyAlone,
  buyInBlock,
  type Fees,
  sellAlone,
} from '../../compute/trades.js';
import type { Case, Claim, Figure } from '../claim.js';
import { meanOf } from '../lab.js';
import { DEFAULT_CHARGES, STOCK } from '../market.js';
import { plain } from '../text.js';
import { figure, orderSizes } from './prices.js';

const pool: Venue = { rho: 0.05, scale: 1, psi: STOCK, theta: STOCK };
const DEFAULTS: Fees = DEFAULT_CHARGES;

const RISKS = [0.02, 0.2, 2] as const;
const PARTS = [1, 10, 100] as const;
const DEAR = 1.3;

export const riskFeeSplitting: Claim = {
  id: 'risk-fee-splitting',
  sentence:
    'Risk fees scale superlinearly with swap size, making large flash-loan-funded trades prohibitively expensive.',
  source: 'hanzo-hmm.tex, §11.1; HIP-004, “Fee Structure”',
  experiment:
    'The best purchase from a pool at price 1 while the price outside is 1.3, as one trade and in equal parts. It counts as true where 100 parts bring no more than one, to a part in a million. By the trade as printed, and by the block: each trade pays the difference that it makes to the fee of all.',
  run() {
    const found = RISKS.map((risk) => {
      const fees = { market: DEFAULTS.market, risk };
      const profit = PARTS.map((parts) => bestSplit(pool, DEAR, parts, fees).profit);
      const { total } = bestSplit(pool, DEAR, 1, fees);
      const whole = buyInBlock(pool, [total], fees)[0].gross;
      const parts = buyInBlock(pool, new Array(100).fill(total / 100), fees);
      return { risk, profit, block: parts.reduce((sum, p) => sum + p.gross, 0) / whole - 1 };
    });
    return {
      cases: found.flatMap(({ risk, profit, block }) => [
        { at: `by the trade, λ_r = ${risk}`, holds: profit[2] <= profit[0] * (1 + 1e-6) },
        { at: `by the block, λ_r = ${risk}`, holds: Math.abs(block) <= 1e-6 },
      ]),
      where: 'the fee is by the block (riskFeeBase: block), which the papers do not say',
      says: 'By the trade, whoever splits pays almost nothing of the risk fee, the more so the larger it is. By the block parts telescope.',
      figures: found.flatMap(({ risk, profit, block }) => [
        ...PARTS.map((parts, k) => ({
          name: `profit in ${parts} part${parts > 1 ? 's' : ''}, λ_r = ${risk}`,
          value: profit[k],
          unit: 'credits',
        })),
        { name: `more to pay in 100 parts by the block, λ_r = ${risk}`, value: block, unit: '%' },
      ]),
      charts: [
        {
          kind: 'lines',
          caption: 'Best profit of an arbitrageur, credits, by the trade',
          label: 'log₁₀ of the number of parts',
          lines: found.map(({ risk, profit }) => ({
            name: `λ_r = ${risk}`,
            points: PARTS.map((parts, k) => ({ x: Math.log10(parts), y: profit[k] })),
          })),
        },
      ],
    };
  },
};

/** What a client accepts to pay over the quote. */
const TOLERANCE = 0.05;
const GRID = 400;

/** Front runs of a victim whose price may rise by the tolerance, dense near 0, where gains are few. */
function frontRuns(victim: number, fees: Fees, count = GRID): number[] {
  const most = (1 + TOLERANCE) * buyAlone(pool, victim, fees).gross;
  let [low, high] = [0, 0.5 * pool.psi];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (sandwich(pool, middle, victim, fees).victimPays <= most) low = middle;
    else high = middle;
  }
  return Array.from({ length: count }, (_, k) => low * ((k + 1) / count) ** 2);
}

/** The profit of the best of them, at least 0. */
const bestSandwich = (victim: number, fees: Fees): number =>
  frontRuns(victim, fees).reduce((best, front) => Math.max(best, sandwich(pool, front, victim, fees).profit), 0);

/** Whether any gains. */
const isSandwiched = (victim: number, fees: Fees): boolean =>
  frontRuns(victim, fees, GRID / 4).some((front) => sandwich(pool, front, victim, fees).profit > 0);

const VICTIMS = [0.001, 0.002, 0.003, 0.0034, 0.005, 0.01, 0.02] as const;
const SANDWICH_RISKS = [0, 0.02, 0.2] as const;

export const sandwiches: Claim = {
  id: 'risk-fee-sandwich',
  sentence: 'Risk fees make sandwich attacks unprofitable.',
  source: 'HIP-004, “Flash Loan Attacks”; hanzo-hmm.tex, §7.2',
  experiment:
    'The best front run of an order, of which the client accepts to pay 5 % more than quoted; ρ = .05, f_m = 30 bps, all fees stay in the pool. It counts as true where none gains.',
  run() {
    const gains = SANDWICH_RISKS.map((risk) =>
      VICTIMS.map((part) => bestSandwich(part * STOCK, { market: DEFAULTS.market, risk }) / (part * STOCK)),
    );
    const depth = (1 + pool.rho) / (1 - pool.rho);
    return {
      cases: SANDWICH_RISKS.flatMap((risk, i) =>
        VICTIMS.map((part, j) => ({
          at: `λ_r = ${risk}, an order of ${plain(100 * part)} %`,
          holds: gains[i][j] <= 0,
        })),
      ),
      where: `orders are below f_m (1 + ρ)/(1 − ρ) = ${(100 * DEFAULTS.market * depth).toFixed(2)} % of Ψ, whatever λ_r is`,
      says: 'The threshold is that of the market fee, since the risk fee of a small front run is near 0. λ_r only bounds how much is gained.',
      figures: SANDWICH_RISKS.flatMap((risk, i) =>
        VICTIMS.map((part, j) => ({
          name: `gain, of an order of ${plain(100 * part)} % of Ψ, λ_r = ${risk}`,
          value: gains[i][j],
          unit: 'bps',
        })),
      ),
      charts: [
        {
          kind: 'lines',
          caption: 'Best gain of a sandwich, as a part of the order',
          label: 'order, % of Ψ',
          lines: SANDWICH_RISKS.map((risk, i) => ({
            name: `λ_r = ${risk}`,
            points: VICTIMS.map((part, j) => ({ x: 100 * part, y: gains[i][j] })),
          })),
        },
      ],
    };
  },
};

const SAMPLE = 2000;
const PRINTED_SHARE = 0.97;

export const sandwichShare: Claim = {
  id: 'sandwich-share',
  sentence: 'With risk fees active, 97 % of sandwich attempts are unprofitable.',
  source: 'hanzo-hmm.tex, §10.4',
  experiment:
    'Orders of a log-normal law (mean 1 % of Ψ, σ 1.2), each with its best front run at 5 % tolerance, at the papers’ two ranges of λ_r. It counts as true where the share without a gain is 97 % or more, within 2 standard errors.',
  run(lab) {
    const sizes = orderSizes(lab, 12, SAMPLE);
    const shares = SANDWICH_RISKS.map((risk) =>
      meanOf(
        sizes.map((size) => (isSandwiched(Math.min(size, 0.4) * STOCK, { market: DEFAULTS.market, risk }) ? 0 : 1)),
      ),
    );
    return {
      cases: SANDWICH_RISKS.slice(1).map((risk, k) => ({
        at: `λ_r = ${risk}`,
        holds: shares[k + 1].mean + 2 * shares[k + 1].error >= PRINTED_SHARE,
      })),
      says: 'The share is that of orders below the threshold of the market fee; the risk fee does not change it.',
      figures: SANDWICH_RISKS.map((risk, k) =>
        figure(`orders that no sandwich gains from, λ_r = ${risk}`, shares[k], '%', PRINTED_SHARE),
      ),
      charts: [],
    };
  },
};

const CYCLES = 400;
const STEPS = 6;

/**
 * A random cycle of trades with isolated pools, at the end of which each has the compute it began with: what is gained, of the
 * credits moved.
 */
function cycleGain(u: () => number, fees: Fees): number {
  let pools = [0.01, 0.05, 0.3].map(
    (rho): Venue => ({ ...pool, rho: rho + 0.2 * u(), theta: STOCK * (0.7 + 0.6 * u()) }),
  );
  let [gain, moved] = [0, 0];
  const trade = (i: number, compute: number) => {
    const v = pools[i];
    if (compute > 0) {
      const { gross } = buyAlone(v, compute, fees);
      pools = pools.map((p, k) => (k === i ? afterBuying(v, compute, gross) : p));
      gain -= gross;
      moved += gross;
    } else if (compute < 0) {
      const { credits } = sellAlone(v, -compute, fees);
      pools = pools.map((p, k) => (k === i ? afterSelling(v, -compute, credits) : p));
      gain += credits;
      moved += credits;
    }
  };
  const owed = [0, 0, 0];
  for (let k = 0; k < STEPS; k++) {
    const i = Math.min(2, Math.floor(3 * u()));
    const compute = (u() - 0.5) * 0.2 * STOCK;
    trade(i, compute);
    owed[i] += compute;
  }
  owed.forEach((compute, i) => {
    trade(i, -compute);
  });
  return gain / moved;
}

/** Rounding. */
const NOTHING = 1e-12;

export const arbitrageLoops: Claim = {
  id: 'arbitrage-loops',
  sentence: 'Zero arbitrage loops (risk fees prevent).',
  source: 'HIP-004, “Performance Metrics” and “No-Arbitrage”; hanzo-hmm.tex, §3.1',
  experiment: `Random cycles of ${STEPS} trades and back with three pools, ${CYCLES} of each kind. It counts as true where none gains, and for the reason where some gain without the fee.`,
  run(lab) {
    const kinds: readonly (readonly [string, Fees])[] = [
      ['both fees', DEFAULTS],
      ['the market fee alone', { ...DEFAULTS, risk: 0 }],
      ['no fee', { market: 0, risk: 0 }],
    ];
    const most = kinds.map(([, fees]) => {
      const u = lab.uniform(31);
      return Math.max(...Array.from({ length: CYCLES }, () => cycleGain(u, fees)));
    });
    const joint = jointGain([0.6, 0.4], 0.05, [100, 100], [100, 100]);
    return {
      cases: [
        ...kinds.map(([name], k): Case => ({ at: `isolated pools, ${name}`, holds: most[k] <= NOTHING })),
        { at: 'it is the risk fee that prevents them', holds: most[1] > NOTHING },
        { at: 'assets that share one κ', holds: joint.taken <= 0 },
      ],
      where: 'each pool has its own κ, and then without any fee as well; assets that share one κ have loops',
      says: 'A pool’s curve alone rules out gains from a cycle, so risk fees have no part in it.',
      figures: [
        ...kinds.map(([name], k): Figure => ({ name: `best cycle, ${name}`, value: most[k], unit: 'bps' })),
        { name: 'taken of 200 credits of two assets that share one κ', value: joint.taken, unit: 'credits' },
      ],
      charts: [],
    };
  },
};

/** Units of five resources, and credits for a unit; the last is disk, in GB. */
const STOCKS = [1000, 24_000, 4000, 2000, 500_000] as const;
const PRICES = [2, 0.05, 0.3, 0.5, 0.001] as const;
const GB_A_TB = 1000;
const inTerabytes = (xs: readonly number[], factor: number): number[] => xs.map((x, i) => (i === 4 ? x * factor : x));
const UNITS = PRICES.map(() => 1);

/** λ_r‖S·r‖/‖S·Ψ‖ of a tenth of the first resource. */
function normFee(stocks: readonly number[], scale: readonly number[]): number {
  const norm = (xs: readonly number[]) => Math.sqrt(xs.reduce((sum, x, i) => sum + (scale[i] * x) ** 2, 0));
  const r = stocks.map((x, i) => (i === 0 ? 0.1 * x : 0));
  return (DEFAULTS.risk * norm(r)) / norm(stocks);
}

export const riskFeeNorm: Claim = {
  id: 'risk-fee-norm',
  sentence: 'f_r = λ_r ‖ΔΨ‖/‖Ψ‖: risk fee (inventory compensation).',
  source: 'HIP-004, “Fee Structure”; hanzo-hmm.tex, §7.2',
  experiment:
    'The risk fee of buying 10 % of the GPUs of a market of five resources, with disk counted in GB, in TB and in credits. It counts as true where the fee does not depend on the unit.',
  run() {
    const few = inTerabytes(STOCKS, 1 / GB_A_TB);
    const [gigabytes, terabytes] = [normFee(STOCKS, UNITS), normFee(few, UNITS)];
    const credits = [normFee(STOCKS, PRICES), normFee(few, inTerabytes(PRICES, GB_A_TB))];
    const same = (x: number, y: number) => Math.abs(x / y - 1) < 1e-9;
    return {
      cases: [
        { at: 'as printed', holds: same(gigabytes, terabytes) },
        { at: 'amounts in credits', holds: same(credits[0], credits[1]) },
      ],
      where: 'amounts are counted in credits (as riskScope: pool does)',
      says: 'Norms over different kinds of compute need one unit. As printed, the resource with the largest number decides.',
      figures: [
        { name: 'fee with disk in GB', value: gigabytes, unit: 'bps' },
        { name: 'fee with disk in TB', value: terabytes, unit: 'bps' },
        { name: 'fee with amounts in credits', value: credits[0], unit: 'bps' },
      ],
      charts: [],
    };
  },
};
