/** Training that is held and let go on, and what it tells of its sets meanwhile. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TrainEvent } from '../../src/train/events.js';
import type { TrainableRollout } from '../../src/train/problem.js';
import type { Best, HistoryEntry } from '../../src/train/state.js';
import { train } from '../../src/train/train.js';
import { fakeRollout, options, problem } from './fake.js';

/** The fake roll-out with gradients in two parts; `asked` are the raws that it was asked for. */
function inParts(asked: Float64Array[] = []): TrainableRollout {
  const { layout, resumable } = fakeRollout();
  return {
    layout,
    resumable: {
      ...resumable,
      *gradient(raw, windows, windowRows) {
        asked.push(raw.slice());
        yield 0.5;
        return yield* resumable.gradient(raw, windows, windowRows);
      },
    },
  };
}

/** Holds after the first event that `isDue`, until `go` is called. */
function holdAfter(isDue: (event: TrainEvent) => boolean) {
  let due = false;
  let held = () => {};
  const whenHeld = new Promise<void>((resolve) => {
    held = resolve;
  });
  const gate: { go: () => void } = { go: () => {} };
  const onEvent = (event: TrainEvent) => {
    due ||= isDue(event);
  };
  const hold = () => {
    if (!due) return undefined;
    due = false;
    held();
    return new Promise<void>((resolve) => {
      gate.go = resolve;
    });
  };
  return { whenHeld, gate, onEvent, hold };
}

afterEach(() => vi.restoreAllMocks());

describe('train', () => {
  it.each(['share', 'progress'] as const)('stands still where it is held, after a %s too', async (kind) => {
    const whole = await train(problem({ rollout: inParts() }), options());
    const { whenHeld, gate, onEvent, hold } = holdAfter((e) => e.kind === kind && e.iteration === 8);
    const events: TrainEvent[] = [];
    const running = train(problem({ rollout: inParts() }), options(), {
      onEvent(event) {
        events.push(event);
        onEvent(event);
      },
      hold,
    });
    await whenHeld;
    const told = events.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(events.length).toBe(told);
    gate.go();
    expect((await running).state).toEqual(whole.state);
    expect(events.length).toBeGreaterThan(told);
  });

  it('leaves the time that it was held out of its figures', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { whenHeld, gate, onEvent, hold } = holdAfter((e) => e.kind === 'share' && e.iteration === 8);
    const running = train(problem({ rollout: inParts() }), options(), {
      onEvent(event) {
        if (event.kind === 'share') now += 1000; // a second within each of 41 gradients
        onEvent(event);
      },
      hold,
    });
    await whenHeld;
    now += 3_600_000;
    gate.go();
    const { seconds, stepsPerSecond } = await running;
    expect(seconds).toBe(41);
    // 4 sets × 3 windows × 60 rows
    expect(stepsPerSecond).toBe(720);
  });

  it('hears the signal once it is let go on', async () => {
    const abort = new AbortController();
    const { whenHeld, gate, onEvent, hold } = holdAfter((e) => e.kind === 'share' && e.iteration === 8);
    const running = train(problem({ rollout: inParts() }), options(), { onEvent, hold, signal: abort.signal });
    await whenHeld;
    abort.abort();
    gate.go();
    const { stopped, state } = await running;
    expect([stopped, state.iteration]).toEqual(['signal', 8]);
  });

  it('tells what each iteration measured, with the raw numbers that it is of, and the best set', async () => {
    const asked: Float64Array[] = [];
    const told: [HistoryEntry, Float64Array, Best][] = [];
    const { state } = await train(problem({ rollout: inParts(asked) }), options({ iterations: 12 }), {
      onMeasured: (...measured) => told.push(measured),
    });
    expect(told.map(([entry]) => entry)).toEqual(state.history);
    expect(told.map(([, raw]) => raw)).toEqual(asked);
    expect(told[12].slice(1)).toEqual([state.raw, state.best]);
    expect(told[0][2].iteration).toBe(0);
  });
});
