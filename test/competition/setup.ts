/** A challenge of some steps, with values by name. */
import { edge } from '../../kernels/competition/edge.js';
import { laws } from '../../kernels/competition/laws/index.js';
import { challengeMarket } from '../../kernels/competition/market.js';
import { ammChallenge } from '../../kernels/competition/system.js';
import type { Values } from '../../src/challenge/rollout.js';
import { createRollout } from '../../src/rollout/compiled.js';
import type { Target } from '../../src/targets/target.js';

/** Values at which each law does something sensible. */
export const VALUES: Readonly<Record<string, Values>> = {
  fixed: { fee: 0.006 },
  'fixed-sides': { bid: 0.005, ask: 0.007 },
  spike: { base: 0.0025, linear: 0.9, quadratic: 20, decay: 0.85 },
  recentre: { width: 0.0033, gain: 0.4, gate: 0.009, factor: 0.25, within: 0.03, lean: 0.4, least: -0.0015, far: 0.2 },
  'smooth-recentre': {
    width: 0.003,
    gain: 0.4,
    gate: 0.009,
    factor: 0.2,
    softness: 0.002,
    size: 3e-5,
    lean: 0.4,
    least: -0.002,
    far: 0.1,
  },
  posterior: { width: 0.003, sigma: 0.001, rate: 0.6, reach: 0.0025, lean: 0.4, least: -0.0015, far: 0.4 },
  rival: {
    width: 0.003,
    sigma: 0.001,
    rate: 0.6,
    reach: 0.003,
    lean: 0.35,
    least: -0.0015,
    follow: 0.35,
    keep: 0.85,
    room: 1.3,
    far: 0.15,
    curve: 0.1,
    tilt: 0.3,
  },
  oracle: { width: 0.0045, lean: 0.8, least: -0.0015, far: 0.1 },
  table: {
    gain: [0.38, 0.33, 0.2, 0.12, 0.1],
    half: [0.006, 0.0055, 0.005, 0.0045, 0.0038, 0.0031, 0.0021, 0.001, -0.0005, -0.0015, -0.0022],
    size: 3e-5,
  },
  network: {
    width: 0.003,
    gain: 0.4,
    gate: 0.009,
    factor: 0.2,
    softness: 0.002,
    size: 3e-5,
    lean: 0.4,
    least: -0.002,
    far: 0.1,
    fade: 0.2,
    gainOut: [0.3, -0.5, 0.2],
    widthOut: [0.4, 0.3, -0.6],
  },
};

export function challenge(law: string, target: Target, seed = 3) {
  const rollout = createRollout(
    {
      assets: ['X'],
      clock: { interval: 1000 },
      source: { kind: 'drawn', model: challengeMarket, settings: {}, seed },
      system: ammChallenge,
      objective: edge,
      penalties: [],
      settings: { law: laws.findIndex((l) => l.name === law) },
    },
    null,
    target,
    { threads: 1 },
  );
  const values = Object.fromEntries(
    Object.entries(VALUES[law] ?? {}).map(([name, value]) => [`amm-challenge.${name}`, [value].flat()]),
  );
  return { rollout, raw: rollout.layout.raws(values) };
}
