/** Floor 3. What a quoting policy is: offsets of a bid and an ask from the mid, and rates of taking, by what the maker sees. */
import type { Expr } from '../../../src/graph/index.js';
import type { Parameter, Parameters, Settings } from '../../../src/rollout/model.js';
import { identity } from '../../../src/rollout/transforms.js';
import type { Read } from '../read.js';

/** What a maker sees when it quotes. */
export interface Seen {
  /** Inventory in lots. */
  readonly q: Expr;
  /** The state of the market, a whole number from 0. */
  readonly state: Expr;
  /** The share of the time that is gone, in [0, 1). */
  readonly elapsed: Expr;
}

export interface Quotes {
  /** Offsets from the mid, in money: S − bid, S + ask. */
  readonly bid: Expr;
  readonly ask: Expr;
  /** Rates, per second, of taking a lot that brings the inventory towards 0: null where the policy never takes. */
  readonly take: Expr | null;
}

export interface PolicyContext {
  readonly value: Readonly<Record<string, readonly Expr[]>>;
  readonly settings: Readonly<Record<string, number>>;
  readonly read: Read;
}

export interface Policy {
  readonly name: string;
  readonly doc: string;
  readonly settings: Settings;
  readonly parameters: (settings: Readonly<Record<string, number>>) => Parameters;
  readonly takes: boolean;
  run(c: PolicyContext): (seen: Seen) => Quotes;
}

type Rest = Pick<Parameter, 'unit' | 'default' | 'doc'> & Partial<Parameter>;

/** A number of any sign that is trained. */
export const trained = (rest: Rest): Parameter => ({
  shape: 'scalar',
  transform: identity,
  range: [-1e9, 1e9],
  trainable: true,
  ...rest,
});

/** What a state says of where the mid goes, from −1 to 1: spread evenly over the states unless told otherwise. */
export const signalParameters = ({ states }: Readonly<Record<string, number>>): Parameters =>
  states === 1
    ? {}
    : Object.fromEntries(
        Array.from({ length: states }, (_, j) => [
          `signal_${j}`,
          trained({
            unit: '1',
            default: (2 * j) / (states - 1) - 1,
            trainable: false,
            doc: `what state ${j} says of where the mid goes, from −1 (down) to 1 (up)`,
          }),
        ]),
      );

/** The signal of a state; undefined where there is one state. */
export function signalOf({ value, settings, read }: PolicyContext, state: Expr): Expr | undefined {
  if (settings.states === 1) return undefined;
  const all = Array.from({ length: settings.states }, (_, j) => value[`signal_${j}`][0]);
  return read(all, state, 0);
}
