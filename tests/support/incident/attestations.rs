//! `attestations/`: the release workflow's statement about each image, in a signed envelope, and the
//! key to check it with. The private half is made from a text in this file: it signs nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::clock;
use super::files::Files;
use super::github::{ORGANIZATION, REPOSITORY_ID};
use super::ids;
use super::story::REPOSITORY;
use super::world::{Ship, World, image_name};

/// Media type of what the envelopes hold.
const STATEMENT: &str = "application/vnd.in-toto+json";
/// What DER says before the 32 bytes of an Ed25519 public key (RFC 8410).
const ED25519: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Writes the folder, and the policy that names the key.
pub fn write(world: &World, files: &mut Files) {
    let key = SigningKey::from_bytes(&ids::hash("acme release workflow, sample key"));
    let public = [ED25519.as_slice(), key.verifying_key().as_bytes()].concat();
    let key_id = ids::hex(&sha256(&public));
    for ship in &world.ships {
        let envelope = envelope(&statement(world, ship), &key, &key_id);
        files.lines(
            &format!("attestations/{}.intoto.jsonl", ship.release.tag()),
            [&envelope],
        );
    }
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(&public)
    );
    files.put("attestations/signing-key.pub", pem);
    files.put(
        "policy.yaml",
        include_str!("policy.yaml").replace("{key}", &key_id),
    );
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).into()
}

/// DSSE v1: the signature is over type and body, each with its length before it.
fn envelope(statement: &Value, key: &SigningKey, key_id: &str) -> Value {
    let body = statement.to_string();
    let signed = format!(
        "DSSEv1 {} {STATEMENT} {} {body}",
        STATEMENT.len(),
        body.len()
    );
    let signature = key.sign(signed.as_bytes());
    json!({
        "payloadType": STATEMENT,
        "payload": STANDARD.encode(body),
        "signatures": [{"keyid": key_id, "sig": STANDARD.encode(signature.to_bytes())}],
    })
}

/// An in-toto statement with SLSA provenance.
fn statement(world: &World, ship: &Ship) -> Value {
    let repository = format!("https://github.com/{REPOSITORY}");
    let workflow = ".github/workflows/release.yml";
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{
            "name": image_name(ship.release.service),
            "digest": {"sha256": ship.digest.trim_start_matches("sha256:")},
        }],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": {
                    "workflow": {"ref": "refs/heads/main", "repository": repository, "path": workflow},
                },
                "internalParameters": {
                    "github": {
                        "event_name": "push",
                        "repository_id": REPOSITORY_ID.to_string(),
                        "repository_owner_id": ORGANIZATION.to_string(),
                        "runner_environment": "self-hosted",
                    },
                },
                "resolvedDependencies": [{
                    "uri": format!("git+{repository}@refs/heads/main"),
                    "digest": {"gitCommit": world.source(ship).merged},
                }],
            },
            "runDetails": {
                "builder": {"id": format!("{repository}/{workflow}@refs/heads/main")},
                "metadata": {
                    "invocationId": format!("{repository}/actions/runs/{}/attempts/{}", ship.run, ship.release.attempts),
                    "startedOn": clock::seconds(ship.started),
                    "finishedOn": clock::seconds(ship.built),
                },
            },
        },
    })
}
