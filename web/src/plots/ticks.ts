/** Floor 7. Figures on axes, with as many digits as it takes to tell them apart. */
import { formatDigits, formatShortPercent, tickLabels } from 'poolgrad/browser';

/** A figure with so many significant digits. */
export type Write = (x: number, digits: number) => string;

/** Figures of a parameter without their unit, which stands beside the axis; fractions in percent. */
export const writeQuantity = (unit: string): Write => (unit === 'fraction' ? formatShortPercent : formatDigits);

/** As Plot asks for the text of a tick: logarithmic axes ask for each alone. */
export const tickText =
  (write: Write) =>
  (y: number, i = 0, ticks: readonly number[] = [y]): string =>
    tickLabels([...ticks], write)[ticks.length === 1 ? 0 : i];
