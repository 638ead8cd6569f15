//! Who works at acme.

/// A person or a bot, as git and GitHub know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Name in commits.
    pub name: &'static str,
    /// Address in commits; also the name at the cluster and at Vault.
    pub email: &'static str,
    /// GitHub login.
    pub login: &'static str,
    /// GitHub user id.
    pub id: u64,
}

const fn person(name: &'static str, email: &'static str, login: &'static str, id: u64) -> Person {
    Person {
        name,
        email,
        login,
        id,
    }
}

/// Checkout.
pub const DANA: Person = person("Dana Reyes", "dana@acme.example", "dana-reyes", 48_113_902);
/// Checkout, lead.
pub const MEI: Person = person("Mei Lin", "mei@acme.example", "meilin", 22_908_417);
/// Payments.
pub const JONAS: Person = person("Jonas Weber", "jonas@acme.example", "jweber", 31_570_226);
/// Catalog; on call on 29 October.
pub const PRIYA: Person = person("Priya Nair", "priya@acme.example", "priya-nair", 57_240_881);
/// Web.
pub const TOM: Person = person("Tom Okafor", "tom@acme.example", "tokafor", 40_662_135);
/// The GitHub App as which coding agents open pull requests.
pub const AGENT: Person = person(
    "acme-agent",
    "acme-agent@users.noreply.github.com",
    "acme-agent[bot]",
    190_245_118,
);
/// GitHub's own committer of merges.
pub const GITHUB: Person = person("GitHub", "noreply@github.com", "web-flow", 19_864_447);
/// The identity of workflows.
pub const ACTIONS: Person = person(
    "github-actions",
    "41898282+github-actions[bot]@users.noreply.github.com",
    "github-actions[bot]",
    41_898_282,
);
