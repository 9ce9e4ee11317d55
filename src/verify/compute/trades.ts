/** Floor 5. Cases of single trades and of what is tried against pools: plain numbers, the same on every target. */
import { z } from 'zod';
import { jointGain, notRebased, rampLoss, sandwich, washTrade } from '../../compute/attacks.js';
import {
  creditsAt,
  curvatureAt,
  kappaAt,
  type Moving,
  priceAt,
  targetCost,
  targetLoss,
  utilisationOf,
  volatilityAfter,
} from '../../compute/curvature.js';
import { invariantOf, priceOf } from '../../compute/curve.js';
import { deposit, firstShares, impermanentLoss, withdraw } from '../../compute/liquidity.js';
import { depthWithin, priceStability, trackingError } from '../../compute/metrics.js';
import {
  afterBuying,
  type Bought,
  bestSplit,
  buyAlone,
  buyInBlock,
  splitFees,
  splitGain,
} from '../../compute/trades.js';
import { type Compared, kindOf, type NamedCheck } from '../named.js';
import { number, numbers } from '../price-fields.js';
import { venue } from './routes.js';

const fees = { marketFee: number, riskFee: number };
const feesOf = (c: { marketFee: number; riskFee: number }) => ({ market: c.marketFee, risk: c.riskFee });

/** Fields of records, in the order of what was wanted. */
export function fieldsOf<T extends object>(got: readonly object[], wanted: readonly T[]): Compared[] {
  const keys = Object.keys(wanted[0] ?? {});
  const values = (rows: readonly object[], key: string) =>
    rows.flatMap((row) => [(row as Record<string, number | readonly number[]>)[key]].flat());
  return keys.map((field) => ({ field, got: values(got, field), wanted: values(wanted, field) }));
}

const numeric = z.record(z.string(), number);

const riskFeeBase = kindOf(
  z.object({ venue, buys: numbers, ...fees, feesStayInPool: z.boolean() }),
  z.object({
    trade: z.array(numeric),
    tradeTotal: number,
    block: z.array(numeric),
    blockTotal: number,
    single: number,
  }),
  (c, want) => {
    let pool = c.venue;
    const trade = c.buys.map((r): Bought => {
      const bought = buyAlone(pool, r, feesOf(c));
      pool = afterBuying(pool, r, c.feesStayInPool ? bought.gross : bought.effective);
      return bought;
    });
    const block = buyInBlock(c.venue, c.buys, feesOf(c));
    const whole = c.buys.reduce((a, b) => a + b, 0);
    const total = (all: readonly Bought[]) => all.reduce((sum, b) => sum + b.gross, 0);
    return [
      ...fieldsOf(trade, want.trade).map((f) => ({ ...f, field: `trade, ${f.field}` })),
      ...fieldsOf(
        block.map((b) => ({ ...b, feeRate: b.fee })),
        want.block,
      ).map((f) => ({ ...f, field: `block, ${f.field}` })),
      { field: 'total of trades', got: [total(trade)], wanted: [want.tradeTotal] },
      { field: 'total of the block', got: [total(block)], wanted: [want.blockTotal] },
      { field: 'as one', got: [total(buyInBlock(c.venue, [whole], feesOf(c)))], wanted: [want.single] },
    ];
  },
);

const riskFeeSplitting = kindOf(
  z.object({ venue, outsidePrice: number, ...fees, equalParts: numbers, feesStayInPool: z.literal(true) }),
  z.object({ results: z.array(z.object({ parts: number, profit: number, total: number })) }),
  (c, want) => {
    const best = c.equalParts.map((parts) => bestSplit(c.venue, c.outsidePrice, parts, feesOf(c)));
    // where a gain is largest it is flat: a total that was found by comparing gains is known to half their digits, so it is
    // told by what it gains
    const theirs = want.results.map(
      ({ parts, total }) => splitGain(c.venue, c.outsidePrice, total, parts, feesOf(c)).profit,
    );
    return [
      { field: 'profit', got: best.map((b) => b.profit), wanted: want.results.map((r) => r.profit) },
      { field: 'profit of their totals', got: theirs, wanted: best.map((b) => b.profit) },
    ];
  },
);

const sandwiches = kindOf(
  z.object({ venue, ...fees, cases: z.array(z.tuple([number, number])) }),
  z.object({ rows: z.array(numeric) }),
  (c, want) =>
    fieldsOf(
      c.cases.map(([front, victim]) => ({ front, victim, ...sandwich(c.venue, front, victim, feesOf(c)) })),
      want.rows,
    ),
);

const washTrades = kindOf(
  z.object({ venue, ...fees, bonus: number, amounts: numbers }),
  z.object({ rows: z.array(numeric) }),
  (c, want) =>
    fieldsOf(
      c.amounts.map((amount) => ({ amount, ...washTrade(c.venue, amount, feesOf(c), c.bonus) })),
      want.rows,
    ),
);

const pair = z.tuple([number, number]);

const lpShares = kindOf(
  z.object({ firstDeposit: pair, secondDeposit: pair, feesAdded: pair, thirdDeposit: pair, withdrawFraction: number }),
  z.object({
    first: number,
    deposit: numeric,
    afterFees: z.object({ psi: number, theta: number, shares: number, perShare: numeric }),
    deposit2: numeric,
    withdraw: numeric,
    end: numeric,
    printedSharesForDeposit2: number,
  }),
  (c, want) => {
    const [psi, theta] = c.firstDeposit;
    const first = firstShares(psi, theta);
    const second = deposit({ psi, theta, shares: first }, ...c.secondDeposit);
    const fees = {
      ...second.after,
      psi: second.after.psi + c.feesAdded[0],
      theta: second.after.theta + c.feesAdded[1],
    };
    const third = deposit(fees, ...c.thirdDeposit);
    const end = withdraw(third.after, c.withdrawFraction);
    const part = (name: string, got: object, wanted: object) =>
      fieldsOf([got], [wanted]).map((f) => ({ ...f, field: `${name}, ${f.field}` }));
    const { perShare, ...after } = want.afterFees;
    return [
      { field: 'first', got: [first], wanted: [want.first] },
      ...part('second', second, want.deposit),
      ...part('after fees', fees, after),
      ...part('a share', { psi: fees.psi / fees.shares, theta: fees.theta / fees.shares }, perShare),
      ...part('third', third, want.deposit2),
      ...part('withdrawal', end, want.withdraw),
      ...part('end', end.after, want.end),
      {
        field: 'third, as printed',
        got: [firstShares(third.psiIn, third.thetaIn)],
        wanted: [want.printedSharesForDeposit2],
      },
    ];
  },
);

const il = kindOf(
  z.object({ rows: z.array(pair) }),
  z.object({ rows: z.array(z.object({ rho: number, ratio: number, il: number })) }),
  (c, want) =>
    fieldsOf(
      c.rows.map(([rho, ratio]) => ({ rho, ratio, il: impermanentLoss(rho, ratio) })),
      want.rows,
    ),
);

const dynamicCurvature = kindOf(
  z.object({
    rho0: number,
    alpha: number,
    betaUtil: number,
    memoryDays: number,
    flow: numbers,
    psi: numbers,
    theta: numbers,
    psiTarget: number,
    scale: number,
    dtMinutes: number,
  }),
  z.object({ rows: z.array(numeric), volAtEnd: number }),
  (c, want) => {
    const moving: Moving = {
      rho: c.rho0,
      alpha: c.alpha,
      utilisation: c.betaUtil,
      target: c.psiTarget,
      memoryDays: c.memoryDays,
      stepMinutes: c.dtMinutes,
    };
    let vol = 0;
    const rows = c.flow.map((flow, t) => {
      const rho = curvatureAt(moving, vol, c.psi[t]);
      const pool = { rho, scale: c.scale, psi: c.psi[t], theta: c.theta[t] };
      const util = utilisationOf(c.psi[t], c.psiTarget);
      const row = { vol, util, rho, kappa: invariantOf(pool), price: priceOf(pool) };
      vol = volatilityAfter(moving, vol, flow);
      return row;
    });
    return [...fieldsOf(rows, want.rows), { field: 'volatility at the end', got: [vol], wanted: [want.volAtEnd] }];
  },
);

const curvatureRebase = kindOf(
  z.object({ rhoFrom: number, rhoTo: number, psi: number, theta: number, scale: number, steps: numbers }),
  z.object({
    priceBefore: number,
    priceAfter: number,
    kappaBefore: number,
    kappaAfter: number,
    ramp: z.array(z.object({ steps: number, loss: number })),
    notRebasedAtPriceOne: z.object({ oneSidedFractionOfValue: number, bothSidesFractionOfValue: number }),
  }),
  (c, want) => {
    const before = { rho: c.rhoFrom, scale: c.scale, psi: c.psi, theta: c.theta };
    const after = { ...before, rho: c.rhoTo };
    const free = notRebased(c.rhoFrom, c.rhoTo);
    return [
      { field: 'price', got: [before, after].map(priceOf), wanted: [want.priceBefore, want.priceAfter] },
      { field: 'kappa', got: [before, after].map(invariantOf), wanted: [want.kappaBefore, want.kappaAfter] },
      ...fieldsOf(
        c.steps.map((steps) => ({ steps, loss: rampLoss(before, c.rhoTo, steps) })),
        want.ramp,
      ),
      {
        field: 'not re-based',
        got: [free.oneSided, free.bothSides],
        wanted: [want.notRebasedAtPriceOne.oneSidedFractionOfValue, want.notRebasedAtPriceOne.bothSidesFractionOfValue],
      },
    ];
  },
);

const jointKappa = kindOf(
  z.object({ weights: numbers, lambda_: number, psi: numbers, theta: numbers }),
  z.object({ creditsTaken: number, thetaAfter: numbers, fraction: number }),
  (c, want) => {
    const { taken, after, fraction } = jointGain(c.weights, c.lambda_, c.psi, c.theta);
    return [
      { field: 'credits taken', got: [taken], wanted: [want.creditsTaken] },
      { field: 'credits left', got: after, wanted: want.thetaAfter },
      { field: 'fraction', got: [fraction], wanted: [want.fraction] },
    ];
  },
);

const targetInventory = kindOf(
  z.object({ target: number, kappa: number, lambda_: number, q: number, buy: number, ilRatios: numbers }),
  z.object({
    p: number,
    price: number,
    credits: number,
    kappaCheck: number,
    il: z.array(z.object({ ratio: number, il: number })),
  }),
  (c, want) => {
    const curve = { target: c.target, kappa: c.kappa, lambda: c.lambda_ };
    const p = creditsAt(curve, c.q);
    const credits = targetCost(curve, c.q, c.buy);
    const found = { p, price: priceAt(curve, c.q), credits, kappaCheck: kappaAt(curve, c.q - c.buy, p + credits) };
    const { il: losses, ...plain } = want;
    return [
      ...fieldsOf([found], [plain]),
      ...fieldsOf(
        c.ilRatios.map((ratio) => ({ ratio, il: targetLoss(curve, ratio) })),
        losses,
      ),
    ];
  },
);

/** What a pool of 100 on each side at price 1 sells, as the papers' efficiency has it. */
const DEEP = { scale: 1, psi: 100, theta: 100 };

const metrics = kindOf(
  z.object({
    outside: numbers,
    pool: numbers,
    stabilityBlock: z.number().int().positive(),
    slippageBound: number,
    rhos: numbers,
  }),
  z.object({ priceStability: number, trackingError: number, depth: z.array(numeric) }),
  (c, want) => {
    const flat = depthWithin({ ...DEEP, rho: 0 }, c.slippageBound);
    const depth = c.rhos.map((rho) => {
      const amount = depthWithin({ ...DEEP, rho }, c.slippageBound);
      return { rho, amount, ratioToConstantProduct: amount / flat };
    });
    return [
      { field: 'stability', got: [priceStability(c.pool, c.stabilityBlock)], wanted: [want.priceStability] },
      { field: 'tracking error', got: [trackingError(c.pool, c.outside)], wanted: [want.trackingError] },
      ...fieldsOf(depth, want.depth),
    ];
  },
);

const feesEmission = kindOf(
  z.object({
    gross: number,
    marketFee: number,
    riskFeeRate: number,
    burn: number,
    treasuryShare: number,
    burnBase: z.enum(['market', 'total']),
    rate: number,
    emissionPerBlock: number,
    blocksPerMinute: number,
    split: z.object({ beta: number, gamma: number, delta: number }),
    dtMinutes: number,
  }),
  numeric,
  (c, want) => {
    const { burned, treasury, kept } = splitFees(c.gross * c.marketFee, c.gross * c.riskFeeRate, c);
    const emission = c.emissionPerBlock * c.blocksPerMinute * c.dtMinutes;
    const { beta, gamma, delta } = c.split;
    const found = {
      burnCredits: burned,
      treasuryCredits: treasury,
      lpCredits: kept,
      burnTokens: burned / c.rate,
      emission,
      validators: beta * emission,
      workers: gamma * emission,
      curators: delta * emission,
      treasury: (1 - beta - gamma - delta) * emission,
      supplyChange: emission - burned / c.rate,
    };
    return fieldsOf([found], [want]);
  },
);

export const TRADE_KINDS: Readonly<Record<string, NamedCheck>> = {
  riskFeeBase,
  riskFeeSplitting,
  sandwich: sandwiches,
  washTrade: washTrades,
  lpShares,
  il,
  dynamicCurvature,
  curvatureRebase,
  jointKappa,
  targetInventory,
  metrics,
  feesEmission,
};
