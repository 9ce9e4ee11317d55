/**
 * The memory of an interpreted device: blocks far apart, each of one type and one access, and a record of who wrote what.
 *
 * Addresses lie beyond 2^40, so that arithmetic in 32 bits shows, and no block ends near another one: an access outside of
 * a block is an error, as are misaligned ones, reads of what was never written, stores to what is to be read only, reads
 * through the read-only cache of what can be written, and two threads that meet in one cell.
 */

/** An error of the running program, at a line of its text. */
export class Fault extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

type Cells = Float64Array | Float32Array | Int32Array;

interface Block {
  readonly cells: Cells;
  /** The thread that stored to a cell, 0 where none did; null: the block is read only. */
  readonly writers: Int32Array | null;
}

const APART = 2 ** 40;
/** Where a block begins in its part of the addresses: what the driver aligns to, and no power of two. */
const OFFSET = 768;
/** From global to generic addresses: a kernel that forgets to convert those it is given reads outside of all blocks. */
export const GENERIC = 2 ** 50;

export class Memory {
  private readonly blocks: Block[] = [];
  private thread = 0;

  /** Puts values there that kernels may only read; gives their generic address. */
  input(values: Cells): number {
    return this.place({ cells: values, writers: null });
  }

  /** Puts values there that kernels write. The first `written` of them, [rows][lanes], are what each lane's thread wrote. */
  output(values: Float64Array | Float32Array, { written = 0, lanes = 1 } = {}): number {
    const writers = Int32Array.from(values, (_v, i) => (i < written ? 1 + (i % lanes) : 0));
    return this.place({ cells: values, writers });
  }

  /** The thread of a lane begins, or goes on in another launch. */
  beginThread(lane: number): void {
    this.thread = 1 + lane;
  }

  loadF64(address: number, line: number): number {
    return this.load(Float64Array, address, line);
  }

  loadF32(address: number, line: number): number {
    return this.load(Float32Array, address, line);
  }

  private load(type: CellType, address: number, line: number): number {
    const { cells, writers } = this.block(address, line);
    const i = cell(cells, type, address, line);
    if (writers !== null) checkReader(writers[i], this.thread, address, line);
    return cells[i];
  }

  /** Through the read-only cache. */
  loadConstantF64(address: number, line: number): number {
    return this.loadConstant(Float64Array, address, line);
  }

  loadConstantF32(address: number, line: number): number {
    return this.loadConstant(Float32Array, address, line);
  }

  loadConstantU32(address: number, line: number): number {
    return this.loadConstant(Int32Array, address, line);
  }

  private loadConstant(type: CellType, address: number, line: number): number {
    const { cells, writers } = this.block(address, line);
    if (writers !== null) throw new Fault(line, `what lies at ${hex(address)} can be written: no .nc`);
    return cells[cell(cells, type, address, line)];
  }

  storeF64(address: number, value: number, line: number): void {
    this.store(Float64Array, address, value, line);
  }

  storeF32(address: number, value: number, line: number): void {
    this.store(Float32Array, address, value, line);
  }

  private store(type: CellType, address: number, value: number, line: number): void {
    const { cells, writers } = this.block(address, line);
    const i = cell(cells, type, address, line);
    if (writers === null) throw new Fault(line, `what lies at ${hex(address)} is read only`);
    if (writers[i] !== 0 && writers[i] !== this.thread) throw new Fault(line, `two threads store to ${hex(address)}`);
    writers[i] = this.thread;
    cells[i] = value;
  }

  private place(block: Block): number {
    this.blocks.push(block);
    return this.blocks.length * APART + OFFSET + GENERIC;
  }

  private block(address: number, line: number): Block {
    const block = this.blocks[Math.floor(address / APART) - 1];
    if (block === undefined) throw new Fault(line, `${hex(address)} lies far from all buffers`);
    return block;
  }
}

/** The bytes that a thread keeps for itself. */
export class LocalMemory {
  private readonly cells: Float64Array;
  private readonly written: Uint8Array;

  constructor(bytes: number) {
    this.cells = new Float64Array(Math.ceil(bytes / 8));
    this.written = new Uint8Array(this.cells.length);
  }

  /** Another thread begins. */
  forget(): void {
    this.written.fill(0);
  }

  load(address: number, line: number): number {
    const i = index(address, address, this.cells, line);
    checkReader(this.written[i], 1, address, line);
    return this.cells[i];
  }

  store(address: number, value: number, line: number): void {
    const i = index(address, address, this.cells, line);
    this.written[i] = 1;
    this.cells[i] = value;
  }
}

type CellType = Float64ArrayConstructor | Float32ArrayConstructor | Int32ArrayConstructor;

/** The index of the cell of such a type at an address. */
function cell(cells: Cells, type: CellType, address: number, line: number): number {
  if (!(cells instanceof type)) throw new Fault(line, `there are no numbers of this type at ${hex(address)}`);
  return index(address, (address % APART) - OFFSET, cells, line);
}

/** The index of the cell that lies `at` bytes into a block. */
function index(address: number, at: number, cells: Cells, line: number): number {
  const size = cells.BYTES_PER_ELEMENT;
  if (address % size !== 0) throw new Fault(line, `${hex(address)} is no multiple of ${size}`);
  if (at < 0) throw new Fault(line, `${hex(address)} lies ${-at} bytes before a buffer`);
  if (at >= cells.byteLength)
    throw new Fault(line, `${hex(address)} lies ${at - cells.byteLength} bytes after a buffer`);
  return at / size;
}

function checkReader(writer: number, reader: number, address: number, line: number): void {
  if (writer === 0) throw new Fault(line, `what lies at ${hex(address)} was never written`);
  if (writer !== reader) throw new Fault(line, `what lies at ${hex(address)} is another thread's`);
}

const hex = (address: number): string => `0x${address.toString(16)}`;
