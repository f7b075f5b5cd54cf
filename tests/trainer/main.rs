//! Tests of `trainer`.
