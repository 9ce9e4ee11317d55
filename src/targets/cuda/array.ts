/**
 * Floor 1, cuda target. An output that stayed in a device's memory, [rows][columns][W][S] in the format of its compile, for
 * kernels there to read. It holds the device, so it outlives the executable that gave it. Where the device's memory is
 * short it moves to the host.
 */
import { BYTES, type Cells, type Format, type HeldArrays } from '../precision.js';
import { atOnce, type Resumable } from '../resumable.js';
import type { DeviceArray } from '../target.js';
import { Device } from './device.js';
import type { DeviceInfo } from './devices.js';
import { type Driver, failAfter, freeAll } from './driver.js';
import type { Block } from './memory.js';

export class CudaArray implements DeviceArray {
  private readonly device: Device;
  /** Where its values are; null once it was disposed. */
  private values: Block | Cells | null;
  /** Launches under way that read or write it where it lies. */
  private users = 0;

  /** Its values are arbitrary at first. Throws OutOfMemory. */
  constructor(
    private readonly driver: Driver,
    private readonly info: DeviceInfo,
    readonly format: Format,
    readonly length: number,
  ) {
    this.device = Device.hold(driver, info);
    try {
      this.device.use();
      this.values = this.device.pool.take(this.bytes);
    } catch (error) {
      failAfter(error, [() => this.device.release()]);
    }
    this.device.arrays.add(this);
  }

  get bytes(): number {
    return this.length * BYTES[this.format];
  }

  /** Its address on the device, or its values on the host if it had to move there. */
  get place(): bigint | Cells {
    if (this.values === null) throw new TypeError('cuda: an array on the device was asked for after it was disposed');
    return ArrayBuffer.isView(this.values) ? this.values : this.values.address;
  }

  get isDisposed(): boolean {
    return this.values === null;
  }

  /** Whether kernels on this device can read it. */
  isOn({ library }: Driver, { ordinal }: DeviceInfo): boolean {
    return this.driver.library === library && this.info.ordinal === ordinal;
  }

  /** From a launch that uses it where it lies to its end it does not move. */
  enter(): void {
    this.users++;
  }

  leave(): void {
    this.users--;
  }

  /** Makes room on the device, unless it is in use; gives the bytes that crossed the bus. */
  move(): number {
    const { values, device } = this;
    if (this.users > 0 || values === null || ArrayBuffer.isView(values)) return 0;
    this.values = this.copy();
    device.pool.give(values);
    return this.bytes;
  }

  read(): Resumable<Float64Array> {
    return atOnce(() => new Float64Array(this.copy()));
  }

  dispose(): void {
    const { values, device } = this;
    if (values === null) return;
    this.values = null;
    device.arrays.delete(this);
    if (!ArrayBuffer.isView(values)) device.pool.give(values);
    freeAll([() => device.release()]);
  }

  /** Its values on the host. */
  private copy(): Cells {
    const { device, driver, place } = this;
    if (typeof place !== 'bigint') return place;
    device.use();
    const cells = this.format === 'f64' ? new Float64Array(this.length) : new Float32Array(this.length);
    driver.call('cuMemcpyDtoHAsync_v2', driver.addressOf(cells), place, this.bytes, device.stream);
    device.synchronize();
    return cells;
  }
}

/** A run's arrays, on the host or on the device. */
export type Arrays = HeldArrays<CudaArray>;

/** Where such an array is. */
export const placeOf = (array: Cells | CudaArray): bigint | Cells => (array instanceof CudaArray ? array.place : array);
