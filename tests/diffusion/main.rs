//! Tests of `diffusion`.
