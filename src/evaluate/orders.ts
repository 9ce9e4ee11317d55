/** Floor 5. What part of a flow's orders came to the pool. */
import type { Split } from '../data/windows.js';
import type { Path } from './path.js';

/** By split: of the value of all orders, the share that the pool got; null without orders. */
export type OrderShares = Readonly<Record<string, number>>;

export function orderShares({ orders, first }: Path, split: Split): OrderShares | null {
  if (orders === null) return null;
  const parts = (['train', 'validation', 'test'] as const).filter((name) => split[name][1] > split[name][0]);
  const over = (sums: Float64Array, [from, to]: readonly [number, number]) => sums[to - 1 - first] - sums[from - first];
  const shares = parts.flatMap((name): [string, number][] => {
    const offered = over(orders.offered, split[name]);
    return offered > 0 ? [[name, over(orders.routed, split[name]) / offered]] : [];
  });
  return Object.fromEntries(shares);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `Of the value of all orders 41.2 % came to the pool on the test split (43.0 % train, 40.7 % validation).` */
export function orderRemarks(shares: OrderShares | null): string[] {
  if (shares?.test === undefined) return [];
  const others = Object.entries(shares).flatMap(([name, share]) =>
    name === 'test' ? [] : [`${percent(share)} ${name}`],
  );
  const beside = others.length === 0 ? '' : ` (${others.join(', ')})`;
  return [`Of the value of all orders ${percent(shares.test)} came to the pool on the test split${beside}.`];
}
