/** Floor 5. Policies that are played call by call: on doubles, or in the contract's fixed point. */

import { fromFixedPoint, rational } from '../export/fixed-point.js';
import { doubles, wads } from '../export/solidity/arithmetic.js';
import { evaluate, type Policy } from '../export/solidity/calls.js';
import { WAD } from '../export/solidity/wad.js';
import type { Fees, Player, SeenCall } from './replay.js';

/** ⌊v·1e18⌋, as amounts reach a contract. */
export function toAmount(v: number): bigint {
  const { num, den } = rational(v);
  return (num * WAD) / den;
}

const seen = (t: SeenCall) => [t.x, t.y, t.step, t.reserveX, t.reserveY] as const;

/** The law itself. */
export function doublePlayer(policy: Policy): Player {
  let memory: number[] = [];
  const keep = (outputs: Readonly<Record<string, number>>): Fees => {
    memory = policy.memory.map((name) => outputs[name]);
    return { bid: memory[0], ask: memory[1] };
  };
  return {
    start: (x, y) => keep(evaluate(policy.start, doubles, [x, y])),
    after: (t) => keep(evaluate(policy.after, doubles, [...memory, t.buysX ? 1 : 0, ...seen(t)])),
  };
}

/** What the exported contract computes, integer by integer. `memory` is what it has in its slots. */
export function integerPlayer(policy: Policy): Player & { readonly memory: () => readonly bigint[] } {
  let memory: bigint[] = [];
  const keep = (outputs: Readonly<Record<string, bigint>>): Fees => {
    memory = policy.memory.map((name) => outputs[name]);
    return { bid: fromFixedPoint(memory[0]), ask: fromFixedPoint(memory[1]) };
  };
  return {
    memory: () => memory,
    start: (x, y) => keep(evaluate(policy.start, wads, [toAmount(x), toAmount(y)])),
    after: (t) => keep(evaluate(policy.after, wads, [...memory, t.buysX ? WAD : 0n, ...seen(t).map(toAmount)])),
  };
}
