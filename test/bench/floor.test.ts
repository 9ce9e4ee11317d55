/** The floor's arithmetic, and what is predicted of a case. */
import { describe, expect, it } from 'vitest';
import { besideText, describe as describeRow, measureByLanes } from '../../bench/by-lanes.js';
import { cases } from '../../bench/cases.js';
import { issued, NO_SLOTS } from '../../bench/counts.js';
import { floorOf, imbalance, MACHINES, type Machine, machineOf } from '../../bench/floor.js';
import { predict, predictionText } from '../../bench/predict.js';
import type { DeviceInfo } from '../../src/targets/cuda/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { later } from '../targets/later.js';

/** Round numbers: 10 multiprocessors at 1 GHz, 40 schedulers. */
const machine: Machine = {
  name: 'made up',
  capability: 90,
  multiprocessors: 10,
  clock: 1e9,
  bandwidth: 1e12,
  memory: 1e10,
};
/** As many as all schedulers have a warp each. */
const FULL = 40 * 32;

describe('the floor', () => {
  it('is the time of the unit that is busy longest', () => {
    // of sm_90 64 double results a clock, 128 instructions, 64 integers, 16 special ones
    const double = floorOf({ ...NO_SLOTS, double: 64, integer: 32 }, FULL, 1000, machine);
    expect(double).toMatchObject({ bound: 'double', seconds: (FULL * 1000) / 1e10 });
    expect(double.busy.issue).toBeCloseTo((FULL * 1000 * (96 / 128)) / 1e10, 15);
    const issue = floorOf({ ...NO_SLOTS, double: 10, other: 118 }, FULL, 1000, machine);
    expect(issue).toMatchObject({ bound: 'issue', seconds: (FULL * 1000) / 1e10 });
    expect(floorOf({ ...NO_SLOTS, double: 1, special: 1 }, FULL, 1, machine).bound).toBe('special');
    expect(floorOf({ ...NO_SLOTS, integer: 3, double: 2 }, FULL, 1, machine).bound).toBe('integer');
    // 800 bytes of a lane and step at 1e12 bytes a second
    const bytes = floorOf({ ...NO_SLOTS, double: 1, bytes: 800 }, FULL, 10, machine);
    expect(bytes).toMatchObject({ bound: 'bytes', seconds: (800 * FULL * 10) / 1e12 });
  });

  it('knows that a warp is on one scheduler', () => {
    expect(imbalance(FULL, machine)).toBe(1);
    expect(imbalance(7 * FULL, machine)).toBe(1);
    // one warp of 40 schedulers; one warp more than there are schedulers
    expect(imbalance(32, machine)).toBe(40);
    expect(imbalance(FULL + 32, machine)).toBeCloseTo(80 / 41, 12);
    // half of a warp takes as long as a whole one
    expect(imbalance(16, machine)).toBe(80);
    const of = (lanes: number) => floorOf({ ...NO_SLOTS, double: 1 }, lanes, 1, machine).seconds;
    expect(of(32)).toBe(of(FULL));
  });

  it('is of all devices of a run together, where their rates are known', () => {
    const device = {
      ...{ ordinal: 0, handle: 0, name: 'G', memory: 10, capability: 90, float64Slowness: 2, multiprocessors: 3 },
      ...{ clock: 5, bandwidth: 7, residentThreads: 1, timeLimit: false, obstacle: null },
    } satisfies DeviceInfo;
    const two = { name: 'G', capability: 90, clock: 5, multiprocessors: 6, bandwidth: 14, memory: 20 };
    expect(machineOf([device, device])).toEqual(two);
    expect(machineOf([{ ...device, capability: 61 }])).toBe(null);
  });

  it('has the double rates of the data sheets', () => {
    // fused multiply-adds are two operations: 34 and 9.7 TFLOPS
    const rate = (m: Machine) => (2 * 1e12) / floorOf({ ...NO_SLOTS, double: 1 }, 1, 1e12, m).seconds / 1e12;
    const whole = (m: Machine) => rate(m) * imbalance(1, m);
    expect(whole(MACHINES.h200)).toBeCloseTo(33.5, 1);
    expect(whole(MACHINES.a100)).toBeCloseTo(9.7, 1);
  });
});

describe('a prediction', () => {
  const momentum = cases.find((c) => c.name.startsWith('(b) ')) as (typeof cases)[number];
  const question = { machine: MACHINES.h200, lanes: 100_000, minutes: 20_000, sample: 2881 };

  it('is of a case at a number of lanes', () => {
    const p = predict(momentum, question);
    // a gradient has the value in it, and a replay of the minutes
    expect(p.gradient.slots.double).toBeGreaterThan(2 * p.forward.slots.double);
    expect(p.gradient.best).toBeLessThan(p.forward.best / 2);
    expect(p.forward.takingPart).toBeGreaterThan(16);
    expect(p.forward.takingPart).toBeLessThanOrEqual(32);
    expect(predictionText(p)).toMatch(/forward at best .* G\/s, bound by .*\n.*gradient at best/);
    // the same work on as many multiprocessors
    const h100 = predict(momentum, { ...question, machine: MACHINES.h100 });
    expect(h100.forward.slots).toEqual(p.forward.slots);
    // fewer lanes are no slower in all, so slower each
    const few = predict(momentum, { ...question, lanes: 1000 });
    expect(few.forward.best).toBeLessThan(p.forward.best / 10);
  });

  it('stands beside what is measured', async () => {
    const row = await measureByLanes(momentum, wasm, { threads: 1 }, 64, 2881, machine);
    const { floor, forward, gradient } = row;
    expect(floor).toEqual(predict(momentum, { machine, lanes: 64, minutes: 2881 }));
    const share = (100 * forward) / (floor?.forward.best ?? 0);
    expect(describeRow(row)).toContain(`of the floor: forward ${share.toPrecision(3)} % of`);
    expect(gradient).toBeGreaterThan(0);
    // where a machine's rates are not known, nothing is said of a floor
    expect(describeRow({ ...row, floor: null })).not.toContain('floor');
  });

  it('stands beside another device, where one answers later too', async () => {
    const [row, other] = [
      await measureByLanes(momentum, later(wasm), {}, 64, 2881),
      await measureByLanes(momentum, wasm, { threads: 1 }, 64, 2881),
    ];
    expect(row.lanes).toBe(other.lanes);
    expect(row.first).toBeGreaterThan(0);
    expect(
      besideText({ ...row, forward: 3e6, gradient: 1e6 }, 'wasm', { ...other, forward: 6e9, gradient: 3e6 }),
    ).toMatch(
      /: 64 lanes × 2881 minutes: forward 3 M\/s \(wasm 6000 M\/s, 0.0005×\), \+ gradient 1 M\/s \(wasm 3 M\/s, 0.33×\); first runs/,
    );
  });

  it('tells neighbours from sets that are far apart', () => {
    const near = predict(momentum, question).forward;
    const apart = predict(momentum, { ...question, apart: true }).forward;
    expect(apart.takingPart).toBeLessThan(near.takingPart);
    expect(apart.slots.double).toBeGreaterThan(near.slots.double);
  });

  it('finds that the search of a Hamiltonian pool ends in float32 too', () => {
    const hmm = cases.find((c) => c.name.startsWith('(c) ')) as (typeof cases)[number];
    const [double, single] = (['float64', 'float32'] as const).map((precision) =>
      issued(predict(hmm, { ...question, precision }).forward.slots),
    );
    // some steps more, for what float32 rounds off looks like a slope; not all 100 of them
    expect(single).toBeLessThan(1.5 * double);
  });

  it('is of the tapes that fit: segments of them are replayed', () => {
    const small = predict(momentum, { ...question, machine: { ...MACHINES.h200, memory: 1e9 } });
    const large = predict(momentum, question);
    expect(small.gradient.slots.double).toBeGreaterThan(large.gradient.slots.double);
    expect(small.forward.slots).toEqual(large.forward.slots);
  });
});
