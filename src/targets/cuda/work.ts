/** Floor 1, cuda target. What one device does of a run: slices that its memory holds, smaller ones where it is short. */
import { UserError } from '../../errors.js';
import { cut, cutToFit, lanesOf, type Slice } from '../slices.js';
import type { Arrays } from './array.js';
import { OutOfMemory } from './driver.js';
import type { Instance } from './instance.js';

/** Share of the free memory that a slice may take: the rest is for spills and for what others allocate meanwhile. */
const SHARE = 0.9;

/** The most lanes of a launch: kernels count the bytes of one value of each in signed 32 bits (addresses.ts). */
const MOST_LANES = 2 ** 28 - 1;

export class Work {
  private readonly waiting: Slice[];
  private current: Slice | null = null;
  private readonly lanes: number;

  constructor(
    private readonly name: string,
    private readonly instance: Instance,
    private readonly arrays: Arrays,
    part: Slice,
  ) {
    this.waiting = [part];
    this.lanes = lanesOf(part);
    instance.begin(arrays);
  }

  get done(): boolean {
    return this.waiting.length === 0 && this.current === null;
  }

  /** How much of it is done, as far as it is known. */
  get share(): number {
    const left = this.waiting.reduce((sum, slice) => sum + lanesOf(slice), 0);
    const ahead = this.current === null ? 0 : lanesOf(this.current) * (1 - this.instance.share);
    return 1 - (left + ahead) / this.lanes;
  }

  /** Launches the next slice, unless one is under way. */
  start(): void {
    if (this.current !== null) return;
    const { instance, arrays } = this;
    const next = this.waiting.shift();
    if (next === undefined) return;
    const [slice, ...rest] = this.fitting(next);
    this.waiting.unshift(...rest);
    this.orSmaller(slice, () => {
      instance.start(arrays, slice);
      this.current = slice;
    });
  }

  /** Waits for the launch under way; a slice with steps left is launched again. */
  goOn(): void {
    const slice = this.current;
    if (slice === null) return;
    this.current = null;
    this.orSmaller(slice, () => {
      if (!this.instance.goOn(this.arrays)) this.current = slice;
    });
  }

  abandon(): void {
    this.instance.abandon();
  }

  /** The slice in parts, of which the free memory should hold the first: it is the largest. */
  private fitting(slice: Slice): Slice[] {
    const room = SHARE * this.instance.available();
    const bytes = (s: Slice) => this.instance.bytes(this.arrays, s);
    const fits = (s: Slice) => bytes(s) <= room && lanesOf(s) <= MOST_LANES;
    if (fits(slice) || lanesOf(slice) === 1) return [slice];
    return cutToFit(slice, Math.ceil(Math.max(bytes(slice) / room, lanesOf(slice) / MOST_LANES)), fits);
  }

  /** Does the work of a slice; where the device's memory does not suffice, its halves wait to be done instead. */
  private orSmaller(slice: Slice, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      this.instance.abandon();
      if (lanesOf(slice) > 1) this.waiting.unshift(...cut(slice, 2));
      else if (this.instance.makeRoom()) this.waiting.unshift(slice);
      else throw this.tooLarge(slice, error);
    }
  }

  private tooLarge(slice: Slice, { message }: OutOfMemory): UserError {
    const bytes = this.instance.bytes(this.arrays, slice);
    return new UserError(
      `${this.name}: a single lane needs ${bytes} bytes of the device's memory besides the series, ${this.instance.available()} are free (${message})`,
    );
  }
}
