//! What benches share: made-up telemetry, and fair contests.
#![allow(dead_code, reason = "each bench uses its part of these helpers")]

pub mod contest;
pub mod telemetry;
