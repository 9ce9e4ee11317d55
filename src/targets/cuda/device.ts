/**
 * Floor 1, cuda target. A GPU in use: its context, a stream, two events, and what executables share there — modules by their text,
 * blocks of memory, series. All of it lives as long as somebody holds the device.
 */
import { createHash } from 'node:crypto';
import type { Cells } from '../precision.js';
import type { DeviceInfo } from './devices.js';
import { type Driver, failAfter, freeAll } from './driver.js';
import { type Block, Pool } from './memory.js';
import { loadModule, type Module } from './module.js';
import type { Kernel } from './ptx.js';

/** A thing that several executables hold. */
interface Shared<T> {
  readonly thing: T;
  holders: number;
}

/** CU_STREAM_NON_BLOCKING: it does not wait for what others do on the device's default stream. */
const NON_BLOCKING = 1;

const held = new Map<string, Shared<Device>>();

export class Device {
  readonly pool: Pool;
  readonly stream: bigint;
  /** Events around a launch. */
  readonly started: bigint;
  readonly ended: bigint;
  private readonly context: bigint;
  /** Arrays of outputs that stayed here; those that had to move to the host as well. */
  readonly arrays = new Set<{ move(): number }>();
  /** What gives context, stream and events back, in this order. */
  private readonly frees: (() => void)[] = [];
  private readonly modules = new Map<string, Shared<Module>>();
  private readonly series = new Map<Cells, Shared<Block>>();

  private constructor(
    readonly driver: Driver,
    readonly info: DeviceInfo,
  ) {
    this.pool = new Pool(driver);
    this.context = driver.handle('cuDevicePrimaryCtxRetain', info.handle);
    this.frees.unshift(() => driver.call('cuDevicePrimaryCtxRelease_v2', info.handle));
    try {
      this.use();
      this.stream = driver.handle('cuStreamCreate', NON_BLOCKING);
      this.frees.unshift(() => driver.call('cuStreamDestroy_v2', this.stream));
      this.started = this.event();
      this.ended = this.event();
    } catch (error) {
      failAfter(error, this.frees);
    }
  }

  /** The device of this process, opened if nobody holds it. Each `hold` wants one `release`. */
  static hold(driver: Driver, info: DeviceInfo): Device {
    const key = `${driver.library} ${info.ordinal}`;
    const known = held.get(key) ?? { thing: new Device(driver, info), holders: 0 };
    held.set(key, known);
    known.holders++;
    return known.thing;
  }

  /** The last holder's release frees everything. */
  release(): void {
    const key = `${this.driver.library} ${this.info.ordinal}`;
    const mine = held.get(key) as Shared<Device>;
    if (--mine.holders > 0) return;
    held.delete(key);
    freeAll([() => this.use(), () => this.pool.trim(), ...this.frees]);
  }

  /** Makes this the device of the calls that follow. */
  use(): void {
    this.driver.call('cuCtxSetCurrent', this.context);
  }

  synchronize(): void {
    this.driver.call('cuStreamSynchronize', this.stream);
  }

  /** Bytes that a run could take: what is free, and what the pool keeps. */
  available(): number {
    const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)];
    this.driver.call('cuMemGetInfo_v2', free, total);
    return Number(free[0]) + this.pool.idle;
  }

  /** The module of a kernel, compiled if nobody holds one of the same text. */
  holdModule(kernel: Kernel): Module {
    const key = hashOf(kernel);
    const known = this.modules.get(key) ?? {
      thing: this.pool.orTrimmed(() => loadModule(this.driver, kernel)),
      holders: 0,
    };
    this.modules.set(key, known);
    known.holders++;
    return known.thing;
  }

  releaseModule(kernel: Kernel): void {
    const key = hashOf(kernel);
    const mine = this.modules.get(key) as Shared<Module>;
    if (--mine.holders > 0) return;
    this.modules.delete(key);
    this.driver.call('cuModuleUnload', mine.thing.handle);
  }

  /**
   * Where the copy of a series is, made if nobody holds one, and how many bytes that took. Series are immutable by contract: an array that was copied is not
   * looked at again.
   */
  holdSeries(data: Cells): { readonly address: bigint; readonly copied: number } {
    const known = this.series.get(data);
    const mine = known ?? { thing: this.upload(data), holders: 0 };
    this.series.set(data, mine);
    mine.holders++;
    return { address: mine.thing.address, copied: known === undefined ? data.byteLength : 0 };
  }

  releaseSeries(data: Cells): void {
    const mine = this.series.get(data) as Shared<Block>;
    if (--mine.holders > 0) return;
    this.series.delete(data);
    this.pool.give(mine.thing);
  }

  private event(): bigint {
    const event = this.driver.handle('cuEventCreate', 0);
    this.frees.unshift(() => this.driver.call('cuEventDestroy_v2', event));
    return event;
  }

  private upload(data: Cells): Block {
    const block = this.pool.take(data.byteLength);
    try {
      const from = this.driver.addressOf(data);
      this.driver.call('cuMemcpyHtoDAsync_v2', block.address, from, data.byteLength, this.stream);
      return block;
    } catch (error) {
      this.pool.give(block);
      throw error;
    }
  }
}

const hashOf = (kernel: Kernel) => createHash('sha256').update(kernel.text).digest('hex');
