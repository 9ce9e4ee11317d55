/** Floor 1, webgpu target. A program on a device: all lanes side by side, in slices where its memory is short. */
import { UserError } from '../../errors.js';
import type { Buffer as DataBuffer, Schedule } from '../../graph/index.js';
import { checkShapes, rowLength, rowsOf } from '../layout.js';
import { Formats, narrowSeries, widened } from '../precision.js';
import type { Resumable } from '../resumable.js';
import { cut, cutToFit, lanesOf, type Slice, wholeOf } from '../slices.js';
import type { Executable, Inputs, Outputs, Resident } from '../target.js';
import { WebgpuArray } from './array.js';
import { SIZE } from './constants.js';
import { type Device, OutOfMemory } from './device.js';
import { fly, type Ready } from './flight.js';
import { type Arrays, frameOf } from './frame.js';
import { Pace } from './pace.js';
import { type Shader, shaderOf, WORKGROUP } from './printer.js';
import { splitSeries } from './wide.js';

/** Share of the largest buffer that an output may take to stay on the device. */
const KEPT_SHARE = 0.5;

export class WebgpuExecutable implements Executable {
  private readonly formats: Formats;
  private readonly shader: Shader;
  private readonly pace: Pace;
  private pipelines: readonly GPUComputePipeline[] | null = null;
  private series: { readonly key: string; readonly buffer: GPUBuffer } | null = null;
  private isRunning = false;

  constructor(
    private readonly device: Device,
    private readonly plan: Schedule,
  ) {
    this.formats = new Formats(plan.live, 'float32');
    this.shader = shaderOf(plan);
    this.pace = new Pace(this.shader.phases);
  }

  resumable(inputs: Inputs): Resumable<Outputs> {
    return this.keeping([], inputs) as Resumable<Outputs>;
  }

  /** Runs every lane; a part is a submission. */
  *keeping(names: readonly string[], inputs: Inputs<Resident>): Resumable<Outputs<Resident>> {
    const { program, live } = this.plan;
    if (this.isRunning) {
      throw new TypeError(`${program.name}: webgpu: a run in parts has to end before the next one starts`);
    }
    checkShapes(program.name, live, inputs);
    this.checkResidents(inputs);
    const arrays: Arrays = { inputs: this.formats.hold(inputs as Inputs<Float64Array | WebgpuArray>), outputs: {} };
    this.isRunning = true;
    let isThrough = false;
    try {
      const ready = yield* this.ready(inputs);
      yield* this.makeOutputs(arrays, names);
      yield* this.flyAll(ready, arrays);
      isThrough = true;
      return widened(arrays.outputs);
    } finally {
      this.isRunning = false;
      // after a failure, or where the caller left
      if (!isThrough) {
        for (const array of Object.values(arrays.outputs)) if (array instanceof WebgpuArray) array.dispose();
      }
    }
  }

  /** Frees what the executable holds on the device; it can be run again. */
  dispose(): void {
    if (this.pipelines !== null) this.device.releasePipelines(this.shader);
    if (this.series !== null) this.device.releaseSeries(this.series.key);
    this.pipelines = null;
    this.series = null;
  }

  private *ready({ buffers }: Inputs<Resident>): Resumable<Ready> {
    const { device, shader } = this;
    const { live } = this.plan;
    this.pipelines ??= yield* device.holdPipelines(shader);
    const parts = shader.series.map(({ buffer, format }) => {
      const data = buffers[buffer.name] as Float64Array;
      return format === 'f64' ? splitSeries(data) : narrowSeries(data);
    });
    const before = this.series;
    this.series = yield* device.holdSeries(parts);
    if (before !== null) device.releaseSeries(before.key);
    const at: number[] = [];
    parts.reduce((sum, part) => {
      at.push(sum);
      return sum + part.byteLength / SIZE;
    }, 0);
    return {
      device,
      live,
      shader,
      pace: this.pace,
      pipelines: this.pipelines,
      series: { buffer: this.series.buffer, at },
    };
  }

  /** Places for the outputs: on the device for those to be kept, where it has room. */
  private *makeOutputs({ inputs, outputs }: Arrays, kept: readonly string[]): Resumable<void> {
    const { device } = this;
    for (const b of this.plan.live.buffers) {
      if (b.kind !== 'output') continue;
      const length = rowsOf(b, inputs.run) * rowLength(b, inputs.sets, inputs.windows);
      outputs[b.name] = this.formats.cells(b, length);
      const stays = length > 0 && kept.includes(b.name) && SIZE * length <= KEPT_SHARE * device.mostBytes;
      if (!stays) continue;
      try {
        const buffer = yield* device.room(SIZE * length);
        outputs[b.name] = new WebgpuArray(device, buffer, length);
      } catch (error) {
        if (!(error instanceof OutOfMemory)) throw error;
      }
    }
  }

  private *flyAll(ready: Ready, arrays: Arrays): Resumable<void> {
    const whole = wholeOf(arrays.inputs);
    const lanes = lanesOf(whole);
    const waiting = lanes === 0 ? [] : this.fitting(arrays, whole);
    let done = 0;
    for (let slice = waiting.shift(); slice !== undefined; slice = waiting.shift()) {
      const own = lanesOf(slice);
      try {
        const before = done / lanes;
        yield* fly(ready, arrays, slice, (share) => before + (share * own) / lanes);
        done += own;
      } catch (error) {
        if (!(error instanceof OutOfMemory)) throw error;
        ready.device.pool.trim();
        if (own === 1) throw this.tooLarge(arrays, slice, error.message);
        waiting.unshift(...cut(slice, 2));
      }
    }
  }

  /** The slice in parts, each of which the device's buffers can hold. */
  private fitting(arrays: Arrays, slice: Slice): Slice[] {
    const { mostBytes, gpu } = this.device;
    const mostLanes = WORKGROUP * gpu.limits.maxComputeWorkgroupsPerDimension;
    const bytes = (s: Slice) => this.largestArena(arrays, s);
    const fits = (s: Slice) => bytes(s) <= mostBytes && lanesOf(s) <= mostLanes;
    if (fits(slice)) return [slice];
    if (lanesOf(slice) === 1) throw this.tooLarge(arrays, slice, `the largest buffer holds ${mostBytes}`);
    const least = Math.ceil(Math.max(bytes(slice) / mostBytes, lanesOf(slice) / mostLanes));
    const parts = cutToFit(slice, least, fits);
    return fits(parts[0]) ? parts : parts.flatMap((part) => this.fitting(arrays, part));
  }

  private largestArena(arrays: Arrays, slice: Slice): number {
    return SIZE * Math.max(...Object.values(frameOf(this.plan.live, this.shader, arrays, slice).sizes));
  }

  private tooLarge(arrays: Arrays, slice: Slice, why: string): UserError {
    const bytes = this.largestArena(arrays, slice);
    return new UserError(
      `${this.plan.program.name}: webgpu: a single lane needs a buffer of ${bytes} bytes, ${why}; take fewer minutes, or --device wasm`,
    );
  }

  /** Refuses arrays on a device that this program cannot read there. */
  private checkResidents({ buffers }: Inputs<Resident>): void {
    const { program, live } = this.plan;
    for (const b of live.buffers) {
      if (b.kind === 'output' || b.kind === 'tape' || ArrayBuffer.isView(buffers[b.name])) continue;
      const obstacle = this.obstacle(b, buffers[b.name]);
      if (obstacle !== null) throw new TypeError(`${program.name}: webgpu: ${b.name} was expected ${obstacle}`);
    }
  }

  private obstacle(b: DataBuffer, array: Resident): string | null {
    if (b.kind === 'series') return "in the host's memory, as every series, got an array on a device";
    if (!(array instanceof WebgpuArray)) return 'as a Float64Array or as an array on the device, got neither';
    if (array.device !== this.device) return 'on this device, got an array on another device';
    return array.isDisposed ? 'to be there, got an array that was disposed' : null;
  }
}
