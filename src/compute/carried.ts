/** Floor 1, compute market. What the float64 numbers of a market can carry: amounts neither too little nor beyond all numbers. */
import { UserError } from '../errors.js';

/** Of what a pool holds: the least that can be traded. Below it, rounding of the pool's reserves would be a part of the price. */
const LEAST = 1e-12;

/** Throws a UserError where an amount, such as 'units of gpu', is too little beside what is `held`. */
export function checkCarried(call: string, what: string, amount: number, held: number): void {
  // a NaN is refused by its own check
  if (!(amount < LEAST * held)) return;
  throw new UserError(
    `${call}: at least ${LEAST * held} ${what} were expected, ${LEAST} of what the market holds, got ${amount}`,
  );
}

/** Throws a UserError where a number in it, at any depth, is not finite. */
export function checkFinite(call: string, value: unknown, at = 'it'): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) checkFinite(call, item, name);
  }
  if (typeof value !== 'number' || Number.isFinite(value)) return;
  throw new UserError(`${call}: finite amounts were expected, got ${value} for ${at}; ask for less`);
}
