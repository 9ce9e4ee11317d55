/** Floor 1, cuda target. A program on one or several devices: lanes are split evenly, each device does its part. */
import type { Buffer as DataBuffer, Precision, Schedule } from '../../graph/index.js';
import { checkShapes, rowLength, rowsOf } from '../layout.js';
import { Formats, widened } from '../precision.js';
import { type Resumable, toEnd } from '../resumable.js';
import { cut, lanesOf, wholeOf } from '../slices.js';
import type { Inputs, Outputs, Resident, SynchronousExecutable } from '../target.js';
import { type Arrays, CudaArray } from './array.js';
import { type DeviceInfo, deviceText } from './devices.js';
import { type Driver, failAfter, freeAll } from './driver.js';
import { type Cost, Instance, NO_COST } from './instance.js';
import type { Tuning } from './ptx.js';
import { Work } from './work.js';

/** A kernel on a device, and what the last run of it cost there. */
export interface DeviceReport extends Readonly<Cost> {
  readonly device: string;
  /** 32-bit registers of a thread, and bytes of it that they do not hold. */
  readonly registers: number;
  readonly localBytes: number;
}

export class CudaExecutable implements SynchronousExecutable {
  private readonly formats: Formats;
  private instances: readonly Instance[];
  private isRunning = false;

  constructor(
    private readonly driver: Driver,
    private readonly devices: readonly DeviceInfo[],
    private readonly plan: Schedule,
    private readonly precision: Precision,
    private readonly tuning: Tuning = {},
  ) {
    this.formats = new Formats(plan.live, precision);
    this.instances = this.open();
  }

  run(inputs: Inputs): Outputs {
    return toEnd(this.resumable(inputs));
  }

  resumable(inputs: Inputs): Resumable<Outputs> {
    return this.keeping([], inputs) as Resumable<Outputs>;
  }

  /** Runs every lane; a part is a launch on each device. Several devices keep nothing. */
  *keeping(names: readonly string[], inputs: Inputs<Resident>): Resumable<Outputs<Resident>> {
    const { program, live } = this.plan;
    if (this.isRunning)
      throw new TypeError(`${program.name}: cuda: a run in parts has to end before the next one starts`);
    checkShapes(program.name, live, inputs);
    this.checkResidents(inputs);
    if (this.instances.length === 0) this.instances = this.open();
    const arrays: Arrays = { inputs: this.formats.hold(inputs as Inputs<Float64Array | CudaArray>), outputs: {} };
    for (const instance of this.instances) instance.cost = { ...NO_COST };
    const whole = wholeOf(inputs);
    const works: Work[] = [];
    this.isRunning = true;
    let isThrough = false;
    try {
      for (const [i, part] of lanesOf(whole) === 0 ? [] : cut(whole, this.instances.length).entries()) {
        works.push(new Work(program.name, this.instances[i], arrays, part));
      }
      this.makeOutputs(arrays, this.devices.length === 1 ? names : []);
      // all are launched before any is waited for
      while (works.some((w) => !w.done)) {
        for (const w of works) w.start();
        for (const w of works) w.goOn();
        yield works.reduce((sum, w) => sum + w.share, 0) / works.length;
      }
      isThrough = true;
      return widened(arrays.outputs);
    } finally {
      this.isRunning = false;
      // after a failure, or where the caller left
      if (!isThrough) {
        for (const w of works) w.abandon();
        for (const array of Object.values(arrays.outputs)) if (array instanceof CudaArray) array.dispose();
      }
    }
  }

  /** Places for the outputs: on the one device for those to be kept, where it has room. */
  private makeOutputs({ inputs, outputs }: Arrays, kept: readonly string[]): void {
    for (const b of this.plan.live.buffers) {
      if (b.kind !== 'output') continue;
      const length = rowsOf(b, inputs.run) * rowLength(b, inputs.sets, inputs.windows);
      const stays = length > 0 && kept.includes(b.name);
      outputs[b.name] = (stays ? this.instances[0].keep(b, length) : null) ?? this.formats.cells(b, length);
    }
  }

  /** Refuses arrays on a device that this program cannot read there. */
  private checkResidents({ buffers }: Inputs<Resident>): void {
    const { program, live } = this.plan;
    for (const b of live.buffers) {
      if (b.kind === 'output' || b.kind === 'tape' || ArrayBuffer.isView(buffers[b.name])) continue;
      const obstacle = this.obstacle(b, buffers[b.name]);
      if (obstacle !== null) throw new TypeError(`${program.name}: cuda: ${b.name} was expected ${obstacle}`);
    }
  }

  private obstacle(b: DataBuffer, array: Resident): string | null {
    const wanted = this.formats.in(b);
    if (b.kind === 'series') return "in the host's memory, as every series, got an array on a device";
    if (!(array instanceof CudaArray)) return 'as a Float64Array or as an array on the device, got neither';
    if (this.devices.length > 1 || !array.isOn(this.driver, this.devices[0])) {
      return `on ${this.devices.map((d) => `cuda:${d.ordinal}`).join(' and ')}, got an array on another device`;
    }
    if (array.format !== wanted) return `in ${wanted}, got an array in ${array.format}`;
    return array.isDisposed ? 'to be there, got an array that was disposed' : null;
  }

  /** By device. */
  report(): DeviceReport[] {
    return this.instances.map(({ info, module: { registers, localBytes }, cost }) => ({
      device: `cuda:${info.ordinal} (${deviceText(info)})`,
      registers,
      localBytes,
      ...cost,
    }));
  }

  /** Frees all that the executable holds on the devices; it can be run again. */
  dispose(): void {
    const instances = this.instances;
    this.instances = [];
    freeAll(instances.map((instance) => () => instance.release()));
  }

  private open(): Instance[] {
    const opened: Instance[] = [];
    try {
      for (const info of this.devices)
        opened.push(new Instance(this.driver, info, this.plan, this.precision, this.tuning));
      return opened;
    } catch (error) {
      failAfter(
        error,
        opened.map((instance) => () => instance.release()),
      );
    }
  }
}
