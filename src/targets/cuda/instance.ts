/** Floor 1, cuda target. A program on one device: its module and series there, and one slice at a time in flight. */
import type { Buffer as DataBuffer, Precision, Schedule } from '../../graph/index.js';
import { arrayOf, BYTES, type Cells } from '../precision.js';
import { lanesOf, type Slice, stretches, WARP } from '../slices.js';
import { type Arrays, CudaArray, placeOf } from './array.js';
import { Device } from './device.js';
import type { DeviceInfo } from './devices.js';
import { type Driver, failAfter, freeAll, OutOfMemory } from './driver.js';
import { argumentsOf, type Frame, frameOf, type Place } from './frame.js';
import type { Block } from './memory.js';
import type { Module } from './module.js';
import { type Kernel, kernelOf, type Tuning } from './ptx.js';
import { FIRST_PLACE, LENGTH, PLACE, TAKEN } from './resume-points.js';

/** What a run cost on a device. */
export interface Cost {
  launches: number;
  /** Milliseconds of the kernels, by the device's clock. */
  kernels: number;
  /** Bytes that crossed the bus, of series only those that were not on the device. */
  bytesIn: number;
  bytesOut: number;
}

export const NO_COST: Cost = { launches: 0, kernels: 0, bytesIn: 0, bytesOut: 0 };

/** The newest architecture that the kernels' PTX version names; what is written for it runs on all later ones. */
const NEWEST_ARCHITECTURE = 75;
/** Threads of a block; a warp where more would leave multiprocessors without a block. */
const BLOCK = 128;

/**
 * Milliseconds that a launch should take where the kernel can pause: few beside those after which a driver ends a kernel on
 * a GPU with a display, and beside a person's patience with Ctrl-C; many beside those that a launch costs.
 */
const LAUNCH = 200;
/**
 * A loop's first launch takes so many steps, for even one may be a leg of 1440 minutes; the next ones go by the time that it
 * took, growing by no more than this.
 */
const FIRST_STEPS = 1;
const GROWTH = 4;
/** What no length of a loop exceeds. */
const MOST_STEPS = 2 ** 31 - 1;

/** Share of the memory left that an output may stay in: the rest is for the slices of this run and those that follow. */
const KEPT_SHARE = 0.5;

interface Flight {
  readonly frame: Frame;
  readonly block: Block;
  /** Of a kernel that pauses: the steps that its launch may take, and the loops that lanes stand before. */
  steps: number;
  places: ReadonlySet<number>;
  /** How much of it is done. */
  share: number;
}

export class Instance {
  readonly module: Module;
  cost: Cost = { ...NO_COST };
  private readonly device: Device;
  private readonly kernel: Kernel;
  /** The arrays whose copies this instance holds. */
  private readonly series = new Map<DataBuffer, { readonly data: Cells; readonly address: bigint }>();
  private flight: Flight | null = null;
  /** By place, how many steps a launch may take there. */
  private readonly stepsAt = new Map<number, number>();

  constructor(
    private readonly driver: Driver,
    readonly info: DeviceInfo,
    private readonly plan: Schedule,
    precision: Precision,
    private readonly tuning: Tuning,
  ) {
    const arch = `sm_${Math.min(info.capability, NEWEST_ARCHITECTURE)}`;
    this.kernel = kernelOf(plan, { arch, precision, ...tuning });
    this.device = Device.hold(driver, info);
    try {
      this.device.use();
      this.module = this.device.holdModule(this.kernel);
    } catch (error) {
      failAfter(error, [() => this.device.release()]);
    }
  }

  /** Frees what it holds; the device goes with its last instance. */
  release(): void {
    freeAll([
      () => this.device.use(),
      ...Array.from(this.series.values(), (held) => () => this.device.releaseSeries(held.data)),
      () => this.device.releaseModule(this.kernel),
      () => this.device.release(),
    ]);
  }

  /** Before the slices of a run: afterwards its series are on the device. */
  begin({ inputs }: Arrays): void {
    this.device.use();
    for (const b of this.plan.live.buffers) {
      if (b.kind !== 'series') continue;
      const data = inputs.buffers[b.name] as Cells;
      const before = this.series.get(b);
      if (before?.data === data) continue;
      const { address, copied } = this.device.holdSeries(data);
      this.series.set(b, { data, address });
      this.cost.bytesIn += copied;
      if (before !== undefined) this.device.releaseSeries(before.data);
    }
  }

  /** Bytes that a slice could take at present. */
  available(): number {
    this.device.use();
    return this.device.available();
  }

  /** Moves outputs that stayed on the device to the host; whether that made room. */
  makeRoom(): boolean {
    let bytes = 0;
    for (const array of this.device.arrays) bytes += array.move();
    this.cost.bytesOut += bytes;
    return bytes > 0;
  }

  /** Bytes that a slice takes. */
  bytes(arrays: Arrays, slice: Slice): number {
    return this.frame(arrays, slice).bytes;
  }

  /** An array for an output to stay in; null where that would take more than half of what the device has left. */
  keep(b: DataBuffer, length: number): CudaArray | null {
    const format = this.kernel.formats.in(b);
    if (length * BYTES[format] > KEPT_SHARE * this.available()) return null;
    try {
      return new CudaArray(this.driver, this.info, format, length);
    } catch (error) {
      if (error instanceof OutOfMemory) return null;
      throw error;
    }
  }

  private frame(arrays: Arrays, slice: Slice): Frame {
    const { formats, pauses } = this.kernel;
    return frameOf(this.plan.live, formats, pauses?.values ?? 0, arrays, slice);
  }

  /** Copies a slice's inputs and launches it; does not wait for it. Throws OutOfMemory where a smaller one may do. */
  start(arrays: Arrays, slice: Slice): void {
    const { device } = this;
    device.use();
    const frame = this.frame(arrays, slice);
    this.flight = { frame, block: device.pool.take(frame.bytes), steps: 0, places: new Set([FIRST_PLACE]), share: 0 };
    for (const array of frame.elsewhere.values()) array.enter();
    this.copyIn(this.flight, arrays);
    this.launch(this.flight, arrays);
  }

  /**
   * Waits for the launch in flight. Where it left steps to take, it launches again to go on with them (false); else it
   * copies the outputs (true).
   */
  goOn(arrays: Arrays): boolean {
    const { device } = this;
    const flight = this.flight as Flight;
    device.use();
    const { pauses } = this.kernel;
    if (pauses !== null && this.hasStepsLeft(flight, pauses.done)) {
      this.launch(flight, arrays);
      return false;
    }
    for (const b of flight.frame.buffers.keys()) if (b.kind === 'output') this.transfer(flight, b, arrays);
    device.synchronize();
    if (pauses === null) this.clock();
    this.land();
    return true;
  }

  /** How much of the slice in flight is done, as far as it is known. */
  get share(): number {
    return this.flight?.share ?? 0;
  }

  /** Waits for a launch; whether some lane is not through after it. Learns how many steps the next one may take. */
  private hasStepsLeft(flight: Flight, done: number): boolean {
    const { device, driver } = this;
    const lanes = lanesOf(flight.frame.slice);
    const stands = new Float64Array((1 + Math.max(PLACE, TAKEN, LENGTH)) * lanes);
    const from = flight.block.address + BigInt(flight.frame.kept.at);
    driver.call('cuMemcpyDtoHAsync_v2', driver.addressOf(stands), from, stands.byteLength, device.stream);
    this.cost.bytesOut += stands.byteLength;
    device.synchronize();
    const pace = Math.min(GROWTH, LAUNCH / this.clock());
    const steps = Math.min(MOST_STEPS, Math.max(1, Math.floor(flight.steps * pace)));
    for (const place of flight.places) this.stepsAt.set(place, steps);
    const row = (which: number) => stands.subarray(which * lanes, (which + 1) * lanes);
    flight.share = shareOf(row(PLACE), row(TAKEN), row(LENGTH), done);
    flight.places = new Set(row(PLACE).filter((place) => place !== done));
    return flight.places.size > 0;
  }

  /** The milliseconds that the last launch took on the device's clock, which it adds to the cost. */
  private clock(): number {
    const milliseconds = new Float32Array(1);
    this.driver.call('cuEventElapsedTime', milliseconds, this.device.started, this.device.ended);
    this.cost.kernels += milliseconds[0];
    return milliseconds[0];
  }

  /** After a failure: waits until nothing is in flight. */
  abandon(): void {
    if (this.flight === null) return;
    try {
      this.device.use();
      this.device.synchronize();
    } catch {
      // the failure that led here is the one to tell
    }
    this.land();
  }

  private land(): void {
    const { frame, block } = this.flight as Flight;
    for (const array of frame.elsewhere.values()) array.leave();
    this.device.pool.give(block);
    this.flight = null;
  }

  private copyIn(flight: Flight, arrays: Arrays): void {
    const { frame, block } = flight;
    const { device, driver, cost } = this;
    const { first, count } = frame.slice.windows;
    for (const [name, { at, bytes }] of frame.windows) {
      const from = driver.addressOf(arrays.inputs.window[name].subarray(first, first + count));
      driver.call('cuMemcpyHtoDAsync_v2', block.address + BigInt(at), from, bytes, device.stream);
      cost.bytesIn += bytes;
    }
    for (const b of frame.buffers.keys()) if (b.kind === 'set' || b.kind === 'lane') this.transfer(flight, b, arrays);
    const { at, bytes } = frame.cleared;
    if (bytes > 0) driver.call('cuMemsetD8Async', block.address + BigInt(at), 0, bytes, device.stream);
    for (const [b, array] of frame.elsewhere) {
      if (b.kind === 'output') driver.call('cuMemsetD8Async', array.place as bigint, 0, array.bytes, device.stream);
    }
  }

  /** Copies a slice's part of an input to its place in the block, or of an output from there. */
  private transfer({ frame, block }: Flight, b: DataBuffer, arrays: Arrays): void {
    const { device, driver, cost } = this;
    const { at, bytes } = frame.buffers.get(b) as Place;
    const array = arrayOf(b, arrays);
    const place = placeOf(array);
    const isOut = b.kind === 'output';
    const isOnDevice = typeof place === 'bigint';
    const entry = isOnDevice ? 'cuMemcpyDtoDAsync_v2' : isOut ? 'cuMemcpyDtoHAsync_v2' : 'cuMemcpyHtoDAsync_v2';
    if (!isOnDevice) cost[isOut ? 'bytesOut' : 'bytesIn'] += bytes;
    const base = isOnDevice ? place : driver.addressOf(place);
    const size = BYTES[this.kernel.formats.in(b)];
    let here = block.address + BigInt(at);
    for (const stretch of stretches(b.kind, array.length, frame.slice, arrays.inputs)) {
      const there = base + BigInt(size * stretch.at);
      const ends = isOut ? [there, here] : [here, there];
      driver.call(entry, ...ends, size * stretch.count, device.stream);
      here += BigInt(size * stretch.count);
    }
  }

  private launch(flight: Flight, arrays: Arrays): void {
    const { device, driver, info, module, stepsAt } = this;
    const { frame, block, places } = flight;
    flight.steps = Math.min(...Array.from(places, (p) => stepsAt.get(p) ?? FIRST_STEPS));
    const address = (b: DataBuffer) => this.series.get(b)?.address as bigint;
    const values = argumentsOf(this.kernel.parameters, frame, block.address, arrays, flight.steps, address);
    // the driver wants the address of each value; both stand in one buffer, which the call keeps alive
    const both = new BigUint64Array(2 * values.length);
    both.set(values);
    const pointers = both.subarray(values.length);
    const base = driver.addressOf(both);
    for (let i = 0; i < values.length; i++) pointers[i] = base + BigInt(both.BYTES_PER_ELEMENT * i);
    const lanes = lanesOf(frame.slice);
    const most = this.tuning.block ?? BLOCK;
    const threads = Math.min(lanes < most * info.multiprocessors ? WARP : most, module.threadsPerBlock);
    const blocks = Math.ceil(lanes / threads);
    const shape = [blocks, 1, 1, threads, 1, 1];
    driver.call('cuEventRecord', device.started, device.stream);
    // a launch may have to allocate for the kernel's spills
    device.pool.orTrimmed(() =>
      driver.call('cuLaunchKernel', module.function, ...shape, 0, device.stream, pointers, null),
    );
    driver.call('cuEventRecord', device.ended, device.stream);
    this.cost.launches++;
  }
}

/** How far lanes are, each loop of the root counted alike. */
function shareOf(places: Float64Array, taken: Float64Array, lengths: Float64Array, done: number): number {
  let sum = 0;
  places.forEach((place, i) => {
    sum += place === done ? 1 : (place - FIRST_PLACE + taken[i] / lengths[i]) / (done - FIRST_PLACE);
  });
  return sum / places.length;
}
