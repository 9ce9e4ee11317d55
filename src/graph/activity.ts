/** Floor 0. Which nodes depend, differentiably, on the inputs whose gradient is wanted. */

import { derivatives } from './derivatives.js';
import type { Expr, Region } from './expr.js';
import type { Program } from './program.js';

/** The active nodes of a program: a fixed point over scans (init and next make a carry active) and streams. */
export function activity(program: Program, wrt: readonly string[]): Set<Expr> {
  const active = new Set<Expr>();
  const nodes = [...program.graph.nodes.values()].filter((e) => e.dtype === 'f64');
  const streams = new Set<string>();
  const becomes = (e: Expr): boolean => {
    const a = e.attr;
    if (a !== null && 'buffer' in a) {
      if (a.buffer.kind === 'tape') return streams.has(`${a.buffer.id}.${a.column}`);
      return a.buffer.differentiable && wrt.includes(a.buffer.name);
    }
    if (a !== null && 'scan' in a) {
      const { scan, index } = a;
      return active.has(scan.init[index]) || active.has(scan.next[index]) || active.has(scan.carries[index]);
    }
    return derivatives[e.op] !== undefined && e.args.some((x) => active.has(x));
  };
  const visitStreams = (region: Region) => {
    for (const e of region.emits) if (active.has(e.value)) streams.add(`${e.buffer.id}.${e.column}`);
    region.scans.forEach(visitStreams);
  };
  for (let before = -1; before !== active.size + streams.size; ) {
    before = active.size + streams.size;
    for (const e of nodes) if (!active.has(e) && becomes(e)) active.add(e);
    visitStreams(program.graph.root);
  }
  return active;
}
