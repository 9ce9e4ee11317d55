/**
 * What kernels do for registers: none is read where nothing was put into it, so that none has to be kept for such a
 * reader; and what does not fit is computed again.
 */
import { describe, expect, it } from 'vitest';
import {
  buffer,
  type Expr,
  emit,
  type Item,
  input,
  lifetimes,
  load,
  lower,
  scan,
  schedule,
  trace,
} from '../../src/graph/index.js';
import { withRematerialisation } from '../../src/targets/cuda/rematerialisation.js';
import { SAMPLES } from '../targets/programs.js';
import { CASES, programsOf } from './cases.js';
import { type Instruction, type Operand, parse, type Routine } from './parse.js';
import { emitted } from './target.js';

const registersOf = (o: Operand): string[] => {
  if (o.kind === 'register') return [o.name];
  if (o.kind === 'list') return o.items.flatMap(registersOf);
  return o.kind === 'address' ? registersOf(o.base) : [];
};

interface Block {
  /** Read before they are written, if they are. */
  readonly read: Set<string>;
  readonly written: Set<string>;
  /** Blocks that may come next, by their places. */
  readonly next: number[];
}

/** What an instruction reads, and what it writes for certain. */
function effectOf({ code, operands, guard }: Instruction): { reads: string[]; writes: string[] } {
  const [to, ...from] = operands;
  const stores = code.startsWith('st.') || code === 'bra' || code === 'ret';
  const reads = (stores ? operands : from).flatMap(registersOf);
  return {
    reads: guard === null ? reads : [guard.register, ...reads],
    writes: stores || guard !== null ? [] : registersOf(to),
  };
}

/** Registers that a kernel may read though nothing was put into them on the way there. */
function unset(kernel: Routine): ReadonlySet<string> {
  const blocks: Block[] = [];
  const labels = new Map<string, number>();
  const jumps: { readonly from: number; readonly to: string }[] = [];
  const open = (): Block => {
    const made = { read: new Set<string>(), written: new Set<string>(), next: [] };
    blocks.push(made);
    return made;
  };
  let block = open();
  for (const s of kernel.statements) {
    if (s.kind === 'label') {
      block.next.push(blocks.length);
      labels.set(s.name, blocks.length);
      block = open();
      continue;
    }
    const { reads, writes } = effectOf(s);
    for (const r of reads) if (!block.written.has(r)) block.read.add(r);
    for (const r of writes) block.written.add(r);
    if (s.code !== 'bra' && s.code !== 'ret') continue;
    if (s.code === 'bra') {
      const [target] = s.operands;
      jumps.push({ from: blocks.length - 1, to: target.kind === 'name' ? target.name : '' });
    }
    if (s.guard !== null) block.next.push(blocks.length);
    block = open();
  }
  for (const { from, to } of jumps) blocks[from].next.push(labels.get(to) as number);
  const needed = blocks.map((b) => new Set(b.read));
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const before = needed[i].size;
      for (const n of blocks[i].next) {
        for (const r of needed[n] ?? []) if (!blocks[i].written.has(r)) needed[i].add(r);
      }
      changed ||= needed[i].size !== before;
    }
  }
  return needed[0];
}

const kernelIn = (text: string): Routine => parse(text).find((r) => r.entry) as Routine;

describe('no register is read that nothing was put into', () => {
  it('finds one that only an arm sets', () => {
    const text = (before: string) => `.version 6.4\n.target sm_75\n.address_size 64
.visible .entry k(\n.param .u64 p0\n)\n{\n.reg .f64 %f<2>;\n.reg .pred %p<1>;\n.reg .b32 %r<1>;\n.reg .b64 %d<1>;
\tmov.b32 %r0, 3;
TOP:
\tsetp.lt.s32 %p0, %r0, 2;
${before}\t@!%p0 bra END;
\tmov.f64 %f0, 0d3FF0000000000000;
END:
\tmov.f64 %f1, %f0;
\tsub.s32 %r0, %r0, 1;
\tsetp.gt.s32 %p0, %r0, 0;
\t@%p0 bra TOP;
\tret;\n}\n`;
    expect([...unset(kernelIn(text('')))]).toEqual(['%f0']);
    expect([...unset(kernelIn(text('\tmov.f64 %f0, 0d0000000000000000;\n')))]).toEqual([]);
  });

  it('in the samples', () => {
    for (const { name, program } of SAMPLES) {
      expect([...unset(kernelIn(emitted(program).text))], name).toEqual([]);
    }
  });

  it.each(CASES.filter((c) => c.assets <= 3))('in what $name, $assets assets, compiles', (c) => {
    for (const program of programsOf(c)) {
      expect([...unset(kernelIn(emitted(program).text))]).toEqual([]);
    }
  });
});

/** The most doubles that are alive at a time, and repeated items. */
function sizeOf(body: readonly Item[]): { readonly numbers: number; readonly repeated: number } {
  const { most } = lifetimes(body);
  const again = (items: readonly Item[]): number =>
    items.reduce(
      (n, i) => n + (i.kind === 'let' ? Number(i.again ?? false) : i.kind === 'store' ? 0 : again(i.body)),
      0,
    );
  return { numbers: Math.max(...body.map((i) => most.get(i) ?? 0)), repeated: again(body) };
}

describe('what registers do not hold is computed again', () => {
  // the largest gradients: numbers that they would keep at a time, and that they do
  it.each([
    { name: 'momentum, fee', assets: 3, before: 120, after: 120 },
    { name: 'momentum, fee', assets: 8, before: 300, after: 230 },
    { name: 'hmm, market and risk fee', assets: 3, before: 150, after: 140 },
    { name: 'hmm, market and risk fee', assets: 8, before: 320, after: 265 },
    { name: 'e-clp, flow', assets: 2, before: 240, after: 210 },
  ])('$name, $assets assets', ({ name, assets, before, after }) => {
    const c = CASES.find((c) => c.name === name && c.assets === assets) as (typeof CASES)[number];
    const sizes = programsOf(c).map((program) => {
      const plan = schedule(lower(program));
      return { kept: sizeOf(plan.body).numbers, now: sizeOf(withRematerialisation(plan, 2).body) };
    });
    expect(Math.max(...sizes.map((s) => s.kept))).toBeGreaterThanOrEqual(before);
    expect(Math.max(...sizes.map((s) => s.now.numbers))).toBeLessThanOrEqual(after);
    // where there is room for all, nothing is done twice
    for (const { kept, now } of sizes) if (kept <= 100) expect(now.repeated).toBe(0);
  });

  it('behind a loop, but not what a loop stored', () => {
    const program = trace('passing', () => {
      const p = buffer('set', 'p', 240);
      const tape = buffer('tape', 'kept', 1, { rows: input('N') });
      const first = (x: Expr, t: Expr) => {
        emit(tape, 0, x, t);
        return x.mul(1.5);
      };
      scan({ name: 'first', length: input('N'), init: load(p, 0), body: first });
      const values = Array.from({ length: 120 }, (_, i) => load(p, 2 * i).mul(load(p, 2 * i + 1)));
      const stored = load(tape, 0, 0);
      const once = values.reduce((a, b) => a.add(b)).add(stored);
      const last = scan({ name: 'second', length: input('N'), init: once, body: (x) => x.mul(0.5) });
      const twice = values.reduce((a, b) => a.sub(b), last);
      emit(buffer('output', 'y', 1), 0, twice.add(last.mul(stored)));
    });
    const plan = schedule(lower(program));
    const again = withRematerialisation(plan, 2).body.flatMap((i) => (i.kind === 'let' && i.again ? [i.expr] : []));
    expect(sizeOf(plan.body).numbers).toBeGreaterThan(120);
    expect(again.filter((e) => e.op === 'mul')).toHaveLength(120);
    expect(again.some((e) => e.attr !== null && 'buffer' in e.attr && e.attr.buffer.kind === 'tape')).toBe(false);
    // a number of float32 takes one register of two
    expect(sizeOf(withRematerialisation(plan, 1).body).repeated).toBe(0);
  });
});
