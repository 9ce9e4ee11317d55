/** Floor 1, cuda target. A program on one or several devices: lanes are split evenly, each device does its part. */
import type { Precision, Schedule } from '../../graph/index.js';
import { checkInputs, rowLength, rowsOf } from '../layout.js';
import { allOf, type Parts } from '../parts.js';
import { Formats, type HeldOutputs, widened } from '../precision.js';
import type { Executable, Inputs, Outputs } from '../target.js';
import { type DeviceInfo, deviceText } from './devices.js';
import { type Driver, failAfter, freeAll } from './driver.js';
import { type Cost, Instance, NO_COST } from './instance.js';
import { cut, lanesOf, wholeOf } from './slices.js';
import { Work } from './work.js';

/** A kernel on a device, and what the last run of it cost there. */
export interface DeviceReport extends Readonly<Cost> {
  readonly device: string;
  /** 32-bit registers of a thread, and bytes of it that they do not hold. */
  readonly registers: number;
  readonly localBytes: number;
}

export class CudaExecutable implements Executable {
  private readonly formats: Formats;
  private instances: readonly Instance[];
  private isRunning = false;

  constructor(
    private readonly driver: Driver,
    private readonly devices: readonly DeviceInfo[],
    private readonly plan: Schedule,
    private readonly precision: Precision,
  ) {
    this.formats = new Formats(plan.live, precision);
    this.instances = this.open();
  }

  run(inputs: Inputs): Outputs {
    return allOf(this.inParts(inputs));
  }

  /** Runs every lane; a part is a launch on each device. */
  *inParts(inputs: Inputs): Parts<Outputs> {
    const { program, live } = this.plan;
    if (this.isRunning)
      throw new TypeError(`${program.name}: cuda: a run in parts has to end before the next one starts`);
    checkInputs(program.name, live, inputs);
    if (this.instances.length === 0) this.instances = this.open();
    const held = this.formats.hold(inputs);
    const outputs: HeldOutputs = {};
    for (const b of live.buffers) {
      if (b.kind !== 'output') continue;
      outputs[b.name] = this.formats.cells(b, rowsOf(b, inputs.run) * rowLength(b, inputs.sets, inputs.windows));
    }
    for (const instance of this.instances) instance.cost = { ...NO_COST };
    const whole = wholeOf(inputs);
    if (lanesOf(whole) === 0) return widened(outputs);
    const works: Work[] = [];
    this.isRunning = true;
    let isThrough = false;
    try {
      for (const [i, part] of cut(whole, this.instances.length).entries()) {
        works.push(new Work(program.name, this.instances[i], held, part));
      }
      // all are launched before any is waited for
      while (works.some((w) => !w.done)) {
        for (const w of works) w.start();
        for (const w of works) w.goOn(outputs);
        yield works.reduce((sum, w) => sum + w.share, 0) / works.length;
      }
      isThrough = true;
      return widened(outputs);
    } finally {
      this.isRunning = false;
      // after a failure, or where the caller left
      if (!isThrough) for (const w of works) w.abandon();
    }
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
      for (const info of this.devices) opened.push(new Instance(this.driver, info, this.plan, this.precision));
      return opened;
    } catch (error) {
      failAfter(
        error,
        opened.map((instance) => () => instance.release()),
      );
    }
  }
}
