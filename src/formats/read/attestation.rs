//! What attestations have in common, whichever wrapper they come in: the DSSE envelope, the
//! certificate of who signed, and how both name the build.
//!
//! An envelope stands alone or inside a Sigstore bundle; a certificate stands in a bundle or beside
//! an envelope's signature; and provenance names runs and workflows as certificates do. Read twice,
//! they would differ where it matters: in the digest that ties an envelope to its statement. What
//! this is not: a check of signatures, or a reader of statements, which are a format of their own.

pub mod base64;
pub mod certificate;
pub mod der;
pub mod envelope;
pub mod workflow;
