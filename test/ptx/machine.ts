/** An interpreted device: a kernel's text made runnable, one thread after the other over grid and block. */
import * as arithmetic from './arithmetic.js';
import { Fault, LocalMemory, type Memory } from './memory.js';
import { parse } from './parse.js';
import { nameOf, translate } from './translate.js';

export interface Launch {
  /** Blocks, and threads in each. */
  readonly grid: number;
  readonly block: number;
  /** Integers and addresses, in the order of the kernel's parameters. */
  readonly arguments: readonly number[];
}

type Block = () => number;

/** Blocks that a thread may run: beyond, it is taken to run for ever. */
const LONGEST = 5_000_000;

/** What the registers of a thread hold before it writes them. */
const GARBAGE = { f64: -3.1415926e200, f32: -3.1415926e30, b32: 0x7badf00d, b64: 0x7badf00dfeedfacen };

export class Kernel {
  private readonly doubles: Float64Array;
  private readonly singles: Float32Array;
  private readonly words: Int32Array;
  private readonly longs: BigInt64Array;
  private readonly predicates: Uint8Array;
  private readonly special: Record<string, number> = { '%ctaid.x': 0, '%ntid.x': 0, '%tid.x': 0 };
  private readonly local: LocalMemory;
  private readonly lines: readonly string[];
  private readonly make: (memory: Memory, values: readonly number[]) => readonly Block[];

  /** The one entry of a module. Throws a SyntaxError that names the line where it is not understood. */
  constructor(text: string) {
    const parsed = parse(text);
    const { routines, counts } = translate(parsed);
    const entry = parsed.filter((r) => r.entry);
    if (entry.length !== 1) throw new SyntaxError(`ptx: one entry was expected, got ${entry.length}`);
    this.lines = text.split('\n');
    this.doubles = new Float64Array(counts.f64);
    this.singles = new Float32Array(counts.f32);
    this.words = new Int32Array(counts.b32);
    this.longs = new BigInt64Array(counts.b64);
    this.predicates = new Uint8Array(counts.pred);
    this.local = new LocalMemory(entry[0].localBytes);
    const { doubles, singles, words, longs, predicates, special, local } = this;
    const source = routines.map((r) => `const ${r.name} = ${r.blocks};\n`).join('');
    const made = new Function(
      ...['F', 'H', 'R', 'D', 'P', 'S', 'l', 'x', 'run', 'm', 'A'],
      `${source}return ${nameOf(entry[0])};`,
    );
    this.make = (memory, values) =>
      made(doubles, singles, words, longs, predicates, special, local, arithmetic, run, memory, values);
  }

  launch(memory: Memory, { grid, block, arguments: values }: Launch): void {
    const blocks = this.make(memory, values);
    for (let i = 0; i < grid * block; i++) {
      this.special['%ctaid.x'] = Math.floor(i / block);
      this.special['%ntid.x'] = block;
      this.special['%tid.x'] = i % block;
      this.begin(i);
      memory.beginThread(i);
      try {
        run(blocks);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        throw new Error(`ptx: thread ${i}, line ${error.line}: ${this.lines[error.line - 1].trim()}: ${error.message}`);
      }
    }
  }

  private begin(thread: number): void {
    this.doubles.fill(GARBAGE.f64);
    this.singles.fill(GARBAGE.f32);
    this.words.fill(GARBAGE.b32);
    this.longs.fill(GARBAGE.b64);
    this.predicates.fill(thread % 2);
    this.local.forget();
  }
}

function run(blocks: readonly Block[]): void {
  let left = LONGEST;
  for (let at = 0; at >= 0; at = blocks[at]()) {
    if (left-- === 0) throw new Error(`ptx: a thread has not ended after ${LONGEST} blocks`);
  }
}
