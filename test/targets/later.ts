/** A device that answers later, with memory of its own: a target on another one's programs, for what has to wait. */
import { onHost } from '../../src/targets/device-arrays.js';
import { type Resumable, toEnd, waitFor } from '../../src/targets/resumable.js';
import type { DeviceArray, Inputs, Outputs, Resident, SynchronousTarget, Target } from '../../src/targets/target.js';

/** Given in the next turn of the event loop. */
async function soon<T>(value: () => T): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return value();
}

class LaterArray implements DeviceArray {
  constructor(private values: Float64Array | null) {}

  get length(): number {
    return this.values?.length ?? 0;
  }

  *read(): Resumable<Float64Array> {
    return yield* waitFor(
      soon(() => {
        if (this.values === null) throw new TypeError('later: the array was disposed');
        return this.values;
      }),
    );
  }

  dispose(): void {
    this.values = null;
  }
}

/** What `of` computes, later; every output that it is asked to keep stays with it. */
export function later(of: SynchronousTarget): Target {
  return {
    ...of,
    name: 'later',
    exact: false,
    compile(program, options) {
      const executable = of.compile(program, options);
      function* keeping(names: readonly string[], inputs: Inputs<Resident>): Resumable<Outputs<Resident>> {
        const buffers: Record<string, Float64Array> = {};
        // what lies here is read at once
        for (const [name, array] of Object.entries(inputs.buffers)) {
          buffers[name] = array instanceof LaterArray ? yield* onHost(array) : (array as Float64Array);
        }
        yield 0.5;
        const outputs = yield* waitFor(soon(() => toEnd(executable.resumable({ ...inputs, buffers }))));
        return Object.fromEntries(
          Object.entries(outputs).map(([name, own]) => [name, names.includes(name) ? new LaterArray(own) : own]),
        );
      }
      return {
        keeping,
        resumable: (inputs) => keeping([], inputs) as Resumable<Outputs>,
        dispose: () => executable.dispose(),
      };
    },
  };
}
