/**
 * Floor 1, native target. What a loop reads of tapes in its later steps, so that it can be fetched ahead.
 *
 * An adjoint goes through tapes from their ends. Processors notice that, but not beyond a page of memory, of which a step of
 * eight assets reads half.
 */
import type { Buffer, Expr, Item, LoopItem } from '../../graph/index.js';

/**
 * The tapes that a loop within another goes back through, one row a step, with the summands of the row: its counter, and what
 * is known before it begins.
 *
 * @param isOne whether an integer is one number, not one a window
 */
export function rowsBackIn({ scan, body }: LoopItem, isOne: (e: Expr) => boolean): Map<Buffer, readonly Expr[]> {
  const rows = new Map<Buffer, readonly Expr[]>();
  // a loop that stands in no other has fewer rows, and what its steps do takes longer
  if (!scan.reverse || scan.depth < 2) return rows;
  const summands = (e: Expr): Expr[] => {
    if (e.constant === 0) return [];
    return e.op === 'iadd' && e.region === scan ? e.args.flatMap(summands) : [e];
  };
  const collect = (items: readonly Item[]) => {
    for (const item of items) {
      if (item.kind === 'arm') collect(item.body);
      if (item.kind !== 'let' || item.expr.attr === null || !('buffer' in item.expr.attr)) continue;
      const { buffer } = item.expr.attr;
      const terms = item.expr.args.flatMap(summands);
      const known = terms.every((e) => e === scan.counter || (e.region !== scan && isOne(e)));
      if (buffer.kind === 'tape' && known && terms.filter((e) => e === scan.counter).length === 1)
        rows.set(buffer, terms);
    }
  };
  collect(body);
  return rows;
}
