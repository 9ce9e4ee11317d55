/**
 * Floor 1, webgpu target. float64 in WGSL, which has none: a number is its two words (low, high), and +, −, ×, ÷ work on
 * them by integer arithmetic, which no compiler may reorder. Rounded to nearest even, as IEEE 754 wants, subnormal numbers
 * included; only what meets an infinity or NaN is NaN in any case.
 *
 * It serves differences of the series, which are the same for all lanes, and few (precision.ts).
 */
export const WIDE = `
fn word_product(x: u32, y: u32) -> vec2<u32> {
  let xl = x & 0xffffu;
  let xh = x >> 16u;
  let yl = y & 0xffffu;
  let yh = y >> 16u;
  let middle = xh * yl + ((xl * yl) >> 16u);
  let rest = (middle & 0xffffu) + xl * yh;
  return vec2<u32>(x * y, xh * yh + (middle >> 16u) + (rest >> 16u));
}

fn long_add(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  let low = x.x + y.x;
  return vec2<u32>(low, x.y + y.y + select(0u, 1u, low < x.x));
}

fn long_sub(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(x.x - y.x, x.y - y.y - select(0u, 1u, x.x < y.x));
}

fn long_less(x: vec2<u32>, y: vec2<u32>) -> bool {
  return x.y < y.y || (x.y == y.y && x.x < y.x);
}

// n < 64
fn long_left(x: vec2<u32>, n: u32) -> vec2<u32> {
  if (n >= 32u) { return vec2<u32>(0u, x.x << (n - 32u)); }
  if (n == 0u) { return x; }
  return vec2<u32>(x.x << n, (x.y << n) | (x.x >> (32u - n)));
}

// The lowest bit of the result is set too where a bit that was set is lost: enough to round by.
fn long_right(x: vec2<u32>, n: u32) -> vec2<u32> {
  if (n == 0u) { return x; }
  if (n >= 64u) { return vec2<u32>(select(0u, 1u, (x.x | x.y) != 0u), 0u); }
  var shifted: vec2<u32>;
  if (n >= 32u) { shifted = vec2<u32>(x.y >> (n - 32u), 0u); }
  else { shifted = vec2<u32>((x.x >> n) | (x.y << (32u - n)), x.y >> n); }
  let back = long_left(shifted, n);
  shifted.x |= select(0u, 1u, any(back != x));
  return shifted;
}

const WIDE_NAN = vec2<u32>(0u, 0x7ff80000u);

fn wide_exponent(x: vec2<u32>) -> i32 { return max(i32((x.y >> 20u) & 0x7ffu), 1i); }

fn wide_mantissa(x: vec2<u32>) -> vec2<u32> {
  let isNormal = (x.y & 0x7ff00000u) != 0u;
  return vec2<u32>(x.x, (x.y & 0xfffffu) | select(0u, 0x100000u, isNormal));
}

fn wide_isFinite(x: vec2<u32>) -> bool { return (x.y & 0x7ff00000u) != 0x7ff00000u; }

// ±m·2^(exponent − 1078), rounded; sign: 0 or its bit.
fn wide_rounded(sign: u32, exponent: i32, mantissa: vec2<u32>) -> vec2<u32> {
  var m = mantissa;
  var e = exponent;
  if ((m.x | m.y) == 0u) { return vec2<u32>(0u, sign); }
  // 53 bits and three behind them: the first is to be bit 55
  let zeros = i32(select(countLeadingZeros(m.y), 32u + countLeadingZeros(m.x), m.y == 0u));
  if (zeros > 8i) { m = long_left(m, u32(zeros - 8i)); }
  else { m = long_right(m, u32(8i - zeros)); }
  e = e - (zeros - 8i);
  if (e < 1i) {
    m = long_right(m, u32(1i - e));
    e = 1i;
  }
  let rest = m.x & 7u;
  m = vec2<u32>((m.x >> 3u) | (m.y << 29u), m.y >> 3u);
  if (rest > 4u || (rest == 4u && (m.x & 1u) == 1u)) { m = long_add(m, vec2<u32>(1u, 0u)); }
  if (e >= 2047i) { return vec2<u32>(0u, sign | 0x7ff00000u); }
  // the leading bit adds one to the exponent; a subnormal number has none
  return vec2<u32>(m.x, sign | (m.y + (u32(e - 1i) << 20u)));
}

fn wide_negative(x: vec2<u32>) -> vec2<u32> { return vec2<u32>(x.x, x.y ^ 0x80000000u); }

fn wide_add(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  if (!wide_isFinite(x) || !wide_isFinite(y)) { return WIDE_NAN; }
  let isOrdered = !long_less(vec2<u32>(x.x, x.y & 0x7fffffffu), vec2<u32>(y.x, y.y & 0x7fffffffu));
  let a = select(y, x, isOrdered);
  let b = select(x, y, isOrdered);
  let e = wide_exponent(a);
  let ma = long_left(wide_mantissa(a), 3u);
  let mb = long_right(long_left(wide_mantissa(b), 3u), u32(e - wide_exponent(b)));
  let sign = a.y & 0x80000000u;
  if (sign == (b.y & 0x80000000u)) { return wide_rounded(sign, e, long_add(ma, mb)); }
  let m = long_sub(ma, mb);
  return wide_rounded(select(sign, 0u, (m.x | m.y) == 0u), e, m);
}

fn wide_product(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  if (!wide_isFinite(x) || !wide_isFinite(y)) { return WIDE_NAN; }
  let a = wide_mantissa(x);
  let b = wide_mantissa(y);
  // 106 bits in four words
  let low = word_product(a.x, b.x);
  let middle = long_add(word_product(a.x, b.y), word_product(a.y, b.x));
  let upper = long_add(vec2<u32>(low.y, 0u), vec2<u32>(middle.x, 0u));
  let high = long_add(long_add(word_product(a.y, b.y), vec2<u32>(middle.y, 0u)), vec2<u32>(upper.y, 0u));
  let lost = select(0u, 1u, (low.x | (upper.x & 0x1ffffu)) != 0u);
  let m = vec2<u32>((upper.x >> 17u) | (high.x << 15u) | lost, (high.x >> 17u) | (high.y << 15u));
  return wide_rounded((x.y ^ y.y) & 0x80000000u, wide_exponent(x) + wide_exponent(y) - 1023i, m);
}

// The mantissa with its first bit at 52, and how far it was moved.
fn wide_normal(m: vec2<u32>) -> vec3<u32> {
  let zeros = select(countLeadingZeros(m.y), 32u + countLeadingZeros(m.x), m.y == 0u) - 11u;
  return vec3<u32>(long_left(m, zeros), zeros);
}

fn wide_quotient(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  let sign = (x.y ^ y.y) & 0x80000000u;
  let isZero = (x.x | (x.y & 0x7fffffffu)) == 0u;
  let isByZero = (y.x | (y.y & 0x7fffffffu)) == 0u;
  if (!wide_isFinite(x) || !wide_isFinite(y) || (isZero && isByZero)) { return WIDE_NAN; }
  if (isByZero) { return vec2<u32>(0u, sign | 0x7ff00000u); }
  if (isZero) { return vec2<u32>(0u, sign); }
  let a = wide_normal(wide_mantissa(x));
  let b = wide_normal(wide_mantissa(y));
  var rest = a.xy;
  var m = vec2<u32>(0u, 0u);
  for (var i = 0i; i < 56i; i++) {
    m = long_left(m, 1u);
    if (!long_less(rest, b.xy)) {
      rest = long_sub(rest, b.xy);
      m.x |= 1u;
    }
    rest = long_left(rest, 1u);
  }
  m.x |= select(0u, 1u, (rest.x | rest.y) != 0u);
  return wide_rounded(sign, wide_exponent(x) - i32(a.z) - wide_exponent(y) + i32(b.z) + 1023i, m);
}

fn wide_of(x: i32) -> vec2<u32> {
  return wide_rounded(u32(x) & 0x80000000u, 1078i, vec2<u32>(select(u32(x), 0u - u32(x), x < 0i), 0u));
}

fn narrow(x: vec2<u32>) -> f32 {
  let sign = x.y & 0x80000000u;
  if (!wide_isFinite(x)) { return bitcast<f32>(run.nan); }
  // 24 bits and three behind them
  var e = wide_exponent(x) - 896i;
  var m = long_right(wide_mantissa(x), 26u);
  if (e < 1i) {
    m = long_right(m, u32(min(1i - e, 64i)));
    e = 1i;
  }
  let rest = m.x & 7u;
  var word = m.x >> 3u;
  if (rest > 4u || (rest == 4u && (word & 1u) == 1u)) { word++; }
  word = select(word + (u32(e - 1i) << 23u), 0x7f800000u, e >= 255i);
  return bitcast<f32>(sign | word);
}
`;
