/** Floor 5. How often outside prices are beyond those that a pool's curve has: it rests in one asset then, and trades nothing. */
import type { Split } from '../data/windows.js';
import type { Trajectory } from '../pools/rollout.js';
import type { Path, Range, SplitName } from './path.js';

/** A share of the steps from which it is worth a warning. */
const LOUD = 0.05;

/** Shares of the steps in [0, 1]. */
export interface Beyond {
  /** Above the range: nothing is left of the first asset; below: there is nothing else. */
  readonly above: number;
  readonly below: number;
}

/** One pair that the pool trades. */
export interface Reach {
  /** ETH in USD; of pools that hold the numéraire, an asset. */
  readonly pair: string;
  /** What is all that the pool holds above and below the range. */
  readonly only: { readonly above: string; readonly below: string };
  readonly splits: Readonly<Partial<Record<SplitName, Beyond>>>;
}

interface Names {
  readonly assets: readonly string[];
  readonly numeraire?: string;
}

type Table = Pick<Trajectory, 'values' | 'beyond'>;

function sharesOf({ values, beyond }: Table, [a, b]: Range, pair: number): Beyond {
  const table = beyond as Float64Array;
  const pairs = table.length / values.length;
  let [above, below] = [0, 0];
  for (let row = a; row < b; row++) {
    if (table[row * pairs + pair] > 0) above++;
    if (table[row * pairs + pair] < 0) below++;
  }
  return { above: above / (b - a), below: below / (b - a) };
}

/** How a pool of two assets, or of each asset and the numéraire, calls what it trades. */
function pairsOf({ assets, numeraire = 'the numéraire' }: Names, pairs: number): Omit<Reach, 'splits'>[] {
  if (pairs === 1 && assets.length === 2) {
    return [{ pair: `${assets[0]} in ${assets[1]}`, only: { above: assets[1], below: assets[0] } }];
  }
  return assets.map((asset) => ({ pair: asset, only: { above: numeraire, below: asset } }));
}

/** By split; empty for pools whose prices have no ends. */
export function reachOf(path: Path, split: Split, names: Names): Reach[] {
  if (path.beyond === null) return [];
  const parts = (['train', 'validation', 'test'] as const).filter((name) => split[name][1] > split[name][0]);
  return pairsOf(names, path.beyond.length / path.values.length).map((pair, i) => ({
    ...pair,
    splits: Object.fromEntries(
      parts.map((name) => {
        const [from, to] = split[name].map((row) => row - path.first);
        return [name, sharesOf(path, [from, to], i)];
      }),
    ),
  }));
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** `the price of ETH in USD is outside the range in 100 % of the steps of the test split: the pool holds only USD in 63 % and …` */
function reachText({ pair, only }: Omit<Reach, 'splits'>, { above, below }: Beyond, where: string): string | null {
  const share = above + below;
  if (share < LOUD) return null;
  const held = [
    ...(above > 0 ? [`only ${only.above} in ${percent(above)}`] : []),
    ...(below > 0 ? [`only ${only.below} in ${percent(below)}`] : []),
  ];
  return `the price of ${pair} is outside the range in ${percent(share)} of the steps of the ${where} split: the pool holds ${held.join(' and ')}, and trades nothing there`;
}

/** For a report: of the test split, and of the others where it is as bad there. */
export const reachWarnings = (reach: readonly Reach[]): string[] =>
  reach.flatMap((r) =>
    Object.entries(r.splits).flatMap(([name, beyond]) => {
      const text = reachText(r, beyond, name);
      return text === null ? [] : [`${text.charAt(0).toUpperCase()}${text.slice(1)}.`];
    }),
  );

/** Of one stretch of rows, for the summary of a training. */
export function reachNotes(path: Table, names: Names, where: string): string[] {
  if (path.beyond === null) return [];
  const rows = path.values.length;
  return pairsOf(names, path.beyond.length / rows).flatMap((pair, i) => {
    const text = reachText(pair, sharesOf(path, [0, rows], i), where);
    return text === null ? [] : [text];
  });
}
