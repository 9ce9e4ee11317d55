/** Work that waits for a device: what promises come to, what they are rejected with, leaving early, and whole roll-outs. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Split } from '../../src/data/windows.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { atShare, type Resumable, toEnd, waitFor, withTurns } from '../../src/targets/resumable.js';
import { nextTurn } from '../../src/targets/turn.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { train } from '../../src/train/train.js';
import { rowWindows } from '../../src/train/windows.js';
import { objectives, pools, rawSets, rules, specOf, walk } from '../rollout/setup.js';
import { options } from '../train/fake.js';
import { later } from './later.js';

const answer = <T>(value: T, milliseconds = 0) =>
  new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds));
const failure = (milliseconds = 0) =>
  new Promise<never>((_, reject) => setTimeout(() => reject(new Error('device lost')), milliseconds));

/** A device's answer after a share; `log` tells what came of it. */
function* asking(log: string[], answered: () => Promise<number>): Resumable<number> {
  try {
    yield 0.25;
    const found = yield* waitFor(answered());
    yield 0.75;
    log.push('answered');
    return 2 * found;
  } catch (error) {
    log.push(`caught ${(error as Error).message}`);
    // as a run that is cut smaller
    return yield* waitFor(answer(-1));
  } finally {
    log.push('left');
  }
}

describe('parts that wait', () => {
  it('go on with what came', async () => {
    const shares: number[] = [];
    const log: string[] = [];
    const onShare = (share: number) => shares.push(share);
    expect(
      await withTurns(
        asking(log, () => answer(21)),
        { onShare },
      ),
    ).toBe(42);
    expect(shares).toEqual([0.25, 0.75]);
    expect(log).toEqual(['answered', 'left']);
  });

  it('may try again after a rejection, also where their share stands still', async () => {
    const log: string[] = [];
    expect(await withTurns(asking(log, () => failure()))).toBe(-1);
    const shares: number[] = [];
    const onShare = (share: number) => shares.push(share);
    expect(
      await withTurns(
        atShare(
          1,
          asking(log, () => failure()),
        ),
        { onShare },
      ),
    ).toBe(-1);
    expect(shares).toEqual([1]);
    expect(log).toEqual(['caught device lost', 'left', 'caught device lost', 'left']);
    expect(
      await withTurns(
        atShare(
          0,
          asking([], () => answer(3)),
        ),
      ),
    ).toBe(6);
  });

  it('fail with what nobody caught', async () => {
    await expect(withTurns(waitFor(failure()))).rejects.toThrow('device lost');
  });

  it('are left at Ctrl-C, once the device has answered', async () => {
    const log: string[] = [];
    const abort = new AbortController();
    let isAnswered = false;
    const slow = async () => {
      const value = await answer(1, 20);
      isAnswered = true;
      return value;
    };
    setTimeout(() => abort.abort(), 5);
    expect(await withTurns(asking(log, slow), { signal: abort.signal })).toBe(null);
    expect(isAnswered).toBe(true);
    expect(log).toEqual(['left']);
  });

  it('have no straight way to their end, and are left there', async () => {
    const log: string[] = [];
    // rejected later: that must not be an unhandled rejection
    expect(() => toEnd(asking(log, () => failure(1)))).toThrow('one that answers later (webgpu)');
    expect(log).toEqual(['left']);
    await answer(null, 10);
  });
});

describe('a turn of the event loop', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it.each(['Node.js', 'a browser'])('lets timers be heard, in %s', async (where) => {
    if (where === 'a browser') {
      vi.stubGlobal('setImmediate', undefined);
      vi.resetModules();
    }
    const turn = where === 'a browser' ? (await import('../../src/targets/turn.js')).nextTurn : nextTurn;
    expect(turn === nextTurn).toBe(where === 'Node.js');
    let heard = false;
    setTimeout(() => {
      heard = true;
    }, 1);
    for (let turns = 0; !heard && turns < 1e6; turns++) await turn();
    expect(heard).toBe(true);
  });
});

describe('on a device that answers later', () => {
  const data = walk(2, 3000, 0.002);
  const part = { pool: pools.tfmm, rule: rules.momentum, objective: objectives.returns };
  const spec = specOf(data, part, { chunkPeriod: 10, weightInterpolationPeriod: 10 });
  const [sets, rows] = [3, 201];
  const windows = Int32Array.of(1000, 1407);
  const raw = rawSets(spec, { 'tfmm.fee': 0.003, 'momentum.memoryDays': 0.2, 'momentum.k': 20 }, sets);
  const one = rawSets(spec, { 'tfmm.fee': 0.003, 'momentum.k': 20 });
  const [waiting, straight] = [later(wasm), wasm].map((target) => createPoolRollout(spec, data, target));

  it('a roll-out has the bits of the device behind it', async () => {
    const { resumable } = waiting;
    expect(await withTurns(resumable.value(raw, windows, rows))).toEqual(straight.value(raw, windows, rows));
    expect(await withTurns(resumable.gradient(raw, windows, rows))).toEqual(straight.gradient(raw, windows, rows));
    expect(await withTurns(resumable.figures(raw, windows, rows))).toEqual(straight.figures(raw, windows, rows));
    expect(await withTurns(resumable.tally(raw, windows, rows))).toEqual(straight.tally(raw, windows, rows));
    expect(await withTurns(resumable.path(one, 1000, rows, 50))).toEqual(straight.path(one, 1000, rows, 50));
  });

  it('what asks for figures at once is told how to wait for them', () => {
    for (const at of [
      () => waiting.value(raw, windows, rows),
      () => waiting.path(one, 1000, rows, 50),
      () => waiting.rule(one, 10),
    ])
      expect(at).toThrow('take `resumable` and `withTurns`');
  });

  it('a training takes the same steps', async () => {
    const split: Split = { train: [100, 2000], validation: [2000, 2500], test: [2500, 3000], burnIn: 100 };
    const { columns } = waiting.layout;
    const trained = async (rollout: typeof waiting) =>
      train(
        {
          rollout,
          windows: rowWindows(split, rows, 10),
          initial: one,
          trainable: new Uint8Array(columns).fill(1),
          bounds: { low: new Float64Array(columns).fill(-50), high: new Float64Array(columns).fill(50) },
          spread: 0.1,
          metric: 'returns',
        },
        options({ sets, windows: 2, iterations: 3 }),
      );
    const { state, before, guards } = await trained(waiting);
    expect({ state, before, guards }).toEqual(
      await trained(straight).then((r) => ({ state: r.state, before: r.before, guards: r.guards })),
    );
  });
});
