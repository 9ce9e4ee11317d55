/**
 * Floor 0. The arms of choices, known for a program and inherited by the copies that an adjoint makes of its nodes.
 *
 * A node has two: the arm in which its value is needed, and the arm from which its cotangent comes. The latter may be
 * deeper: a price that is compared in every step, but traded at in few, has a cotangent in those few only.
 */
import { type Arm, armsOf } from './arms.js';
import { type Chain, conditionalWork, type Link } from './conditional.js';
import { derivatives } from './derivatives.js';
import type { Expr, Scan } from './expr.js';
import { liveness, type Program } from './program.js';
import type { Rewriter } from './rewrite.js';
import { findUses, isEmit, position, type Use, type Uses, type Work } from './uses.js';

type Node = Expr | Scan;

export class Arms {
  private readonly values = new Map<Work, Chain>();
  private readonly cotangents = new Map<Work, Chain>();
  private readonly origins = new Map<Node, { rewriter: Rewriter; from: Node }[]>();

  /** Nodes and scans through which nothing flows back. */
  private readonly still = new Set<Node>();

  /** See conditionalWork. */
  private readonly conditional: Set<Node>;

  constructor(program: Program, active: ReadonlySet<Expr>) {
    const live = liveness(program);
    const uses = findUses(program, live);
    for (const unordered of uses.blocks.values()) {
      const block = [...unordered].sort((a, b) => position(a) - position(b) || 0);
      for (const [work, arm] of armsOf(block, uses)) this.values.set(work, links(arm));
      const pulling = pullingUses(block, uses, active);
      for (const [work, arm] of armsOf(block, pulling)) this.cotangents.set(work, links(arm));
      for (const w of block) if (!isEmit(w) && !hasPull(w, pulling.of)) this.still.add(w);
    }
    this.conditional = conditionalWork(program.graph.root, live, this.values);
  }

  /** Whether everything that uses a node does so under some condition, though the node itself stands in no arm of it. */
  isConditional(e: Node): boolean {
    return this.conditional.has(e);
  }

  /** Whether nothing flows back through a node or a scan. */
  isStill(e: Node): boolean {
    return this.still.has(e);
  }

  static same(a: Link, b: Link): boolean {
    return a.mask === b.mask && a.side === b.side;
  }

  /** The chain of what is used through one side of a choice made at `chain`. */
  static extend(chain: Chain, mask: Expr, side: boolean): Chain {
    const link = { mask, side };
    return chain.some((l) => Arms.same(l, link)) ? chain : [...chain, link];
  }

  /** Notes that `to` is a copy of `from`: it stands in the copies of the same arms. */
  inherit(rewriter: Rewriter, from: Node, to: Node): void {
    if (from === to) return;
    if (this.conditional.has(from)) this.conditional.add(to);
    if (this.still.has(from)) this.still.add(to);
    const list = this.origins.get(to);
    if (list === undefined) this.origins.set(to, [{ rewriter, from }]);
    else list.push({ rewriter, from });
  }

  /** The arms outside which the value of a node is not needed; what their chains share, where it is a copy of several nodes. */
  ofValue(e: Node): Chain {
    return this.find(e, this.values);
  }

  /** The arms outside which the cotangent of a node is 0, though what stands there may be something else. */
  of(e: Node): Chain {
    return this.find(e, this.cotangents);
  }

  private find(e: Node, chains: Map<Work, Chain>): Chain {
    const known = chains.get(e);
    if (known !== undefined) return known;
    let chain: Chain | null = null;
    for (const { rewriter, from } of this.origins.get(e) ?? []) {
      const copy = this.find(from, chains).map((l) => ({ mask: rewriter.expr(l.mask), side: l.side }));
      chain = chain === null ? copy : sharedPrefix(chain, copy);
    }
    chains.set(e, chain ?? []);
    return chain ?? [];
  }
}

/** The uses through which a cotangent may come. */
function pullingUses(block: readonly Work[], uses: Uses, active: ReadonlySet<Expr>): Uses {
  const of = new Map<Work, Use[]>();
  const pulls = ({ user, argument }: Use): boolean => {
    if (user === null || isEmit(user)) return true;
    if (isScan(user)) return hasPull(user, of);
    if (!active.has(user) || !hasPull(user, of)) return false;
    const valueOnly = user.op === 'where' || user.op === 'choose' || user.op === 'graft';
    return user.op === 'load' || (derivatives[user.op] !== undefined && !(valueOnly && argument === 0));
  };
  for (const work of [...block].reverse()) of.set(work, (uses.of.get(work) ?? []).filter(pulls));
  return { of, blocks: uses.blocks };
}

const hasPull = (w: Work, of: Uses['of']): boolean => (of.get(w) ?? []).length > 0 || (isScan(w) && storesAny(w));

const isScan = (w: Work): w is Scan => 'carries' in w;
const storesAny = (s: Scan): boolean => s.emits.length > 0 || s.scans.some(storesAny);

function links(arm: Arm): Chain {
  return arm.parent === null ? [] : [...links(arm.parent), { mask: arm.mask as Expr, side: arm.side }];
}

function sharedPrefix(a: Chain, b: Chain): Chain {
  let n = 0;
  while (n < a.length && n < b.length && Arms.same(a[n], b[n])) n++;
  return a.slice(0, n);
}
