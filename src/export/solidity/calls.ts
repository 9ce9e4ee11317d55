/**
 * Floor 5. The two calls of a fee law, traced with its trained numbers as constants: what is said at the start, and what
 * after a trade. The same schedule is evaluated here, on doubles or in fixed point, and printed as a contract.
 */
import type { FeeLaw, Quote } from '../../../kernels/competition/law.js';
import { MOST_FEE, MOST_MEMORY } from '../../../kernels/competition/law.js';
import { UserError } from '../../errors.js';
import {
  buffer,
  constant,
  type Expr,
  emit,
  type Item,
  load,
  type Schedule,
  schedule,
  trace,
} from '../../graph/index.js';
import { clip } from '../../rollout/functions.js';
import type { Arithmetic } from './arithmetic.js';

/** What a call is given beside the memory. */
export const SEEN_AT_START = ['x', 'y'] as const;
export const SEEN_OF_TRADE = ['buysX', 'x', 'y', 'step', 'reserveX', 'reserveY'] as const;

export interface Call {
  readonly schedule: Schedule;
  /** Names of its inputs: the memory's, where it has one yet, then what it sees. */
  readonly inputs: readonly string[];
}

/** A law that sees trades only, with its numbers. */
export interface Policy {
  readonly law: FeeLaw;
  /** The memory in order: bid, ask, then what the law keeps. */
  readonly memory: readonly string[];
  readonly start: Call;
  readonly after: Call;
}

const INPUT = 'seen';
/** A step has no length in the game. */
const CLOCK = { interval: 1000 };

/** Of a parameter a number, or as many as it has labels. */
export type Values = Readonly<Record<string, number | readonly number[]>>;

/** Throws a UserError for a law that no contract can follow. */
export function policyOf(law: FeeLaw, values: Values): Policy {
  if (law.knowing !== undefined) {
    throw new UserError(
      `export amm-challenge: a law that sees its own trades was expected, got ${law.name}, which sees the price; take another`,
    );
  }
  const missing = Object.entries(law.parameters).find(([name, { shape }]) => {
    const given = [values[name]].flat();
    return given.length !== (Array.isArray(shape) ? shape.length : 1) || !given.every(Number.isFinite);
  })?.[0];
  if (missing !== undefined) {
    throw new UserError(
      `export amm-challenge: a number was expected for ${missing} of ${law.name}, got ${values[missing]}; train it anew`,
    );
  }
  let memory: string[] = [];
  const call = (
    name: string,
    seen: readonly string[],
    inputs: readonly string[],
    quote: (at: Inputs) => Quote,
  ): Call => {
    const all = [...inputs, ...seen];
    const program = trace(name, () => {
      const source = buffer('lane', INPUT, all.length);
      const at: Inputs = Object.fromEntries(all.map((key, i) => [key, load(source, i)]));
      const { bid, ask, memory: kept } = quote(at);
      memory = ['bid', 'ask', ...Object.keys(kept).map((key) => `memory.${key}`)];
      const outputs = [clip(bid, 0, MOST_FEE), clip(ask, 0, MOST_FEE), ...Object.values(kept)];
      for (const [i, x] of outputs.entries()) emit(buffer('output', memory[i], 1), 0, x);
    });
    return { schedule: schedule(program), inputs: all };
  };
  const context = () => {
    const value = Object.fromEntries(
      Object.keys(law.parameters).map((name) => [name, [values[name]].flat().map((x) => constant(x))]),
    );
    return { n: 1, value, raw: value, settings: {}, clock: CLOCK };
  };
  const start = call('start', SEEN_AT_START, [], ({ x, y }) => law.start(context(), { x, y }));
  const kept = memory;
  if (kept.length > MOST_MEMORY) {
    throw new UserError(
      `export amm-challenge: at most ${MOST_MEMORY} numbers of memory were expected, got ${kept.length} of ${law.name}; take another law`,
    );
  }
  const after = call('after', SEEN_OF_TRADE, kept, (at) =>
    law.after(
      context(),
      {
        bid: at.bid,
        ask: at.ask,
        memory: Object.fromEntries(kept.slice(2).map((key) => [key.slice('memory.'.length), at[key]])),
      },
      {
        buysX: at.buysX.greater(0),
        x: at.x,
        y: at.y,
        step: at.step,
        reserves: { x: at.reserveX, y: at.reserveY },
      },
    ),
  );
  return { law, memory: kept, start, after };
}

type Inputs = Readonly<Record<string, Expr>>;

/** The column of an input that a load reads. */
export const columnOfLoad = (e: Expr): number =>
  e.op === 'load' && e.attr !== null && 'buffer' in e.attr && e.attr.buffer.name === INPUT ? e.attr.column : -1;

/** What the call stores, by output, given its inputs in order. Sides of choices that are not taken are not looked at. */
export function evaluate<N>(call: Call, arithmetic: Arithmetic<N>, inputs: readonly N[]): Record<string, N> {
  const known = new Map<Expr, N | boolean>();
  const of = (e: Expr): N | boolean => {
    const there = known.get(e);
    if (there !== undefined) return there;
    if (e.op === 'const') return arithmetic.constant(e.constant as number);
    if (e.op === 'bconst') return e.constant === 1;
    throw new TypeError(`call: ${e.op} was needed before it was computed`);
  };
  const compute = (e: Expr): N | boolean => {
    if (e.op === 'load') return inputs[columnOfLoad(e)];
    if (e.op === 'where') return of(of(e.args[0]) === true ? e.args[1] : e.args[2]);
    const op = arithmetic.ops[e.op] as ((...args: (N | boolean)[]) => N | boolean) | undefined;
    if (op === undefined) throw new TypeError(`call: a contract has no ${e.op}`);
    return op(...e.args.map(of));
  };
  const outputs: Record<string, N> = {};
  const run = (items: readonly Item[]): void => {
    for (const item of items) {
      if (item.kind === 'let') known.set(item.expr, compute(item.expr));
      else if (item.kind === 'store') outputs[item.emit.buffer.name] = of(item.emit.value) as N;
      else if (item.kind === 'arm') {
        if (of(item.mask) === item.side) run(item.body);
      } else throw new TypeError('call: a contract has no loops');
    }
  };
  run(call.schedule.body);
  return outputs;
}
