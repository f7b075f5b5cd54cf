//! A latent: the small picture the UNet works on, [1, 4, height/8, width/8] in Stable Diffusion. It starts as the noise drawn here.

use std::f32::consts::TAU;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// Standard normal noise, bit for bit what `torch.manual_seed(seed); torch.randn(shape)` gives on an x86-64 CPU with AVX2
/// (PyTorch 2.9), in row-major order. A seed thus means the same picture here, in diffusers and in the browser.
///
/// PyTorch uses the low 32 bits of the seed. On other CPUs it takes its logarithms and sines from the C library instead, which
/// moves single numbers by less than 3e-6. Fewer than 16 numbers are drawn in double precision; for those the platform's own
/// `ln_1p`, `sin` and `cos` are used, whose last bit seldom survives the rounding to `f32`.
pub fn randn(seed: u64, shape: [usize; 4]) -> Vec<f32> {
    NoiseGenerator::new(seed).randn(shape)
}

/// A source of noise that goes on: each draw equals that of one `torch.Generator`, so samplers that add noise at every step make
/// diffusers' pictures too.
#[derive(Clone)]
pub struct NoiseGenerator(MersenneTwister);

impl std::fmt::Debug for NoiseGenerator {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("NoiseGenerator")
    }
}

impl NoiseGenerator {
    /// As `torch.manual_seed`.
    pub fn new(seed: u64) -> Self {
        Self(MersenneTwister::new(seed))
    }

    /// The next standard normal numbers; see [`randn`].
    pub fn randn(&mut self, shape: [usize; 4]) -> Vec<f32> {
        let Self(engine) = self;
        let size = shape.iter().product();
        if size < BLOCK {
            return few_normals(engine, size);
        }
        let mut noise: Vec<f32> = (0..size).map(|_| engine.uniform()).collect();
        noise.chunks_exact_mut(BLOCK).for_each(box_muller);
        if size % BLOCK != 0 {
            // The last block ends where the tensor ends: it overlaps the one before and is drawn anew.
            let last = &mut noise[size - BLOCK..];
            last.fill_with(|| engine.uniform());
            box_muller(last);
        }
        noise
    }
}

/// PyTorch turns uniform numbers into normal ones 16 at a time: 8 radii from the first half, 8 angles from the second.
const BLOCK: usize = 16;

/// Box–Muller in place: √(−2 ln(1 − u₁)) · (cos, sin)(2π u₂), uniform numbers in, normal ones out.
fn box_muller(block: &mut [f32]) {
    let (radii, angles) = block.split_at_mut(BLOCK / 2);
    for (u1, u2) in radii.iter_mut().zip(angles) {
        let radius = (-2.0 * ln(1.0 - *u1)).sqrt();
        let (sin, cos) = sin_cos(TAU * *u2);
        // Adding zero is PyTorch's mean: it turns −0 into 0.
        *u1 = radius * cos + 0.0;
        *u2 = radius * sin + 0.0;
    }
}

/// PyTorch's path for fewer than 16 numbers: double precision, two numbers from each pair of uniform ones.
fn few_normals(engine: &mut MersenneTwister, size: usize) -> Vec<f32> {
    let mut noise = Vec::with_capacity(size + 1);
    while noise.len() < size {
        let (u1, u2) = (engine.uniform_f64(), engine.uniform_f64());
        let radius = (-2.0 * (-u2).ln_1p()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * u1).sin_cos();
        noise.extend([(radius * cos) as f32, (radius * sin) as f32]);
    }
    noise.truncate(size);
    noise
}

/// The natural logarithm of a positive normal number, in the arithmetic of PyTorch's `avx_mathfun.h` (after Cephes' `logf`).
#[expect(clippy::excessive_precision, reason = "the digits as Cephes gives them")]
fn ln(x: f32) -> f32 {
    const P: [f32; 9] = [
        7.0376836292e-2,
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    ];
    // ln 2 = Q2 + Q1
    const Q1: f32 = -2.12194440e-4;
    const Q2: f32 = 0.693359375;

    // x = mantissa · 2^exponent with the mantissa in ½..1, then in √½..√2
    let mut exponent = (x.to_bits() >> 23) as f32 - 126.0;
    let mut mantissa = f32::from_bits(x.to_bits() & 0x007f_ffff | 0x3f00_0000);
    if mantissa < std::f32::consts::FRAC_1_SQRT_2 {
        exponent -= 1.0;
        mantissa += mantissa;
    }
    let x = mantissa - 1.0;
    let z = x * x;
    let y = P[1..].iter().fold(P[0], |y, &p| y.mul_add(x, p)) * x;
    let y = y.mul_add(z, exponent * Q1) - 0.5 * z;
    exponent.mul_add(Q2, x + y)
}

/// Sine and cosine of a number that is not negative, in the arithmetic of PyTorch's `avx_mathfun.h` (after Cephes' `sinf`).
#[expect(clippy::excessive_precision, reason = "the digits as Cephes gives them")]
fn sin_cos(x: f32) -> (f32, f32) {
    const FOUR_OVER_PI: f32 = 1.27323954473516;
    // π/4 in three parts, so that little is lost when many of them are taken away
    const QUARTER: [f32; 3] = [0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8];
    const SIN: [f32; 3] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
    const COS: [f32; 3] = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];

    let octant = ((FOUR_OVER_PI * x) as u32 + 1) & !1;
    let x = QUARTER.iter().fold(x, |x, &part| (-(octant as f32)).mul_add(part, x));
    let z = x * x;
    let cos = COS[0].mul_add(z, COS[1]).mul_add(z, COS[2]) * z;
    let cos = cos.mul_add(z, -0.5 * z) + 1.0;
    let sin = SIN[0].mul_add(z, SIN[1]).mul_add(z, SIN[2]) * z;
    let sin = sin.mul_add(x, x);
    match octant & 6 {
        0 => (sin, cos),
        2 => (cos, -sin),
        4 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// The random number generator mt19937, seeded as PyTorch seeds it.
#[derive(Clone)]
struct MersenneTwister {
    state: [u32; Self::N],
    next: usize,
}

impl MersenneTwister {
    const N: usize = 624;
    const M: usize = 397;

    fn new(seed: u64) -> Self {
        let mut state = [seed as u32; Self::N];
        for i in 1..Self::N {
            let previous = state[i - 1];
            state[i] = (previous ^ previous >> 30).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { state, next: Self::N }
    }

    fn twist(&mut self) {
        for i in 0..Self::N {
            let y = self.state[i] & 0x8000_0000 | self.state[(i + 1) % Self::N] & 0x7fff_ffff;
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + Self::M) % Self::N] ^ y >> 1 ^ odd;
        }
        self.next = 0;
    }

    fn next_u32(&mut self) -> u32 {
        if self.next == Self::N {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    /// A multiple of 2⁻²⁴ in 0..1.
    fn uniform(&mut self) -> f32 {
        (self.next_u32() & 0x00ff_ffff) as f32 / (1 << 24) as f32
    }

    /// A multiple of 2⁻⁵³ in 0..1; the first draw gives the high bits.
    fn uniform_f64(&mut self) -> f64 {
        let bits = u64::from(self.next_u32()) << 32 | u64::from(self.next_u32());
        (bits & ((1 << 53) - 1)) as f64 / (1_u64 << 53) as f64
    }
}

/// A picture of a latent without its VAE: each cell's colour is a linear function of its four numbers.
///
/// latent: [batch, 4, height, width], scaled as the UNet has it → [batch, 3, height, width] in 0..1
pub fn rgb_preview<B: Backend>(latent: Tensor<B, 4>, matrix: &LatentRgb) -> Tensor<B, 4> {
    let device = latent.device();
    let weights = Tensor::<B, 5>::from_data(TensorData::new(matrix.weights.concat(), [1, 4, 3, 1, 1]), &device);
    let bias = Tensor::<B, 4>::from_data(TensorData::new(matrix.bias.to_vec(), [1, 3, 1, 1]), &device);
    let rgb = (latent.unsqueeze_dim::<5>(2) * weights).sum_dim(1).squeeze_dim::<4>(1) + bias;
    (rgb * 0.5 + 0.5).clamp(0.0, 1.0)
}

/// What makes colours from latents: rgb = latent · weights + bias, in −1..1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentRgb {
    /// [latent channel][red, green, blue]
    pub weights: [[f32; 3]; 4],
    pub bias: [f32; 3],
}

impl LatentRgb {
    /// Of the VAE that Stable Diffusion 1.x and 2.x share (ComfyUI, `latent_formats.SD15`).
    pub const STABLE_DIFFUSION: Self = Self {
        weights: [[0.3512, 0.2297, 0.3227], [0.3250, 0.4974, 0.2350], [-0.2829, 0.1762, 0.2721], [-0.2120, -0.2616, -0.7177]],
        bias: [0.0; 3],
    };

    /// The best matrix for another VAE, by least squares over pairs of a cell and the mean colour of the pixels that it covers.
    /// `None` if the pairs do not decide it: fewer than five cells, or cells that all lie on a plane.
    ///
    /// latents: [batch, 4, height, width], scaled as the UNet has them; pictures: [batch, 3, height · scale, width · scale] in
    /// 0..1.
    ///
    /// # Panics
    /// If there are not as many numbers as these shapes have.
    pub fn fit(latents: &[f32], pictures: &[f32], [batch, height, width]: [usize; 3], scale: usize) -> Option<Self> {
        let (cells, pixels) = (height * width, height * width * scale * scale);
        assert_eq!(latents.len(), batch * 4 * cells, "latents are [batch, 4, height, width]");
        assert_eq!(pictures.len(), batch * 3 * pixels, "pictures are [batch, 3, height · scale, width · scale]");
        // The normal equations, (XᵀX) M = XᵀY, with a column of ones in X for the bias: five rows of XᵀX | XᵀY.
        let mut equations = [[0.0_f64; 8]; 5];
        for item in 0..batch {
            for cell in 0..cells {
                let mut pair = [1.0; 8];
                for (channel, value) in pair[..4].iter_mut().enumerate() {
                    *value = f64::from(latents[(item * 4 + channel) * cells + cell]);
                }
                for channel in 0..3 {
                    let covered = (0..scale * scale).map(|within| {
                        let row = cell / width * scale + within / scale;
                        let column = cell % width * scale + within % scale;
                        f64::from(pictures[(item * 3 + channel) * pixels + row * width * scale + column])
                    });
                    pair[5 + channel] = covered.sum::<f64>() / (scale * scale) as f64 * 2.0 - 1.0;
                }
                for (row, equation) in equations.iter_mut().enumerate() {
                    equation.iter_mut().zip(pair).for_each(|(sum, value)| *sum += pair[row] * value);
                }
            }
        }
        let solution = solve(equations)?.map(|row| row.map(|value| value as f32));
        let [weights @ .., bias] = solution;
        Some(Self { weights, bias })
    }
}

/// Gaussian elimination with partial pivoting, of five equations with three right-hand sides; `None` if they do not decide.
fn solve(mut equations: [[f64; 8]; 5]) -> Option<[[f64; 3]; 5]> {
    // Below this share of the largest coefficient a pivot is rounding.
    const LEAST_PIVOT: f64 = 1e-12;
    let largest = equations.iter().flat_map(|row| &row[..5]).fold(0.0_f64, |most, value| most.max(value.abs()));
    for step in 0..5 {
        let pivot = (step..5).max_by(|&a, &b| equations[a][step].abs().total_cmp(&equations[b][step].abs()))?;
        equations.swap(step, pivot);
        let pivot = equations[step];
        if pivot[step].is_nan() || pivot[step].abs() <= LEAST_PIVOT * largest {
            return None;
        }
        for (_, row) in equations.iter_mut().enumerate().filter(|(row, _)| *row != step) {
            let factor = row[step] / pivot[step];
            row.iter_mut().zip(pivot).for_each(|(value, above)| *value -= factor * above);
        }
    }
    Some(std::array::from_fn(|row| std::array::from_fn(|side| equations[row][5 + side] / equations[row][row])))
}
