//! What benches share: made-up telemetry, and fair contests.
#![allow(dead_code, reason = "each bench uses its part of these helpers")]
#![allow(
    clippy::cast_precision_loss,
    reason = "what is printed has three digits"
)]

pub mod contest;
pub mod hand;
pub mod telemetry;
