/** Floor 5. Numbers of which fixed point keeps few digits: small ones, since its steps are all alike. */
import { fromFixedPoint } from './fixed-point.js';

/** Fewer digits than these are told of. */
const ENOUGH_DIGITS = 6;
/** What is lost at an exact step of the scale, but for the rounding of a double. */
const NOTHING = 1e-12;

const percent = (share: number): string => `${share === 1 ? 100 : (100 * share).toPrecision(2)} %`;

/** A number and what is stored of it at 1e18. */
export type Stored = readonly [name: string, exact: number, stored: bigint];

/** One warning for each number of which fewer than six digits are kept, and with them a part of it is lost. */
export function digitWarnings(numbers: readonly Stored[]): string[] {
  return numbers.flatMap(([name, exact, stored]) => {
    const lost = exact === 0 ? 0 : Math.abs(fromFixedPoint(stored) / exact - 1);
    const digits = stored === 0n ? 0 : String(stored).replace('-', '').length;
    if (digits >= ENOUGH_DIGITS || lost < NOTHING) return [];
    return [
      `${name} keeps ${digits === 1 ? '1 digit' : `${digits} digits`}: ${exact} is stored as ${stored} steps of 1e-18, and ${percent(lost)} of it is lost; choose a larger unit`,
    ];
  });
}
