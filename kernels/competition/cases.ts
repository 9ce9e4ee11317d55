/** Floor 3. The challenge on a given path: prices and orders are read from series instead of being drawn. For `verify`. */
import {
  type Buffer,
  buffer,
  type Expr,
  emit,
  input,
  load,
  type Program,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';
import { MINUTES } from '../../src/rollout/clock.js';
import { Challenge, type Rules } from './game.js';
import type { FeeLaw } from './law.js';
import { arbitrage, type Fees, type Order, type Reserves, route, type Trade } from './pools.js';

/** Row of the orders' series [rows][2]: 1 where it buys X, and the size in Y, 0 where there is none. */
const orderAt = (orders: Buffer, row: Expr): Order => ({
  buys: load(orders, 0, row).greater(0),
  size: load(orders, 1, row),
});

/** What a path shows of every step. */
export const PATH_ROWS = ['x', 'y', 'bidFee', 'askFee', 'edge', 'otherX', 'otherY'] as const;

/**
 * The game over `steps` rows of `prices` [rows][1] and `orders` [rows·most][2] by a law with the parameter values `theta`, in
 * the order of their declaration. Outputs: PATH_ROWS by row, and the totals after the last.
 */
export function pathProgram(rules: Rules, law: FeeLaw, most: number): Program {
  return trace('challenge path', () => {
    const [prices, orders] = [buffer('series', 'prices', 1), buffer('series', 'orders', 2)];
    const names = Object.keys(law.parameters);
    const theta = buffer('set', 'theta', names.length, { differentiable: true });
    const value = Object.fromEntries(names.map((name, i) => [name, [load(theta, i)]]));
    const game = new Challenge(rules, law, { n: 1, value, raw: value, settings: {}, clock: MINUTES });
    const steps = input('steps');
    const outputs = PATH_ROWS.map((name) => buffer('output', name, 1, { rows: steps }));
    const { totals } = scan({
      name: 'steps',
      length: steps,
      init: game.start(),
      body: (state, t) => {
        const next = game.step(state, t.float(), load(prices, 0, t), {
          most,
          at: (i) => orderAt(orders, t.mul(most).add(i)),
        });
        const { pool, other, quote, totals: so } = next;
        const edge = so.arbitrageEdge.add(so.retailEdge);
        const seen = { ...pool, bidFee: quote.bid, askFee: quote.ask, edge, otherX: other.x, otherY: other.y };
        for (const [i, name] of PATH_ROWS.entries()) emit(outputs[i], 0, seen[name], t);
        return next;
      },
    });
    for (const [name, total] of Object.entries(totals)) emit(buffer('output', name, 1), 0, total);
    emit(buffer('output', 'totalEdge', 1), 0, totals.arbitrageEdge.add(totals.retailEdge));
  });
}

/** Numbers of a trade, in the order of the columns of the output `trades`; two rows an event, our pool's and the other's. */
const numbersOf = (t: Trade): readonly Expr[] => [
  where(t.traded, 1, 0),
  where(t.buysX, 1, 0),
  t.x,
  t.y,
  where(t.traded, t.edge, 0),
];

/** What a step starts from, as columns of the set buffer `start`. */
export const STEP_START = ['x', 'y', 'bidFee', 'askFee', 'otherX', 'otherY', 'otherBid', 'otherAsk', 'price'] as const;

/**
 * One step of two pools without laws from `start` [STEP_START]: arbitrages, then `count` rows of `orders` [count][2].
 * Outputs: `trades` [2 + 2·count][5], `first` [count], `pools` [x, y, x, y].
 */
export function stepProgram(leastPart: number): Program {
  return trace('challenge step', () => {
    const start = buffer('set', 'start', STEP_START.length);
    const [x, y, bid, ask, otherX, otherY, otherBid, otherAsk, price] = STEP_START.map((_, i) => load(start, i));
    const count = input('count');
    const orders = buffer('series', 'orders', 2);
    const trades = buffer('output', 'trades', 5, { rows: count.add(1).mul(2) });
    const store = (trade: Trade, row: Expr | number) => {
      for (const [i, v] of numbersOf(trade).entries()) emit(trades, i, v, row);
    };
    const [own, others]: Fees[] = [
      { bid, ask },
      { bid: otherBid, ask: otherAsk },
    ];
    const first = buffer('output', 'first', 1, { rows: count.maximum(1) });
    const [here, there] = [arbitrage({ x, y }, own, price), arbitrage({ x: otherX, y: otherY }, others, price)];
    store(here, 0);
    store(there, 1);
    type Pair = { readonly ours: { readonly x: Expr; readonly y: Expr }; readonly other: Pair['ours'] };
    const plain = ({ x: a, y: b }: Reserves) => ({ x: a, y: b });
    const last = scan<Pair>({
      name: 'orders',
      length: count,
      init: { ours: plain(here.after), other: plain(there.after) },
      body: ({ ours, other }, i) => {
        const routed = route(
          orderAt(orders, i),
          price,
          { pool: ours, fees: own },
          { pool: other, fees: others },
          leastPart,
        );
        store(routed.ours, i.mul(2).add(2));
        store(routed.other, i.mul(2).add(3));
        emit(first, 0, routed.first, i);
        return { ours: plain(routed.ours.after), other: plain(routed.other.after) };
      },
    });
    const pools = buffer('output', 'pools', 4);
    for (const [i, v] of [last.ours.x, last.ours.y, last.other.x, last.other.y].entries()) emit(pools, i, v);
  });
}
