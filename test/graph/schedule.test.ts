/** Where work is placed: loop-invariant work outside, what nothing needs nowhere. */
import { describe, expect, it } from 'vitest';
import {
  buffer,
  type Expr,
  emit,
  type Item,
  input,
  lifetimes,
  load,
  type OpName,
  prune,
  scan,
  schedule,
  trace,
  where,
} from '../../src/graph/index.js';
import { checked } from './check.js';

/** Ops by the number of loops around them. */
function depths(items: readonly Item[], op: OpName, depth = 0): number[] {
  return items.flatMap((item) => {
    if (item.kind === 'let') return item.expr.op === op ? [depth] : [];
    if (item.kind === 'store') return [];
    return depths(item.body, op, item.kind === 'loop' ? depth + 1 : depth);
  });
}

describe('schedule', () => {
  it('computes loop-invariant work outside the loop, at the level that it depends on', () => {
    const program = trace('hoist', () => {
      const p = buffer('set', 'p', 2);
      const [a, b] = [load(p, 0), load(p, 1)];
      const out = scan({
        length: input('N'),
        init: a,
        body: (x) =>
          scan({ length: input('M'), init: x, body: (y) => y.mul(a.exp()).add(x.log()).sub(y.add(b).sqrt()) }),
      });
      emit(buffer('output', 'loss', 1), 0, out);
    });
    const { body } = schedule(checked(program));
    expect(depths(body, 'exp')).toEqual([0]);
    expect(depths(body, 'log')).toEqual([1]);
    expect(depths(body, 'sqrt')).toEqual([2]);
  });

  it('keeps costly work of one side of a choice in its arm, and the mask before it', () => {
    const program = trace('arms', () => {
      const x = load(buffer('set', 'p', 1), 0);
      emit(buffer('output', 'loss', 1), 0, where(x.less(1), x.exp().log(), x.add(2)));
    });
    const arms = schedule(checked(program)).body.filter((i) => i.kind === 'arm');
    expect(arms.map((a) => [a.side, a.body.map((i) => (i.kind === 'let' ? i.expr.op : i.kind))])).toEqual([
      [true, ['exp', 'log']],
    ]);
  });
});

describe('the order of a block', () => {
  /** The order in which nodes are computed, those in arms among them. */
  const order = (items: readonly Item[]): Expr[] =>
    items.flatMap((i) => (i.kind === 'let' ? [i.expr] : i.kind === 'store' ? [] : order(i.body)));

  it('adds up as soon as it can, so that summands need not wait', () => {
    const count = 6;
    const program = trace('sum', () => {
      const p = buffer('set', 'p', count);
      const parts = Array.from({ length: count }, (_, i) => load(p, i).sqrt());
      emit(
        buffer('output', 'y', 1),
        0,
        parts.reduce((a, b) => a.add(b)),
      );
    });
    const { body } = schedule(checked(program));
    const most = Math.max(...body.map((i) => lifetimes(body).most.get(i) as number));
    // a sum, a part, and a root that is read
    expect(most).toBeLessThanOrEqual(3);
  });

  it('takes the arms in the order in which their values are read to the end', () => {
    const program = trace('sweeps', () => {
      const p = buffer('set', 'p', 3);
      const x = [0, 1, 2].map((i) => load(p, i));
      const parts = x.map((a) => a.exp().log());
      const chosen = [2, 1, 0].map((i) => where(x[i].less(1), parts[i], 0));
      emit(
        buffer('output', 'y', 1),
        0,
        chosen.reduce((a, b) => a.add(b)),
      );
    });
    const { body } = schedule(checked(program));
    const columns = order(body).flatMap((e) => {
      const [a] = e.op === 'exp' ? e.args : [];
      return a?.attr && 'column' in a.attr ? [a.attr.column] : [];
    });
    expect(columns).toEqual([2, 1, 0]);
  });
});

describe('prune', () => {
  const pruned = prune(
    checked(
      trace('dead', () => {
        const p = buffer('set', 'p', 2);
        const tape = buffer('tape', 'samples', 3, { rows: input('N') });
        const unread = buffer('tape', 'unread', 1, { rows: input('N') });
        const { used } = scan({
          name: 'write',
          length: input('N'),
          init: { used: load(p, 0), dead: load(p, 1), still: load(p, 1) },
          body: ({ used, dead, still }, t) => {
            emit(tape, 0, dead.exp(), t);
            emit(tape, 1, used, t);
            emit(tape, 2, dead, t);
            emit(unread, 0, dead, t);
            return { used: used.mul(still), dead: dead.mul(used), still };
          },
        });
        scan({ name: 'nowhere', length: input('N'), init: used, body: (s) => s.sqrt() });
        const read = scan({ name: 'read', length: input('N'), init: used, body: (s, t) => s.add(load(tape, 1, t)) });
        emit(buffer('output', 'loss', 1), 0, read);
      }),
    ),
  );
  checked(pruned);
  const scans = pruned.graph.root.scans;

  it('drops scans and carries that nothing needs, and carries that never change', () => {
    expect(scans.map((s) => [s.name, s.carries.length])).toEqual([
      ['write', 1],
      ['read', 1],
    ]);
  });
  it('drops stores, tapes and columns that nothing loads', () => {
    expect(scans[0].emits.map((e) => [e.buffer.name, e.column])).toEqual([['samples', 0]]);
    expect(pruned.graph.buffers.map((b) => [b.name, b.columns])).toEqual([
      ['p', 2],
      ['samples', 1],
      ['loss', 1],
    ]);
  });
});
