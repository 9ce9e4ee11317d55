/// <reference types="@webgpu/types" />
/**
 * Floor 1, webgpu target. A GPUDevice in use: its limits, its loss, and what executables share there: shaders by their
 * text, blocks of memory, series.
 */
import { UserError } from '../../errors.js';
import type { Cells } from '../precision.js';
import { type Resumable, waitFor } from '../resumable.js';
import { STAGE_COMPUTE } from './constants.js';
import { Pool } from './memory.js';
import { ARENAS, isReadOnly } from './parameters.js';
import type { Shader } from './printer.js';

/** The device has no room for what was asked; a smaller part of it may fit. */
export class OutOfMemory extends Error {}

interface Shared<T> {
  readonly thing: T;
  holders: number;
}

export class Device {
  readonly pool: Pool;
  readonly layout: GPUBindGroupLayout;
  private readonly pipelineLayout: GPUPipelineLayout;
  private readonly pipelines = new Map<string, Shared<Promise<readonly GPUComputePipeline[]>>>();
  private readonly series = new Map<string, Shared<GPUBuffer>>();
  private readonly identities = new WeakMap<Cells, number>();
  private identified = 0;
  private loss: GPUDeviceLostInfo | null = null;
  private readonly lost: Promise<never>;

  constructor(readonly gpu: GPUDevice) {
    this.pool = new Pool(gpu);
    this.lost = gpu.lost.then((info) => {
      this.loss = info;
      throw this.lostError();
    });
    // it is told to whoever waits for the device
    this.lost.catch(() => undefined);
    this.layout = gpu.createBindGroupLayout({
      entries: [
        { binding: 0, visibility: STAGE_COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
        ...ARENAS.map((name, i): GPUBindGroupLayoutEntry => {
          const type = isReadOnly(name) ? 'read-only-storage' : 'storage';
          return { binding: i + 1, visibility: STAGE_COMPUTE, buffer: { type } };
        }),
      ],
    });
    this.pipelineLayout = gpu.createPipelineLayout({ bindGroupLayouts: [this.layout] });
  }

  /** The largest arena, in bytes. */
  get mostBytes(): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.gpu.limits;
    return Math.min(maxStorageBufferBindingSize, maxBufferSize);
  }

  /** What a promise of the device comes to. Throws a UserError where the device is lost meanwhile. */
  *wait<T>(promise: Promise<T>): Resumable<T> {
    this.check();
    const settled = Promise.race([promise, this.lost]).catch((error: unknown) => {
      throw this.loss === null ? error : this.lostError();
    });
    // who leaves the run meanwhile hears of no failure
    settled.catch(() => undefined);
    return yield* waitFor(settled);
  }

  /** Throws a UserError where the device is lost. */
  check(): void {
    if (this.loss !== null) throw this.lostError();
  }

  /**
   * Does what the device may refuse, and waits for what comes of it. Throws OutOfMemory, or an Error with the device's words
   * for what is a mistake of ours.
   */
  *scoped<T>(work: () => T | Promise<T>): Resumable<T> {
    this.check();
    const { gpu } = this;
    gpu.pushErrorScope('validation');
    gpu.pushErrorScope('out-of-memory');
    const result = (async () => work())();
    const refusals = Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]);
    // of a failure the device's words come first
    const outcome = Promise.allSettled([result]);
    const [[memory, validation]] = yield* this.wait(Promise.all([refusals, outcome]));
    if (memory !== null) throw new OutOfMemory(memory.message);
    if (validation !== null) throw new Error(`webgpu: ${validation.message}`);
    return yield* this.wait(result);
  }

  /** The pipelines of a shader's phases, compiled if nobody holds a shader of the same text. */
  *holdPipelines(shader: Shader): Resumable<readonly GPUComputePipeline[]> {
    this.check();
    const known = this.pipelines.get(shader.text) ?? { thing: this.compile(shader), holders: 0 };
    this.pipelines.set(shader.text, known);
    known.holders++;
    try {
      return yield* this.wait(known.thing);
    } catch (error) {
      this.releasePipelines(shader);
      throw error;
    }
  }

  releasePipelines(shader: Shader): void {
    const mine = this.pipelines.get(shader.text) as Shared<unknown>;
    if (--mine.holders === 0) this.pipelines.delete(shader.text);
  }

  /**
   * The arena of some series, copied there if nobody holds one of the same. Series are immutable by contract: an array that
   * was copied is not looked at again. Throws a UserError where they are larger than what the device holds.
   */
  *holdSeries(parts: readonly Cells[]): Resumable<{ readonly key: string; readonly buffer: GPUBuffer }> {
    const key = parts.map((p) => this.identityOf(p)).join(' ');
    let held = this.series.get(key);
    if (held === undefined) {
      const uploaded = yield* this.upload(parts);
      const meanwhile = this.series.get(key);
      if (meanwhile !== undefined) this.pool.give(uploaded);
      held = meanwhile ?? { thing: uploaded, holders: 0 };
      this.series.set(key, held);
    }
    held.holders++;
    return { key, buffer: held.thing };
  }

  releaseSeries(key: string): void {
    const mine = this.series.get(key) as Shared<GPUBuffer>;
    if (--mine.holders > 0) return;
    this.series.delete(key);
    this.pool.give(mine.thing);
  }

  private async compile({ text, phases }: Shader): Promise<readonly GPUComputePipeline[]> {
    // or the mistake would be told twice
    this.gpu.pushErrorScope('validation');
    const module = this.gpu.createShaderModule({ code: text });
    const [{ messages }] = await Promise.all([module.getCompilationInfo(), this.gpu.popErrorScope()]);
    const errors = messages.filter((m) => m.type === 'error');
    if (errors.length > 0) {
      const [{ lineNum, message }] = errors;
      throw new Error(
        `webgpu: the shader does not compile: ${message} (line ${lineNum}: ${text.split('\n')[lineNum - 1]?.trim()})`,
      );
    }
    return Promise.all(
      phases.map(({ entry }) =>
        this.gpu.createComputePipelineAsync({
          layout: this.pipelineLayout,
          compute: { module, entryPoint: entry },
        }),
      ),
    ).catch((error: Error) => {
      throw new Error(`webgpu: the shader makes no pipeline: ${error.message}`);
    });
  }

  /** A buffer of at least this size, with arbitrary contents. Throws OutOfMemory. */
  *room(bytes: number): Resumable<GPUBuffer> {
    const made: GPUBuffer[] = [];
    try {
      yield* this.scoped(() => {
        made.push(this.pool.take(bytes));
      });
      return made[0];
    } catch (error) {
      for (const buffer of made) buffer.destroy();
      throw error;
    }
  }

  private *upload(parts: readonly Cells[]): Resumable<GPUBuffer> {
    const bytes = parts.reduce((sum, p) => sum + p.byteLength, 0);
    const tooLarge = (most: string) =>
      new UserError(
        `webgpu: series of at most ${most} were expected, got ${bytes} bytes; take fewer assets or a shorter dataset, or --device wasm`,
      );
    if (bytes > this.mostBytes) throw tooLarge(`${this.mostBytes} bytes`);
    let buffer: GPUBuffer;
    try {
      buffer = yield* this.room(bytes);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      this.pool.trim();
      throw tooLarge('what the device has room for');
    }
    let at = 0;
    for (const part of parts) {
      this.gpu.queue.writeBuffer(buffer, at, part);
      at += part.byteLength;
    }
    return buffer;
  }

  private identityOf(data: Cells): number {
    const known = this.identities.get(data) ?? ++this.identified;
    this.identities.set(data, known);
    return known;
  }

  private lostError(): UserError {
    const { reason, message } = this.loss as GPUDeviceLostInfo;
    const said = message.split('\n')[0];
    return new UserError(
      `webgpu: the device was lost (${reason}${said === '' ? '' : `: ${said}`}); start again, with fewer sets or windows if it happens once more: training goes on from its checkpoint`,
    );
  }
}
