/** Floor 5. When it pays to cross the spread, in words. */
import type { Quoted, Solved } from './solve.js';

/** Inventories from which one sells, and to which one buys, in a state of the market; null for none. */
export function crossingsOf(solved: Solved, { buys, sells }: Pick<Quoted, 'buys' | 'sells'>, state: number) {
  const n = solved.inventories.length / solved.marketStates;
  const places = Array.from({ length: n }, (_, i) => state * n + i);
  const taken = (rates: readonly number[]) => places.filter((i) => rates[i] > 0).map((i) => solved.inventories[i][0]);
  const [sold, bought] = [taken(sells), taken(buys)];
  return {
    sellFrom: sold.length > 0 ? Math.min(...sold) : null,
    buyFrom: bought.length > 0 ? Math.max(...bought) : null,
  };
}

/** Nothing where nothing is taken. */
export function crossings(solved: Solved, row: Quoted, state: number): string[] {
  const { sellFrom, buyFrom } = crossingsOf(solved, row, state);
  const parts = [
    ...(sellFrom === null ? [] : [`sell by crossing the spread from inventory ${sellFrom} up`]),
    ...(buyFrom === null ? [] : [`buy from ${buyFrom} down`]),
  ];
  return parts.length > 0 ? [parts.join(', ')] : [];
}
