//! Tests of `painter`.
