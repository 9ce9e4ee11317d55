/** Floor 2½. The contracts of flows: traders beside arbitrageurs, who answer to what a pool costs them. */
import type { Expr, Tree } from '../graph/index.js';
import type { Clock } from '../rollout/clock.js';
import type { ModelContext, Parameters, Setting, Settings } from '../rollout/model.js';

/** A trade that somebody asks for; nothing is paid in where there is none. */
export interface Order {
  /** Amounts paid in, fee included, ≥ 0, by asset. */
  readonly paid: readonly Expr[];
  /** 1 for the one asset that is taken out, else 0. */
  readonly taken: readonly Expr[];
}

interface Flow {
  readonly name: string;
  readonly doc: string;
  readonly parameters: Parameters;
  readonly settings?: Settings;
  /** The parameter that results rest on most: an evaluation shows them at half, once and twice its value. */
  readonly sensitivity?: string;
}

/** A setting of flows of orders: the seed of their draws. */
export const orderSeed: Setting = {
  default: 1,
  range: [0, 2 ** 31 - 1],
  whole: true,
  doc: 'seed of the orders, which are the same for all sets',
};

/** Volume that answers to the cost of trading; buys and sells cancel. */
export interface MeanFlow extends Flow {
  /** The fraction of the pool's value that is traded in this step at relative cost `cost`; `activity` is a_t. */
  readonly volume: (c: ModelContext, cost: Expr, activity: Expr) => Expr;
  /** Size of the order whose cost decides, as a fraction of the pool's value. */
  readonly orderSize: (c: ModelContext) => Expr;
}

/**
 * Orders, one after the other, each of which may go through the pool, in whole or in part, and then moves its reserves.
 * What the flow keeps beside the pool, such as another pool that orders may go to, is its state.
 */
export interface OrderFlow<State extends Tree = Tree> extends Flow {
  /** Refuses settings, by a UserError. */
  readonly check?: (settings: Readonly<Record<string, number>>, clock: Clock) => void;
  init(c: ModelContext, start: FlowStart): State;
  /** The state once arbitrageurs have come, as often as to the pool and at its costs: `pool` is the pool's context. */
  arbitrage(c: ModelContext, state: State, outside: Outside, pool: ModelContext): State;
  /** The orders of a step, after its arbitrage. */
  trade<P extends Tree>(c: ModelContext, state: State, pool: Routed<P>, step: FlowStep): Done<State, P>;
}

export type FlowModel = MeanFlow | OrderFlow;

export const hasOrders = (flow: FlowModel): flow is OrderFlow => 'trade' in flow;

/** What is outside. */
export interface Outside {
  /** Of the assets, in the numéraire. */
  readonly prices: readonly Expr[];
  /** What the pool trades for each other: places of assets; the place behind the last is the numéraire. */
  readonly markets: Markets;
}

/** What a flow is set up beside. */
export interface FlowStart extends Outside {
  /** Value of the pool at the first row, in the numéraire. */
  readonly value: Expr;
}

export type Markets = readonly (readonly [first: number, second: number])[];

export interface FlowStep extends FlowStart {
  /** a_t: 1, or the data's volume relative to its mean. */
  readonly activity: Expr;
  /** The k-th uniform number of order `j` of this row of the data, in (0, 1): the same for all sets. No gradient. */
  readonly uniform: (j: Expr | number, k: number) => Expr;
}

/** The pool as orders meet it. */
export interface Routed<P extends Tree> {
  readonly state: P;
  /** `direction`: 1 for the one thing that is paid in and the one that is taken out, else 0. */
  offer(state: P, direction: Order): Offer<P>;
}

/** A way into a pool: what it takes of one thing for another, as far as one goes. */
export interface Offer<P extends Tree = Tree> {
  /**
   * x from 0 on says how far; where it is left out of `most`, it is what is paid in. `paid`: with the fee. `rate`: what the
   * next unit paid in brings, which falls with x.
   */
  at(x: Expr): { readonly paid: Expr; readonly rate: Expr };
  /** The end of the way; null where there is none. */
  readonly most: Expr | null;
  /** x at which a search for where `amount` is paid in begins. */
  start(amount: Expr): Expr;
  /** The pool after a trade as far as x, and the fees that stay of it, in the numéraire. Nothing happens at 0. */
  trade(x: Expr): { readonly state: P; readonly fees: Expr };
}

/** A step of orders. */
export interface Done<State extends Tree, P extends Tree> {
  readonly state: State;
  readonly pool: P;
  /** That stay in the pool, in the numéraire. */
  readonly fees: Expr;
  /** Value at outside prices of all that was paid in by orders, and of what of it came to the pool. */
  readonly offered: Expr;
  readonly routed: Expr;
}
