/** Floor 1, wasm target. Which values are left on the operand stack, and which need a local. */
import type { Expr, Item } from '../../graph/index.js';
import { REPEATS } from './emit.js';

type Loop = Extract<Item, { kind: 'loop' }>;
type Block = readonly Item[];

/** The carries of a loop that change; the others keep their initial value. */
export function movedCarries({ scan, carries }: Loop): number[] {
  return carries.filter((i) => scan.next[i] !== scan.carries[i]);
}

/**
 * The nodes that are computed where they are used: those used once, in the list of items that computes them. (Used in an
 * arm or a loop inside it, they would be computed under another condition or many times.) Loads from tapes move too: the
 * schedule puts them after every store of their column in the list, so that none is passed.
 */
export function inlinedNodes(body: Block): Set<Expr> {
  const home = new Map<Expr, Block>();
  const uses = new Map<Expr, { count: number; block: Block }>();
  const use = (e: Expr | null, block: Block, times = 1) => {
    if (e !== null && home.has(e)) uses.set(e, { count: (uses.get(e)?.count ?? 0) + times, block });
  };
  const walk = (block: Block) => {
    for (const item of block) {
      if (item.kind === 'let') {
        home.set(item.expr, block);
        for (const a of item.expr.args) use(a, block, REPEATS.has(item.expr.op) ? 2 : 1);
      } else if (item.kind === 'store') {
        const { slot, value, when } = item.emit;
        for (const e of [slot, value, when]) use(e, block);
      } else if (item.kind === 'arm') {
        use(item.mask, block);
        walk(item.body);
      } else {
        const { scan, carries } = item;
        for (const e of [scan.length, ...carries.map((i) => scan.init[i])]) use(e, block);
        walk(item.body);
        for (const e of [scan.active, ...movedCarries(item).map((i) => scan.next[i])]) use(e, item.body);
      }
    }
  };
  walk(body);
  const inlined = new Set<Expr>();
  for (const [e, { count, block }] of uses) {
    if (count === 1 && block === home.get(e)) inlined.add(e);
  }
  return inlined;
}
