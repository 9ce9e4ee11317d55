/** Floor 5. Export `hjb` as Rust: the framework's structs with trained numbers, and a function that quotes the law. */
import type { HjbDocument } from './hjb.js';

/** A float literal that reads back to the same double; a quote that is not there is NaN. */
const float = (x: number | null): string => {
  if (x === null) return 'f64::NAN';
  const text = String(x);
  return /[.e]/.test(text) ? text : `${text}.0`;
};

const row = (xs: readonly (number | null)[]): string => `[${xs.map(float).join(', ')}]`;

/** [state][elapsed][inventory] as nested arrays. */
const table = (name: string, doc: string, xs: readonly (readonly (readonly (number | null)[])[])[]): string => {
  const [states, times, lots] = [xs.length, xs[0].length, xs[0][0].length];
  const body = xs.map((rows) => `    [\n${rows.map((r) => `        ${row(r)},\n`).join('')}    ],\n`).join('');
  return `/// ${doc}\npub const ${name}: [[[f64; ${lots}]; ${times}]; ${states}] = [\n${body}];\n`;
};

const TUNING = [
  'skew_adjustment_factor',
  'adverse_selection_adjustment_factor',
  'adverse_selection_lambda',
  'inventory_urgency_threshold',
  'liquidation_rate_multiplier',
  'min_spread_base_ratio',
  'adverse_selection_spread_scale',
] as const;

function tuningText({ TuningParams: t, half_spread_bps: base }: HjbDocument): string {
  if (t === null) return '';
  const fields = TUNING.map((name) => `    pub ${name}: f64,\n`).join('');
  const values = TUNING.map((name) => `    ${name}: ${float(t[name])},\n`).join('');
  return `
/// Coefficients of apply_state_adjustments, as trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TuningParams {
${fields}}

pub const TUNING: TuningParams = TuningParams {
${values}};

pub const HALF_SPREAD_BPS: f64 = ${float(base)};
`;
}

/** A module without dependencies; equal documents give equal text. */
export function hjbRust(d: HjbDocument): string {
  const bp = d.midPrice * 1e-4;
  const bps = (xs: readonly (readonly (readonly (number | null)[])[])[]) =>
    xs.map((rows) => rows.map((r) => r.map((x) => (x === null ? null : x / bp))));
  const { inventories, elapsed, bid, ask, take } = d.law;
  const regimes = d.regimes
    .map(
      (r) =>
        `    Regime {\n        hjb: HJBComponents { lambda_base: ${float(r.lambda_base)}, phi: ${float(r.phi)}, taker_fee_bps: ${float(r.taker_fee_bps)} },\n        value_function_phi: ${float(r.phi)},\n        beta: ${float(r.beta)},\n        lob_imbalance: ${float(r.lob_imbalance)},\n    },\n`,
    )
    .join('');
  return `// ${d.assets.join(', ')}: a maker trained by poolgrad (policy ${d.policy}), for the Hyperliquid HJB framework.
// {"format": "poolgrad/hjb"}
// Offsets are in basis points of the mid. Quote by \`quote\`: the structs describe the market, and are no law.

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HJBComponents {
    pub lambda_base: f64,
    pub phi: f64,
    pub taker_fee_bps: f64,
}

/// The framework's numbers in a state of the market. \`beta\` is a constant .1 there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regime {
    pub hjb: HJBComponents,
    pub value_function_phi: f64,
    pub beta: f64,
    pub lob_imbalance: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ControlVector {
    pub ask_offset_bps: f64,
    pub bid_offset_bps: f64,
    pub taker_sell_rate: f64,
    pub taker_buy_rate: f64,
}

pub const MID_PRICE: f64 = ${float(d.midPrice)};
pub const TERMINAL_TIME: f64 = ${float(d.terminal_time)};
pub const MAX_ABSOLUTE_POSITION_SIZE: f64 = ${float(d.max_absolute_position_size)};

pub const REGIMES: [Regime; ${d.regimes.length}] = [
${regimes}];
${tuningText(d)}
/// Inventory in lots of the first column; the others follow by one lot.
pub const FIRST_INVENTORY: f64 = ${float(inventories[0])};
${table('BID_OFFSET_BPS', 'Offsets of the bid by regime, time and inventory; NaN: no bid.', bps(bid))}
${table('ASK_OFFSET_BPS', 'Offsets of the ask; NaN: no ask.', bps(ask))}
${table('TAKER_RATE', 'Lots a second that are taken towards no inventory.', take)}
/// The law at the nearest regime, time (share of it that is gone, 0 to 1) and inventory. An offset that is NaN is no quote.
pub fn quote(regime: usize, elapsed: f64, inventory: f64) -> ControlVector {
    let state = regime.min(${d.regimes.length - 1});
    let time = (elapsed.clamp(0.0, 1.0) * ${float(elapsed.length - 1)}).round() as usize;
    let lot = (inventory - FIRST_INVENTORY).round().clamp(0.0, ${float(inventories.length - 1)}) as usize;
    let rate = TAKER_RATE[state][time][lot];
    ControlVector {
        ask_offset_bps: ASK_OFFSET_BPS[state][time][lot],
        bid_offset_bps: BID_OFFSET_BPS[state][time][lot],
        taker_sell_rate: if inventory > 0.0 { rate } else { 0.0 },
        taker_buy_rate: if inventory < 0.0 { rate } else { 0.0 },
    }
}
`;
}
