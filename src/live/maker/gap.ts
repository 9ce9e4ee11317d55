/** Floor 5. How far the heuristic of the Hyperliquid HJB framework is from its grid, by the framework's own measure. */

/** The framework warns above it. */
export const WIDE_GAP = 0.1;

/**
 * (grid − heuristic)/|grid|; null where the grid's value is 0. Negative where the heuristic leaves the grid's range, and of
 * little meaning: the level of the framework's value function is arbitrary.
 */
export const gapOf = (heuristicValue: number, gridValue: number): number | null =>
  gridValue === 0 ? null : (gridValue - heuristicValue) / Math.abs(gridValue);
