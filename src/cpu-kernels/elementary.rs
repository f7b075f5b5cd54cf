//! Elementary functions that the compiler can turn into vector instructions, and the means to make it do so.

use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E};

/// Runs `work` in the widest vector instructions that this processor has. Only what is inlined is compiled for these: `work` is to be
/// marked `#[inline(always)] || …`, and so is what it calls.
#[inline(always)]
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    macerator::Arch::new().dispatch(work)
}

/// eˣ with a relative error below 2e-7 where the result is a normal number; 0 below, at most 2¹²⁷ above. NaN stays NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Cody and Waite: eˣ = 2ⁿ · eʳ with n = round(x / ln 2) and |r| ≤ ln 2 / 2; ln 2 in two parts, of which n times the first is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // Adding 1.5 · 2²³ leaves no bits for a fraction: the sum is rounded, and its lowest bits are n.
    const ROUND: f32 = 12_582_912.0;
    let below = x < -87.0;
    let x = x.clamp(-87.0, 88.0);
    let rounded = x * LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    // Cephes' expf.
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    let power = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    if below { 0.0 } else { p * power }
}

/// x · σ(x)
#[inline(always)]
pub fn silu(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

/// x · Φ(x), the exact GELU ("Gaussian Error Linear Units", eq. 1), with an error below 1e-6 · max(1, |x|).
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * FRAC_1_SQRT_2))
}

/// The error function with an error below 5e-7: the rational approximation of Eigen's `erf_float`, odd over even.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let odd = -2.726_142_3e-10;
    let odd = odd * square + 2.770_681_4e-8;
    let odd = odd * square - 2.101_024e-6;
    let odd = odd * square - 5.692_506_5e-5;
    let odd = odd * square - 7.349_906_3e-4;
    let odd = odd * square - 2.954_6e-3;
    let odd = odd * square - 1.609_603_3e-2;
    let even = -1.456_607_2e-5;
    let even = even * square - 2.133_740_6e-4;
    let even = even * square - 1.682_827e-3;
    let even = even * square - 7.373_329_2e-3;
    let even = even * square - 1.426_473_9e-2;
    x * odd / even
}
