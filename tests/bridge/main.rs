//! Tests of `bridge`.
