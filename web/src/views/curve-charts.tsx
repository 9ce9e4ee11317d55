/** Floor 7. The trading curve and its liquidity, at the last row; of which asset the price is varied may be chosen. */
import { formatCompact, formatCompactFigure, formatDate, formatNumber } from 'poolgrad/browser';
import type { Drawn } from '../engine/drawing.js';
import { Chart } from '../plots/chart.js';
import { curvePicture, liquidityPicture } from '../plots/curve.js';
import { view } from '../state.js';

function AssetChoice({ assets }: { readonly assets: readonly string[] }) {
  return (
    <label class="choice">
      Price of{' '}
      <select
        value={Math.min(view.value.asset, assets.length - 1)}
        onChange={(e) => {
          view.value = { ...view.value, asset: Number(e.currentTarget.value) };
        }}
      >
        {assets.map((name, i) => (
          <option key={name} value={i}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function CurveCharts({ now }: { readonly now: Drawn }) {
  const { curve, time, assets } = now;
  if (curve === null) return <p class="doc">A pool whose parameters follow series has no trading curve of its own.</p>;
  const { asset, against, at, price, x, liquidity } = curve;
  const other = against === '' ? 'value of all else' : against;
  const when = formatDate(time[time.length - 1]);
  const holds = `${formatCompactFigure(at[0])} ${asset}, ${formatCompactFigure(at[1])} ${against === '' ? 'of value in all else' : against}`;
  const short = (x: number) => formatCompact(x);
  const ticks = { x: short, y: short };
  const here = liquidity[Math.floor(liquidity.length / 2)];
  const unit = against === '' ? '' : ` ${against}`;
  const said = `a move of the price by 1% trades ${formatCompactFigure(here)} at ${formatNumber(price)}${unit}`;
  return (
    <>
      <Chart
        title="Trading curve"
        text={`on ${when} the pool holds ${holds}; the curve leads to ${formatCompactFigure(x[0])} ${asset} at the lowest price drawn and ${formatCompactFigure(x[x.length - 1])} at the highest`}
        height={220}
        of={curve}
        picture={(room) => curvePicture(room, curve, ticks)}
      >
        <p class="keys">
          {other} by {asset}, on {when}
        </p>
        {assets.length > 1 && <AssetChoice assets={assets} />}
      </Chart>
      <Chart
        title="Liquidity by price"
        text={said}
        height={220}
        of={curve}
        picture={(room) => liquidityPicture(room, curve, ticks)}
      >
        <p class="keys">{said}</p>
      </Chart>
    </>
  );
}
