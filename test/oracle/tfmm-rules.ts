// Test oracle: what each rule makes of the prices at its steps, in plain float64 loops on plain numbers. It shares no code
// with the models, and not the momentum oracle's numerics either: nothing is cut to 0.

/** Values by parameter key, one an asset; memories in days. */
export type RuleValues = Readonly<Record<string, readonly number[]>>;

const MINUTES_A_DAY = 1440;

/** 1 − λ of a memory: m(λ) = ∛(6λ/(1−λ)³)·2·cp/1440 falls in 1 − λ, so it is found by bisection. */
function decayOf(days: number, chunkPeriod: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 100; i++) {
    const x = (low + high) / 2;
    const m = ((Math.cbrt(6 * (1 - x)) / x) * 2 * chunkPeriod) / MINUTES_A_DAY;
    if (m > days) low = x;
    else high = x;
  }
  return (low + high) / 2;
}

/** Moving averages from row 1 on: E += (p − E)(1 − λ). */
function averages(p: readonly number[], decay: number): number[] {
  let e = p[0];
  return p.slice(1).map((x) => {
    e += (x - e) * decay;
    return e;
  });
}

/** g = (1−λ)³/λ·a/average, a = λa + (p − ewma)/(1 − λ), from row 1 on. */
function gradients(p: readonly number[], decay: number, average = averages(p, decay)): number[] {
  const own = averages(p, decay);
  let a = 0;
  return p.slice(1).map((x, t) => {
    a = (1 - decay) * a + (x - own[t]) / decay;
    return (a * decay ** 3) / ((1 - decay) * average[t]);
  });
}

/** Δw = k ⊙ (s − Σ(k ⊙ s)/Σk) by row. */
function changes(k: readonly number[], signals: readonly (readonly number[])[]): number[][] {
  const total = k.reduce((a, b) => a + b, 0);
  return signals[0].map((_, t) => {
    const centre = k.reduce((sum, ki, i) => sum + ki * signals[i][t], 0) / total;
    return k.map((ki, i) => ki * (signals[i][t] - centre));
  });
}

const signedPower = (g: number, scale: number, exponent: number) =>
  Math.sign(g) * Math.abs(g / (2 * scale)) ** exponent;

function channel(g: readonly [number, number, number], a: number, w: number, e: number, p: number): number {
  const inside = Math.exp(-(g[2] ** 2) / (2 * w ** 2));
  const u = (Math.PI * g[0]) / (3 * w);
  return (-a * inside * (u - u ** 3 / 6)) / 0.5415 + (1 - inside) * signedPower(g[1], p, e);
}

function inverseVariances(paths: readonly (readonly number[])[], decays: readonly number[]): number[][] {
  const inverse = paths.map((p, i) => {
    const r = p.slice(1).map((x, t) => x / p[t] - 1);
    let [mean, v] = [r[0], 0];
    return r.map((x, t) => {
      if (t === 0) return 1;
      const d = x - mean;
      mean += d * decays[i];
      v = (1 - decays[i]) * v + d ** 2 * (1 - decays[i]);
      return 1 / (v * decays[i]);
    });
  });
  return inverse[0].map((_, t) => {
    const total = inverse.reduce((sum, x) => sum + x[t], 0);
    return inverse.map((x) => x[t] / total);
  });
}

/**
 * Outputs of a rule by rule step, the first from the prices of rows 0 and 1 (of the index: of row 0).
 * @param paths prices at the rule's steps, one path an asset
 * @param supplies likewise; the index has an output of the first row too
 */
export function ruleOutputs(
  rule: string,
  paths: readonly (readonly number[])[],
  v: RuleValues,
  chunkPeriod: number,
  supplies: readonly (readonly number[])[],
): number[][] {
  const decays = (key: string) => v[key].map((days) => decayOf(days, chunkPeriod));
  const perDay = (key: string, days: readonly number[]) => v[key].map((x, i) => x * days[i]);
  if (rule === 'market-cap') {
    return paths[0].map((_, t) => {
      const caps = paths.map((p, i) => (p[t] * supplies[i][t]) ** v.tilt[0]);
      const total = caps.reduce((a, b) => a + b, 0);
      return caps.map((x) => x / total);
    });
  }
  if (rule === 'minimum-variance') return inverseVariances(paths, decays('memoryDays'));
  if (rule === 'difference-momentum') {
    const [fast, slow] = [decays('fastMemoryDays'), decays('slowMemoryDays')];
    const longer = v.fastMemoryDays.map((m, i) => Math.max(m, v.slowMemoryDays[i]));
    const gaps = paths.map((p, i) => {
      const [e1, e2] = [averages(p, fast[i]), averages(p, slow[i])];
      return e1.map((e, t) => 1 - e2[t] / e);
    });
    return changes(perDay('k', longer), gaps);
  }
  if (rule === 'triple-threat-mean-reversion-channel') {
    const common = paths.map((p, i) => averages(p, decays('averageMemoryDays')[i]));
    const parts = ['channelMemoryDays', 'trendMemoryDays', 'envelopeMemoryDays'].map((key) =>
      paths.map((p, i) => gradients(p, decays(key)[i], common[i])),
    );
    const a = perDay('amplitude', v.averageMemoryDays);
    const signals = paths.map((_, i) =>
      parts[0][i].map((g0, t) =>
        channel([g0, parts[1][i][t], parts[2][i][t]], a[i], v.width[i], v.exponent[i], v.scale[i]),
      ),
    );
    return changes(perDay('k', v.averageMemoryDays), signals);
  }
  const g = paths.map((p, i) => {
    const average = v.averageMemoryDays && averages(p, decays('averageMemoryDays')[i]);
    return gradients(p, decays('memoryDays')[i], average);
  });
  const k = perDay('k', v.memoryDays);
  if (rule === 'momentum') return changes(k, g);
  if (rule === 'anti-momentum')
    return changes(
      k.map((x) => -x),
      g,
    );
  if (rule === 'power-channel') {
    return changes(
      k,
      g.map((path, i) => path.map((x) => signedPower(x, v.scale[i], Math.max(1, v.exponent[i])))),
    );
  }
  const a = perDay('amplitude', v.memoryDays);
  return changes(
    k,
    g.map((path, i) => path.map((x) => channel([x, x, x], a[i], v.width[i], v.exponent[i], v.scale[i]))),
  );
}
