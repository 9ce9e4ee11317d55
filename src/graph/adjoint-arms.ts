/** Floor 0. The arms of choices, known for a program and inherited by the copies that an adjoint makes of its nodes. */
import { type Arm, armsOf } from './arms.js';
import { conditionalWork } from './conditional.js';
import type { Expr } from './expr.js';
import { liveness, type Program } from './program.js';
import type { Scan } from './region.js';
import type { Rewriter } from './rewrite.js';
import { findUses, position, type Work } from './schedule.js';

export interface Link {
  readonly mask: Expr;
  readonly side: boolean;
}
/** The choices around a node within its block, outermost first. */
export type Chain = readonly Link[];

type Node = Expr | Scan;

export class Arms {
  private readonly known = new Map<Work, Chain>();
  private readonly origins = new Map<Node, { rewriter: Rewriter; from: Node }[]>();

  /** See conditionalWork. */
  private readonly conditional: Set<Node>;

  constructor(program: Program) {
    const live = liveness(program);
    const uses = findUses(program, live);
    for (const block of uses.blocks.values()) {
      const arms = armsOf(
        [...block].sort((a, b) => position(a) - position(b) || 0),
        uses,
      );
      for (const [work, arm] of arms) this.known.set(work, links(arm));
    }
    this.conditional = conditionalWork(program.graph.root, live, this.known);
  }

  /** Whether everything that uses a node does so under some condition, though the node itself stands in no arm of it. */
  isConditional(e: Node): boolean {
    return this.conditional.has(e);
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
    const list = this.origins.get(to);
    if (list === undefined) this.origins.set(to, [{ rewriter, from }]);
    else list.push({ rewriter, from });
  }

  /** The chain of a node; where it is the copy of several nodes, what their chains share. */
  of(e: Node): Chain {
    const known = this.known.get(e);
    if (known !== undefined) return known;
    let chain: Chain | null = null;
    for (const { rewriter, from } of this.origins.get(e) ?? []) {
      const copy = this.of(from).map((l) => ({ mask: rewriter.expr(l.mask), side: l.side }));
      chain = chain === null ? copy : sharedPrefix(chain, copy);
    }
    this.known.set(e, chain ?? []);
    return chain ?? [];
  }
}

function links(arm: Arm): Chain {
  return arm.parent === null ? [] : [...links(arm.parent), { mask: arm.mask as Expr, side: arm.side }];
}

function sharedPrefix(a: Chain, b: Chain): Chain {
  let n = 0;
  while (n < a.length && n < b.length && Arms.same(a[n], b[n])) n++;
  return a.slice(0, n);
}
