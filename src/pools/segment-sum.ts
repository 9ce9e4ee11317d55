/**
 * Floor 2½. Cotangents of the rule's outputs, summed over the windows that read each row: lane = set, scan over rows.
 *
 *   Ū[r] = Σ_w weight_w·Ū_w[r − base_w]   over the windows w that read the row, 0 ≤ r − base_w < slots
 *
 * in ascending order of the windows, so that bits do not depend on threads. A window that does not count (its weight is 0)
 * is not looked at. The pool's adjoint gives Ū_w as [slots][n][W][S]: here a set buffer, whose row is (slot·n + i)·W + w.
 */
import { buffer, constant, emit, input, integer, load, type Program, scan, trace, where } from '../graph/index.js';

/** Output: [rows][n][S]. */
export const SUMMED = 'summed';

/** Inputs: what each window's gradient counts, [W][S]; the row that it reads first, [W]; see readersOf, [rows][2]. */
export const WEIGHTS = 'weights';
export const BASES = 'bases';
export const READERS = 'readers';

/** Run integer: how many rows each window of a source has read. */
export const slotsOf = (source: string): string => `slots of ${source}`;

/** Run integers: `rows`, `windows` and `slotsOf` each source, which are added up one after the other. */
export function segmentSumProgram(n: number, sources: readonly string[]): Program {
  return trace('segment sum', () => {
    const [rows, windows] = [input('rows'), input('windows')];
    const [weights, bases, readers] = [
      buffer('set', WEIGHTS, 1),
      buffer('series', BASES, 1),
      buffer('series', READERS, 2),
    ];
    const from = sources.map((name) => ({ source: buffer('set', name, 1), slots: input(slotsOf(name)) }));
    const out = buffer('output', SUMMED, n, { rows });
    scan({
      name: 'rows',
      length: rows,
      init: [],
      body: (_none, r) => {
        const [first, end] = [load(readers, 0, r).int(), load(readers, 1, r).int()];
        const zeros = Array.from({ length: n }, () => constant(0));
        const total = from.reduce(
          (sums, { source, slots }) =>
            scan({
              name: 'windows',
              length: end.sub(first),
              bound: windows,
              init: sums,
              body: (before, t) => {
                const w = first.add(t);
                const slot = r.sub(load(bases, 0, w).int());
                const reads = integer(-1).less(slot).and(slot.less(slots));
                const weight = load(weights, 0, w);
                // what is no number counts
                const counts = weight.lessEqual(0).and(weight.greaterEqual(0)).not();
                return before.map((sum, i) => {
                  const said = load(source, 0, slot.mul(n).add(i).mul(windows).add(w));
                  return where(reads, where(counts, sum.add(weight.mul(said)), sum), sum);
                });
              },
            }),
          zeros,
        );
        total.forEach((sum, i) => {
          emit(out, i, sum, r);
        });
        return [];
      },
    });
  });
}

/**
 * For each row the first of the windows that may read it, and the one behind the last: [rows][2]. Just these where bases
 * ascend; otherwise there may be others between.
 */
export function readersOf(bases: Int32Array, slots: number, rows: number): Float64Array {
  // up to w, and from w on: ascending, so that both ends only move on from row to row
  const latest = bases.slice();
  for (let w = 1; w < bases.length; w++) latest[w] = Math.max(latest[w], latest[w - 1]);
  const earliest = bases.slice();
  for (let w = bases.length - 2; w >= 0; w--) earliest[w] = Math.min(earliest[w], earliest[w + 1]);
  const readers = new Float64Array(2 * rows);
  let [first, end] = [0, 0];
  for (let r = 0; r < rows; r++) {
    while (first < bases.length && latest[first] + slots <= r) first++;
    while (end < bases.length && earliest[end] <= r) end++;
    readers[2 * r] = first;
    readers[2 * r + 1] = Math.max(first, end);
  }
  return readers;
}
