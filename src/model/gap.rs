//! Evidence that a release should have and has not, in the form that contract `gaps` prints.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something expected and absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// `service@version/environment`.
    pub release: String,
    /// What was expected: a hop of the chain, or `telemetry`, `traces`, `signature`.
    pub expected: String,
    /// `never_produced`, `not_exported`, `expired`, `sampled_out`, `removed` or `unlinkable`.
    pub state: String,
    /// How that is known.
    pub why: String,
    /// What cannot be claimed without it.
    pub blocks: Vec<String>,
    /// The command or setting that would bring it.
    pub how_to_get: String,
    /// Where the evidence tells of the gap.
    pub citations: Vec<Value>,
}
