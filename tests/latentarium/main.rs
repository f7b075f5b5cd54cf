//! Tests of `latentarium`.
