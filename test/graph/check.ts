/** Shared by the tests of floor 0: the verifier after every pass, the invariants of a schedule, gradients of programs. */
import { expect } from 'vitest';
import {
  type AdjointOptions,
  adjoint,
  type Expr,
  type Item,
  liveness,
  lower,
  type Program,
  prune,
  type Region,
  type Scan,
  schedule,
  verify,
} from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { derivative } from '../differences.js';

const VARIABLES = ['const', 'iconst', 'cconst', 'bconst', 'input', 'counter', 'carry'];

/** Verifies a program, what prune and lower make of it, and its schedules; gives it back. */
export function checked(program: Program): Program {
  for (const p of [program, prune(program), lower(program), lower(program, 'float32')]) {
    verify(p);
    checkSchedule(p);
  }
  return program;
}

/** Every live node is computed once, after its arguments, in the loop of its region, in arms whose masks are known. */
export function checkSchedule(traced: Program): void {
  // without its grafts
  const { program, live, body } = schedule(traced);
  const done = new Set<Expr>();
  const stored = new Set<object>();
  const looped = new Set<Scan>();
  const known = (e: Expr) => VARIABLES.includes(e.op) || done.has(e);
  const need = (e: Expr, what: string) => {
    if (!known(e)) throw new Error(`schedule: ${what} needs %${e.id} (${e.op}), which is not known yet`);
  };
  const walk = (items: readonly Item[], region: Region) => {
    for (const item of items) {
      if (item.kind === 'let') {
        const e = item.expr;
        if (done.has(e)) throw new Error(`schedule: %${e.id} is computed twice`);
        if (e.region !== region) throw new Error(`schedule: %${e.id} does not stand in the loop of its region`);
        for (const a of e.args) need(a, `%${e.id}`);
        done.add(e);
      } else if (item.kind === 'store') {
        const { value, slot, when } = item.emit;
        for (const e of when === null ? [value, slot] : [value, slot, when])
          need(e, `a store to ${item.emit.buffer.name}`);
        stored.add(item.emit);
      } else if (item.kind === 'arm') {
        need(item.mask, 'an arm');
        walk(item.body, region);
      } else {
        const { scan, carries } = item;
        if (scan.parent !== region) throw new Error(`schedule: scan ${scan.name} does not stand in its parent`);
        need(scan.length, `scan ${scan.name}`);
        for (const i of carries) need(scan.init[i], `scan ${scan.name}`);
        walk(item.body, scan);
        for (const i of carries) need(scan.next[i], `the next of scan ${scan.name}`);
        if (scan.active !== null) need(scan.active, `active of scan ${scan.name}`);
        for (const i of carries) done.add(scan.outs[i]);
        looped.add(scan);
      }
    }
  };
  walk(body, program.graph.root);
  const missing = [...live.exprs].filter((e) => !known(e) && usedByWork(e, program));
  if (missing.length > 0)
    throw new Error(`schedule: %${missing[0].id} (${missing[0].op}) is alive but computed nowhere`);
  if (stored.size !== live.emits.size) throw new Error('schedule: a live store is missing');
  if (looped.size !== live.scans.size) throw new Error('schedule: a live scan is missing');
}

/** Integers that only say how many rows a buffer has are evaluated by the host. */
function usedByWork(e: Expr, program: Program): boolean {
  if (e.dtype !== 'i32') return true;
  const live = liveness(program);
  const users = [...live.exprs].filter((u) => u.args.includes(e));
  return users.some((u) => usedByWork(u, program));
}

/** Gradient `d.p` beside central differences of `loss`, both [k][set] as in p; ties the outputs to the plain program. */
export function gradients(
  program: Program,
  inputs: Inputs,
  options: Partial<AdjointOptions> = {},
): { gradient: number[]; difference: number[] } {
  const forward = reference.compile(checked(program));
  const both = reference.compile(checked(adjoint(program, { wrt: ['p'], seeds: { loss: 'one' }, ...options })));
  const p = inputs.buffers.p;
  const outputs = both.run(inputs);
  expect([...outputs.loss]).toEqual([...forward.run(inputs).loss]);
  const at = (i: number) => (value: number) => {
    const moved = Float64Array.from(p);
    moved[i] = value;
    return forward.run({ ...inputs, buffers: { ...inputs.buffers, p: moved } }).loss[i % inputs.sets];
  };
  return {
    gradient: [...outputs['d.p']],
    difference: Array.from(p, (x, i) => derivative(at(i), x)),
  };
}

/** Relative to the largest gradient: what central differences of functions of this size can tell. */
export const AGREEMENT = 5e-6;

/** Largest deviation of d.p from central differences, relative to the largest difference. */
export function gradientError(program: Program, inputs: Inputs, options: Partial<AdjointOptions> = {}): number {
  const { gradient, difference } = gradients(program, inputs, options);
  expect(gradient.length).toBeLessThanOrEqual(difference.length); // slots that are never loaded may lie beyond its rows
  const largest = Math.max(...difference.map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  return Math.max(...difference.map((d, i) => Math.abs(d - (gradient[i] ?? 0)))) / largest;
}

/** Inputs for one window: sets of p given as rows, [k][set]. */
export function given(
  p: readonly (readonly number[])[],
  more: Partial<Inputs> & { buffers?: Inputs['buffers'] } = {},
): Inputs {
  return {
    sets: p[0].length,
    windows: 1,
    run: {},
    window: {},
    ...more,
    buffers: { p: Float64Array.from(p.flat()), ...more.buffers },
  };
}
