/** Floor 1, wasm target. Which values are left on the operand stack, and which need a local. */
import { type Expr, type Item, movedCarries } from '../../graph/index.js';
import { REPEATS } from './emit.js';
import type { Sections } from './sections.js';

type Block = readonly Item[];

/**
 * The nodes that are computed where they are used: those used once, in the list (or section) that computes them, and not by
 * several `vectors`, whose value they share, nor at the end of an arm (`merged`), nor by a loop itself at the end of a step
 * (`read`). (Used in an arm or a loop inside it, they would be computed under another condition or many times.) Loads from
 * tapes move too: the schedule puts them after every store of their column in the list, so that none is passed.
 */
export function inlinedNodes(
  body: Block,
  vectors: number,
  merged: ReadonlySet<Expr>,
  read: ReadonlySet<Expr>,
  sections: Sections,
): Set<Expr> {
  const home = new Map<Expr, Block>();
  const uses = new Map<Expr, { count: number; block: Block }>();
  /** `once`: by one vector for all. */
  const use = (e: Expr | null, block: Block, once: boolean, times = 1) => {
    if (e === null || !home.has(e)) return;
    const count = e.uniform && !once && e.dtype !== 'i32' ? times * vectors : times;
    uses.set(e, { count: (uses.get(e)?.count ?? 0) + count, block });
  };
  /** Gives the list's last section. */
  const walk = (whole: Block): Block => {
    const parts = sections.get(whole)?.map((s) => s.items) ?? [whole];
    for (const part of parts) items(part);
    return parts.at(-1) ?? whole;
  };
  const items = (block: Block) => {
    for (const item of block) {
      if (item.kind === 'let') {
        home.set(item.expr, block);
        const { op, args, uniform } = item.expr;
        for (const a of args) use(a, block, uniform, REPEATS.has(op) ? 2 : 1);
      } else if (item.kind === 'store') {
        const { slot, value, when } = item.emit;
        for (const e of [slot, when]) use(e, block, true);
        use(value, block, false);
      } else if (item.kind === 'arm') {
        use(item.mask, block, true);
        walk(item.body);
      } else {
        const { scan, carries } = item;
        use(scan.length, block, true);
        if (scan.visits !== null) use(scan.visits.start, block, true, 2);
        for (const i of carries) use(scan.init[i], block, false);
        const end = walk(item.body);
        use(scan.active, end, true);
        for (const i of movedCarries(item)) use(scan.next[i], end, false);
      }
    }
  };
  walk(body);
  const inlined = new Set<Expr>();
  for (const [e, { count, block }] of uses) {
    if (count === 1 && block === home.get(e) && !merged.has(e) && !read.has(e)) inlined.add(e);
  }
  return inlined;
}
