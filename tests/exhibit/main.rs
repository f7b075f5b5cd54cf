//! Tests of `exhibit`.
