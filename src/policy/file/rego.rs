//! `rego:` of a gate: modules that a team already has, by path or as they stand.

use crate::policy::rego;

use super::error::{Errors, Mistake, choose, quote};
use super::reader::{Fields, Item};

/// Modules that one gate may name.
const MOST_FILES: usize = 16;

/// Where the Rego of a gate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegoText {
    /// Paths of modules, relative to the policy file; at least one.
    Files(Vec<String>),
    /// Written in the policy.
    Inline {
        /// The module.
        text: String,
        /// Lines of the policy file before its first one.
        before: usize,
    },
}

/// A check in Rego. `rego: |` with a module is short for one with `module` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rego {
    /// The modules.
    pub text: RegoText,
    /// Package to ask, with or without `data.` before it; the first module's own where absent.
    pub package: Option<String>,
    /// One rule to ask, as a path such as `data.policy.violations` or as a name in the package;
    /// `allow`, `deny`, `violation` and `violations` where absent.
    pub query: Option<String>,
}

const KEYS: &[&str] = &["module", "file", "package", "query"];

/// Reads the value of `rego:`; `text` is the whole policy's.
pub(super) fn read(item: &Item<'_>, text: &str, errors: &mut Errors) -> Option<Rego> {
    if item.is_scalar() {
        return Some(Rego {
            text: module(item, text, errors)?,
            package: None,
            query: None,
        });
    }
    let fields = item.fields(KEYS, errors)?;
    super::one_of(&fields, &["module", "file"], errors);
    let module = fields.maybe("module", errors, |item, errors| module(item, text, errors));
    let files = fields.maybe("file", errors, files);
    let package = fields.maybe("package", errors, |item, errors| {
        path(item, "package", errors)
    });
    let query = fields.maybe("query", errors, |item, errors| path(item, "rule", errors));
    let text = module.or(files.map(RegoText::Files))?;
    if let RegoText::Inline { text, .. } = &text {
        own_package(&fields, text, package.as_deref(), query.as_deref(), errors);
    }
    if let (Some(package), Some(query)) = (&package, &query)
        && query.starts_with("data.")
        && !query.starts_with(&format!("{}.", full(package)))
    {
        let problem = format!(
            "The rule {} is not in the package {}.",
            quote(query),
            quote(package)
        );
        fields.conflict(
            "package",
            problem,
            "Take `package` out, or name a rule of it.",
            errors,
        );
    }
    Some(Rego {
        text,
        package,
        query,
    })
}

fn full(package: &str) -> String {
    format!("data.{}", package.strip_prefix("data.").unwrap_or(package))
}

fn module(item: &Item<'_>, text: &str, errors: &mut Errors) -> Option<RegoText> {
    let module = item.text(errors)?;
    if module.len() > rego::LARGEST {
        let problem = format!("This module has {} bytes.", module.len());
        let hint = format!("Write at most {}.", rego::LARGEST);
        item.note(Mistake::TooLarge, problem, hint, errors);
        return None;
    }
    if rego::package(&module).is_none() {
        let hint = "Begin the module with `package` and its name, and write it after `|`.";
        item.note(
            Mistake::BadText,
            "This module names no package.",
            hint,
            errors,
        );
        return None;
    }
    Some(RegoText::Inline {
        before: item.lines_before(text),
        text: module,
    })
}

fn files(item: &Item<'_>, errors: &mut Errors) -> Option<Vec<String>> {
    let items = item.some(errors);
    if items.len() > MOST_FILES {
        let problem = format!("This list has {} files.", items.len());
        let hint = format!("Name at most {MOST_FILES}.");
        item.note(Mistake::TooLarge, problem, hint, errors);
        return None;
    }
    let files: Vec<String> = items.iter().filter_map(|item| item.file(errors)).collect();
    (files.len() == items.len() && !files.is_empty()).then_some(files)
}

/// Names joined by dots.
fn path(item: &Item<'_>, what: &str, errors: &mut Errors) -> Option<String> {
    let text = item.text(errors)?;
    let is_name = |name: &str| {
        name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if text.len() <= 200 && text.split('.').all(is_name) && text != "data" {
        return Some(text);
    }
    let problem = format!("{} is not the name of a {what}.", quote(&text));
    let hint = match what {
        "package" => "Write names with dots between them, such as `policy.release`.",
        _ => "Write a rule such as `violations`, or its path such as `data.policy.violations`.",
    };
    item.note(Mistake::BadText, problem, hint, errors);
    None
}

/// Notes where `package` or `query` name another package than the module's own.
fn own_package(
    fields: &Fields<'_>,
    text: &str,
    package: Option<&str>,
    query: Option<&str>,
    errors: &mut Errors,
) {
    let Some(own) = rego::package(text) else {
        return;
    };
    if let (Some(package), Some(item)) = (package, fields.get("package"))
        && full(package) != own
    {
        let problem = format!("The module has no package {}.", quote(package));
        let own = own.strip_prefix("data.").unwrap_or(&own);
        let hint = choose(package, &[own], errors);
        item.note(Mistake::UnknownReference, problem, hint, errors);
    }
    let Some((query, item)) = query.zip(fields.get("query")) else {
        return;
    };
    let name = match query.strip_prefix(&format!("{own}.")) {
        Some(name) => name,
        None if query.starts_with("data.") => "",
        None => query,
    };
    if name.is_empty() || !rego::mentions(text, name.split('.').next().unwrap_or(name)) {
        let rules = rego::rules(text);
        let known: Vec<String> = if query.starts_with("data.") {
            rules.iter().map(|rule| format!("{own}.{rule}")).collect()
        } else {
            rules
        };
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let problem = format!("The module has no rule {}.", quote(query));
        let hint = choose(query, &known, errors);
        item.note(Mistake::UnknownReference, problem, hint, errors);
    }
}

/// The three shapes of `rego:`, and what can be wrong with each.
#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::super::gates::GateCheck;
    use super::super::tests::{BEFORE, only, policy, with};
    use super::*;

    fn gate(rego: &str) -> String {
        format!("gates:\n  - id: G01\n    title: t\n    rego: {rego}\n")
    }

    fn checked(rego: &str) -> Rego {
        match policy(&with(&gate(rego))).gates.remove(0).check {
            GateCheck::Rego(rego) => rego,
            check => panic!("{check:?}"),
        }
    }

    #[test]
    fn modules_stand_in_files_or_in_the_policy() {
        let files = checked("{file: gates/a.rego, package: policy, query: violations}");
        assert_eq!(files.text, RegoText::Files(vec!["gates/a.rego".to_owned()]));
        assert_eq!(
            (files.package.as_deref(), files.query.as_deref()),
            (Some("policy"), Some("violations"))
        );
        let several = checked("{file: [gates/a.rego, lib.rego]}");
        assert!(matches!(several.text, RegoText::Files(files) if files.len() == 2));
    }

    #[test]
    fn a_module_in_the_policy_knows_its_line() {
        let short = checked("|\n      package p\n      allow := true");
        let long = checked(
            "\n      module: |\n        package p\n        allow := true\n      query: data.p.allow",
        );
        for (rego, line) in [(short, 5), (long, 6)] {
            let RegoText::Inline { text, before } = rego.text else {
                panic!("{rego:?}");
            };
            assert!(text.starts_with("package p\nallow := true"), "{text}");
            // The policy's line with `package p`, counted from 1, has so many before it.
            assert_eq!(before, BEFORE + line - 1);
        }
        let quoted = checked("'package p'");
        assert!(matches!(quoted.text, RegoText::Inline { before, .. } if before == BEFORE + 3));
    }

    #[test]
    fn each_mistake_has_its_place_and_the_nearest_name() {
        for (rego, told, hint) in [
            ("{fil: a.rego}", "rego.fil UnknownKey", "`file`"),
            ("{package: p}", "rego MissingKey", "`module`, `file`"),
            ("{file: ../a.rego}", "rego.file BadText", "relative"),
            (
                "{file: a.rego, module: 'package p'}",
                "rego.file Conflict",
                "two entries",
            ),
            (
                "{file: a.rego, package: 'a b'}",
                "rego.package BadText",
                "policy.release",
            ),
            (
                "{file: a.rego, query: 'data.p.x[1]'}",
                "rego.query BadText",
                "data.policy",
            ),
            (
                "{file: a.rego, package: p, query: data.q.x}",
                "rego.package Conflict",
                "`package`",
            ),
            (
                "{module: 'allow := true'}",
                "rego.module BadText",
                "`package`",
            ),
            ("allow", "rego BadText", "`package`"),
            (
                "{module: 'package policy', package: polcy}",
                "rego.package UnknownReference",
                "`policy`",
            ),
        ] {
            let errors = Policy::parse(&with(&gate(rego))).expect_err(rego);
            let error = errors
                .iter()
                .find(|e| format!("{} {:?}", e.path, e.mistake).ends_with(told))
                .unwrap_or_else(|| panic!("{rego}: {errors:#?}"));
            assert_eq!(error.line, BEFORE + 4, "{rego}");
            assert!(error.hint.contains(hint), "{rego}: {error}");
        }
        let module = "\n      module: |\n        package p\n        violations contains 1 if true\n      query: violatons";
        let error = only(&gate(module));
        assert_eq!(
            (error.line, error.mistake),
            (BEFORE + 8, Mistake::UnknownReference)
        );
        assert!(error.hint.contains("`violations`"), "{error}");
    }

    #[test]
    fn what_absence_means_is_no_question_to_code() {
        let error = only("gates:\n  - {id: G01, title: t, absent: note, rego: {file: a.rego}}\n");
        assert_eq!(
            (error.mistake, error.path.as_str()),
            (Mistake::Conflict, "gates[G01].absent")
        );
    }
}
