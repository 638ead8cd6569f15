//! How GitHub Actions names a run and a workflow, in provenance as in certificates.

/// A run of a workflow, from the address of its page or of one attempt.
pub struct Run<'a> {
    /// Address of the repository.
    pub repository: &'a str,
    /// Run id.
    pub id: String,
    /// Attempt, where the address is that of one.
    pub attempt: Option<i64>,
}

impl<'a> Run<'a> {
    /// Reads `https://github.com/acme/shop/actions/runs/42/attempts/3`, on any host.
    pub fn from_url(url: &'a str) -> Option<Self> {
        let (repository, rest) = url.split_once("/actions/runs/")?;
        let mut parts = rest.split(['/', '?', '#']);
        let id = parts.next().filter(|id| is_number(id))?.to_owned();
        let attempt = parts
            .next()
            .filter(|part| *part == "attempts")
            .and(parts.next());
        Some(Self {
            repository,
            id,
            attempt: attempt.and_then(|number| number.parse().ok()),
        })
    }
}

/// True for the digits of a run id or an attempt.
pub fn is_number(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The path of a workflow's file, from the path itself, `acme/shop/<path>@<ref>`, or the address of
/// either. `None` for a workflow's display name, which some generators put in the same place.
pub fn workflow_path(text: &str) -> Option<&str> {
    const FOLDER: &str = ".github/workflows/";
    let path = text
        .find(FOLDER)
        .and_then(|at| text.get(at..))
        .unwrap_or(text);
    let path = path.split('@').next()?;
    let (_, ending) = path.rsplit_once('.')?;
    (matches!(ending, "yml" | "yaml") && !path.contains([' ', ':'])).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_read_from_their_addresses() {
        let run = |url: &str| Run::from_url(url).map(|run| (run.id, run.attempt));
        let page = "https://github.com/acme/shop/actions/runs/42";
        assert_eq!(run(page), Some(("42".into(), None)));
        assert_eq!(
            run(&format!("{page}/attempts/3")),
            Some(("42".into(), Some(3)))
        );
        assert_eq!(run(&format!("{page}/job/7")), Some(("42".into(), None)));
        assert_eq!(
            run("https://github.com/acme/shop/actions/runs/latest"),
            None
        );
        assert_eq!(run("https://ci.example/42"), None);
    }

    #[test]
    fn workflow_paths_are_told_from_names() {
        let path = ".github/workflows/release.yml";
        for text in [
            path.to_owned(),
            format!("acme/shop/{path}@refs/heads/main"),
            format!("https://github.com/acme/shop/{path}@refs/heads/main"),
        ] {
            assert_eq!(workflow_path(&text), Some(path), "{text}");
        }
        assert_eq!(workflow_path("cloudbuild.yaml"), Some("cloudbuild.yaml"));
        assert_eq!(workflow_path("Release it.yml"), None);
        assert_eq!(workflow_path("Dockerfile"), None);
    }
}
