//! What benches share: made-up telemetry, and fair contests.
pub mod contest;
pub mod telemetry;
