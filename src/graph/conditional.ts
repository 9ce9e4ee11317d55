/**
 * Floor 0. Nodes that are only used under conditions, but stand in no single arm.
 *
 * Such a node is computed for every lane: because it was hoisted out of the loop in which an arm uses it, or because
 * two different arms do. Where no arm is taken its cotangent is 0 but its value may be NaN or infinite; the adjoint must
 * not multiply the two.
 */
import type { Expr, Region, Scan } from './expr.js';
import type { Live } from './program.js';
import { position, type Work } from './uses.js';

/** One side of a choice. */
export interface Link {
  readonly mask: Expr;
  readonly side: boolean;
}
/** The choices around a node within its block, outermost first. */
export type Chain = readonly Link[];

type Node = Expr | Scan;

/** The conditional nodes and scans among the live ones of the program under `root`, given the chain of arms of each in its own block. */
export function conditionalWork(root: Region, live: Live, chains: ReadonlyMap<Work, Chain>): Set<Node> {
  const found = new Set<Node>();
  const always = new Set<Node | Region>();
  /** The arms through which the users seen so far need a node, each seldom enough for no two to fill the arm around. */
  const needed = new Map<Node, Chain[]>();
  const chain = (w: Node): Chain => chains.get(w) ?? [];

  /** `used` is needed in `region`, through the arms `through`, by `user` (null: the region's result). */
  const use = (used: Expr, region: Region, through: Chain, user: Node | null) => {
    const work = used.op === 'out' && used.attr !== null && 'scan' in used.attr ? used.attr.scan : used;
    let at: Region = region;
    let arms = through;
    let conditional = user !== null && found.has(user);
    while (at !== used.region) {
      const scan = at as Scan;
      conditional ||= arms.length > 0 || found.has(scan);
      arms = chain(scan);
      at = scan.parent;
    }
    if (conditional || always.has(work)) return;
    const covered = needed.get(work) ?? [];
    needed.set(work, covered);
    if (cover(covered, arms).length <= chain(work).length) always.add(work);
  };

  for (const region of [root, ...live.scans.keys()]) {
    for (const e of region.emits) {
      if (!live.emits.has(e)) continue;
      always.add(region);
      use(e.value, region, e.when === null ? [] : [{ mask: e.when, side: true }], null);
    }
  }
  for (const w of [...live.exprs, ...live.scans.keys()].sort((a, b) => position(b) - position(a))) {
    if (!always.has(w)) found.add(w);
    if ('carries' in w) {
      for (const i of live.scans.get(w) ?? []) {
        use(w.next[i], w, [], null);
        use(w.init[i], w.parent, chain(w), w);
      }
    } else useArguments(w, chain(w), use);
  }
  return found;
}

/** Adds an arm to those that need a node. Both sides of one choice make up the arm around it; gives the widest arm reached. */
function cover(covered: Chain[], arms: Chain): Chain {
  const last = arms.at(-1);
  const around = arms.slice(0, -1);
  const other = covered.some(
    (c) => last !== undefined && startsWith(c, around) && isOther(c[around.length], last) && c.length === arms.length,
  );
  if (other) return cover(covered, around);
  covered.push(arms);
  return arms;
}

const isOther = (a: Link | undefined, b: Link): boolean => a !== undefined && a.mask === b.mask && a.side !== b.side;

const startsWith = (chain: Chain, start: Chain): boolean =>
  start.every((l, i) => chain[i]?.mask === l.mask && chain[i].side === l.side);

function useArguments(
  e: Expr,
  chain: Chain,
  use: (used: Expr, region: Region, through: Chain, user: Expr) => void,
): void {
  const chooses = e.op === 'where' || e.op === 'choose';
  e.args.forEach((a, i) => {
    use(a, e.region, chooses && i > 0 ? [...chain, { mask: e.args[0], side: i === 1 }] : chain, e);
  });
}
