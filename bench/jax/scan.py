"""The pool of the bench as one would write it in JAX: geometric-mean, with a fee, its weights by the momentum rule, two
arbitrages a minute, scored by the Sharpe ratio of daily logarithmic returns. Sets are a vmap, time is lax.scan; days and
minutes are checkpointed, so that a gradient keeps the reserves of each day, and of each minute of one day.

    python bench/jax/scan.py --sets 1000 --minutes 20161

prints pool-steps a second as JSON. Raw numbers of a set: logits of the first weights (n), of the fee (1), of the rule's
decays (n), logarithms to base 2 of k (n). --numpy: set by set in NumPy, without a gradient.
"""
import argparse
import json
import math
import time
from types import SimpleNamespace

import numpy as np

DAY = 1440
MAX_MEMORY_DAYS = 365
MAXIMUM_CHANGE = 3e-4
START_VALUE = 1e6


def plain_scan(step, carry, xs):
    ys = []
    for x in zip(*xs):
        carry, y = step(carry, x)
        ys.append(y)
    return carry, np.array(ys)


def logistic(xp, x):
    return 1 / (1 + xp.exp(-x))


def decay_of(days):
    """1 - lambda of a memory: the real root x of s x^3 + x - 1 = 0, s = (days/2)^3/6 (steps of a day)."""
    root = math.sqrt(3 * (days / 2) ** 3 / 6)
    return 2 / root * math.sinh(math.asinh(1.5 * root) / 3)


def rule(a, raw, daily):
    """Changes of the weights, by day: momentum of the daily prices, in the memory of each asset."""
    xp, n = a.xp, daily.shape[1]
    decay = logistic(xp, -raw[n + 1 : 2 * n + 1])
    lam = logistic(xp, raw[n + 1 : 2 * n + 1])
    days = xp.minimum((6 * lam) ** (1 / 3) / decay * 2, MAX_MEMORY_DAYS)
    longest = decay_of(MAX_MEMORY_DAYS)
    lam, decay = xp.where(decay < longest, 1 - longest, lam), xp.maximum(decay, longest)
    k = 2 ** raw[2 * n + 1 :] * days

    def step(carry, x):
        (ewma, trend), (price,) = carry, x
        ewma = ewma + (price - ewma) * decay
        trend = lam * trend + (price - ewma) / decay
        trend = xp.where(xp.abs(trend) < 1e-13 * ewma, 0.0, trend)
        g = trend * decay**3 / (lam * ewma)
        return (ewma, trend), k * (g - xp.sum(k * g) / xp.sum(k))

    return a.scan(step, (daily[0] + 0 * decay, 0 * decay), (daily[1:],))[1]


def day_change(xp, weights, change):
    """Change of the weights a minute: towards a target above the least weight, no faster than allowed."""
    n = weights.shape[0]
    low, high = 0.1 / n, 1 - (n - 1) * 0.1 / n
    target = (weights + change) / xp.sum(weights + change)
    below = False
    for _ in range(n - 1):
        below = below | (target < low)
        target = xp.where(below, low, xp.minimum(target, high))
        rest = xp.sum(xp.where(below, 0.0, target))
        target = xp.where(below, low, target * (1 - low * xp.sum(below)) / rest)
    diff = (target - weights) / DAY
    largest = xp.max(xp.abs(diff))
    return diff * xp.where(largest > MAXIMUM_CHANGE, MAXIMUM_CHANGE / (largest + 1e-10), 1.0)


def arbitrage(xp, reserves, weights, prices, fee):
    """The trade that gains an arbitrageur most.

    With u = ln(R p/w) the logarithm of the reserves that the invariant sees moves into [x + ln gamma, x], where x is the root
    of the increasing, piecewise linear f(x) = sum w (max(0, x + ln gamma - u) + min(0, x - u)): among its corners.
    """
    gamma, level = 1 - fee, xp.log(1 - fee)
    q = reserves * prices / weights
    r = q / xp.min(q)
    u = xp.log(r)
    corners = xp.concatenate([u, u - level])
    at = corners[:, None]
    f = xp.sum(weights * (xp.maximum(0, at + level - u) + xp.minimum(0, at - u)), axis=1)
    low = xp.max(xp.where(f <= 0, corners, -xp.inf))
    high = xp.min(xp.where(f >= 0, corners, xp.inf))
    middle = 0.5 * (low + high)
    paid, taken = u <= middle + level, middle < u
    mass = xp.where(paid | taken, weights, 0.0)
    x = xp.sum(mass * (u - xp.where(paid, level, 0.0))) / xp.maximum(xp.sum(mass), 1e-30)
    after = xp.exp(x) * xp.where(paid, gamma, 1.0)
    # the fee on what is paid in stays in the pool
    growth = xp.where(paid | taken, (after - r) / r, 0.0) * xp.where(paid, 1 / gamma, 1.0)
    trades = xp.min(q) < gamma * xp.max(q)
    return xp.where(trades, reserves * (1 + growth), reserves)


def score(a, raw, prices, first, days):
    """sqrt(365) mean/(std + 1e-8) of the daily logarithmic returns of one set, over some days from a row on."""
    xp, n = a.xp, prices.shape[1]
    logits = xp.exp(raw[:n] - xp.max(raw[:n]))
    weights, fee = logits / xp.sum(logits), logistic(xp, raw[n])
    base = first // DAY
    # the weights rest on the first day; then day d follows what the rule makes of the prices up to its first minute's day
    changes = rule(a, raw, prices[: (base + days) * DAY : DAY])[base : base + days - 1]
    changes = xp.concatenate([xp.zeros((1, n)), changes])
    minutes = prices[first + 1 : first + 1 + days * DAY].reshape(days, DAY, n)

    def day(carry, x):
        (weights, reserves), (change, moves, prices_of_day) = carry, x
        diff = day_change(xp, weights, change) * moves

        def minute(reserves, x):
            price, j = x
            reserves = arbitrage(xp, reserves, weights + j * diff, price, fee)
            return arbitrage(xp, reserves, weights + (j + 1) * diff, price, fee), 0.0

        clock = xp.arange(DAY, dtype=prices.dtype)
        reserves, _ = a.scan(a.checkpoint(minute), reserves, (prices_of_day, clock))
        return (weights + DAY * diff, reserves), xp.sum(reserves * prices_of_day[-1])

    start = (weights, START_VALUE * weights / prices[first])
    _, values = a.scan(a.checkpoint(day), start, (changes, xp.arange(days) > 0, minutes))
    logs = xp.log(xp.concatenate([xp.full(1, START_VALUE), values]) + 1e-12)
    returns = logs[1:] - logs[:-1]
    return math.sqrt(365) * xp.mean(returns) / (xp.std(returns) + 1e-8)


def with_numpy(raw, prices, first, days):
    a = SimpleNamespace(xp=np, scan=plain_scan, checkpoint=lambda f: f)
    return {"scores": [float(score(a, x, prices, first, days)) for x in raw.T]}


def with_jax(raw, prices, first, days):
    import jax

    jax.config.update("jax_enable_x64", True)
    a = SimpleNamespace(xp=jax.numpy, scan=jax.lax.scan, checkpoint=jax.checkpoint)
    scores = jax.vmap(lambda x, p: score(a, x, p, first, days), in_axes=(1, None))
    forward = jax.jit(scores)

    def total(x, p):
        found = scores(x, p)
        return jax.numpy.sum(found), found

    gradient = jax.jit(jax.value_and_grad(total, has_aux=True))
    given = jax.device_put((raw, prices))
    steps = raw.shape[1] * (days * DAY + 1)

    def timed(call):
        times = []
        for _ in range(4):
            start = time.perf_counter()
            found = jax.block_until_ready(call(*given))
            times.append(time.perf_counter() - start)
        # the first run compiles
        return found, times[0] - min(times[1:]), steps / min(times[1:])

    found, compiling, forward_rate = timed(forward)
    (_, slopes), compiling_gradient, gradient_rate = timed(gradient)
    rates = {"forward": forward_rate, "gradient": gradient_rate, "compileSeconds": [compiling, compiling_gradient]}
    numbers = {"scores": np.asarray(found).tolist(), "firstGradient": np.asarray(slopes)[:, 0].tolist()}
    return {"jax": jax.__version__, "device": str(jax.devices()[0]), **rates, **numbers}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--sets", type=int, default=1000)
    add("--minutes", type=int, default=14 * DAY + 1, help="the first, and whole days of them")
    add("--first", type=int, default=30 * DAY, help="row of the first minute, at the start of a day")
    add("--assets", type=int, default=3)
    add("--prices", help="file of float64, little-endian, [rows][assets]; absent: a random walk")
    add("--raw", help="file of float64, little-endian, [columns][sets]; absent: sets that differ little")
    add("--numpy", action="store_true", help="in NumPy, values only")
    o = parser.parse_args()
    days, random = (o.minutes - 1) // DAY, np.random.default_rng(7)
    if o.prices:
        prices = np.fromfile(o.prices, "<f8").reshape(-1, o.assets)
    else:
        moves = 0.001 * random.standard_normal((o.first + days * DAY + 1, o.assets))
        prices = 100 * np.exp(np.cumsum(moves, axis=0))
    if o.raw:
        raw = np.fromfile(o.raw, "<f8").reshape(-1, o.sets)
    else:
        ten_days, fee = math.log(1 / decay_of(10) - 1), math.log(0.003 / 0.997)
        start = np.repeat([0, fee, ten_days, 0], [o.assets, 1, o.assets, o.assets])
        raw = start[:, None] + 0.2 * random.random(o.sets)
    found = (with_numpy if o.numpy else with_jax)(raw, prices, o.first, days)
    print(json.dumps({"sets": o.sets, "minutes": days * DAY + 1, **found}))


main()
