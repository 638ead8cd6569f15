//! A result: rule, level, message, place.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::run::{Run, rule_id};
use crate::formats::read::{bounded, field};
use crate::model::delivery::ScanResult;

/// The row of a result, without what its run says of all of them.
pub(super) fn row<'a>(result: &'a Value, run: &Run<'a>) -> ScanResult<'a> {
    let rule = run.rule_of(result);
    let place = result.pointer("/locations/0/physicalLocation");
    let at = |pointer: &str| {
        place
            .and_then(|place| place.pointer(pointer))
            .and_then(Value::as_i64)
    };
    let start = at("/region/startLine");
    let kind = field::text(result, "/kind").unwrap_or("fail");
    ScanResult {
        rule_id: rule_id(result)
            .or_else(|| field::text(rule?, "/id"))
            .map(Into::into),
        level: Some(level(result, rule, run, kind).into()),
        kind: Some(kind.into()),
        message: message(result, rule, run.value()),
        path: place.and_then(|place| path(place, run)),
        line_start: start,
        line_end: at("/region/endLine").or(start),
        score: rule.and_then(|rule| score(rule.pointer("/properties/security-severity")?)),
        baseline_state: field::cell(result, "/baselineState"),
        suppressed: Some(is_suppressed(result)),
        fingerprint: fingerprint(result),
        attributes: attributes(result, rule),
        ..ScanResult::default()
    }
}

/// SARIF 3.27.10: the result's own level, else the rule's as the run configures it, else `warning`;
/// a result that is no failure has the level `none`.
fn level<'a>(result: &'a Value, rule: Option<&'a Value>, run: &Run<'a>, kind: &str) -> &'a str {
    if let Some(level) = field::text(result, "/level") {
        return level;
    }
    if kind != "fail" {
        return "none";
    }
    let id = rule.and_then(|rule| field::text(rule, "/id"));
    let changed = field::list(run.value(), "/invocations/0/ruleConfigurationOverrides")
        .iter()
        .find(|change| id.is_some() && field::text(change, "/descriptor/id") == id)
        .and_then(|change| field::text(change, "/configuration/level"));
    let default = || rule.and_then(|rule| field::text(rule, "/defaultConfiguration/level"));
    changed.or_else(default).unwrap_or("warning")
}

/// The text, or the rule's string of that id with the arguments put in.
fn message<'a>(result: &'a Value, rule: Option<&'a Value>, run: &'a Value) -> Option<Cow<'a, str>> {
    let own = ["/message/text", "/message/markdown"];
    if let Some(text) = own.iter().find_map(|at| field::text(result, at)) {
        return Some(put_in(text, field::list(result, "/message/arguments")));
    }
    let id = field::text(result, "/message/id")?;
    let strings = [
        rule.and_then(|rule| rule.pointer("/messageStrings")),
        run.pointer("/tool/driver/globalMessageStrings"),
    ];
    let text = strings.into_iter().flatten().find_map(|strings| {
        let string = strings.get(id)?;
        field::text(string, "/text").or_else(|| field::text(string, "/markdown"))
    })?;
    Some(put_in(text, field::list(result, "/message/arguments")))
}

/// A text with `{0}` and so on replaced; doubled braces stand for one.
fn put_in<'a>(text: &'a str, arguments: &[Value]) -> Cow<'a, str> {
    if arguments.is_empty() && !text.contains("{{") {
        return text.into();
    }
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        said.push_str(rest.get(..open).unwrap_or_default());
        rest = rest.get(open..).unwrap_or_default();
        let number = rest
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'));
        let argument = number.and_then(|(number, after)| {
            let argument = arguments.get(number.parse::<usize>().ok()?)?.as_str()?;
            Some((argument, after))
        });
        if let Some((argument, after)) = argument {
            said.push_str(argument);
            rest = after;
        } else {
            let doubled = rest.starts_with("{{") || rest.starts_with("}}");
            said.push_str(rest.get(..1).unwrap_or_default());
            rest = rest.get(if doubled { 2 } else { 1 }..).unwrap_or_default();
        }
        // Arguments may be long and named often.
        if said.len() > crate::formats::read::TEXT_LIMIT {
            break;
        }
    }
    said.push_str(rest);
    bounded(&said).to_owned().into()
}

/// The path of a location; one in a list of files is looked up there.
fn path<'a>(place: &'a Value, run: &Run<'a>) -> Option<Cow<'a, str>> {
    let own = place.pointer("/artifactLocation")?;
    let listed = || {
        let index = usize::try_from(own.get("index")?.as_u64()?).ok()?;
        run.value()
            .pointer("/artifacts")?
            .get(index)?
            .get("location")
    };
    let location = if own.get("uri").is_some() {
        own
    } else {
        listed()?
    };
    let uri = field::text(location, "/uri")?;
    let base = field::text(location, "/uriBaseId").and_then(|name| run.base(name));
    Some(match base.filter(|base| !base.is_empty()) {
        Some(base) => bounded(&format!("{base}{uri}")).to_owned().into(),
        None => uri.into(),
    })
}

fn score(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
        .filter(|score| score.is_finite())
}

/// True where a suppression is in force: accepted, or without a status.
fn is_suppressed(result: &Value) -> bool {
    let all = field::list(result, "/suppressions");
    let status = |suppression: &Value| field::text(suppression, "/status").map(str::to_owned);
    let in_force =
        |suppression: &&Value| status(suppression).is_none_or(|status| status == "accepted");
    all.iter().any(|it| in_force(&it))
}

/// A fingerprint that the tool computed, else a partial one.
fn fingerprint(result: &Value) -> Option<Cow<'_, str>> {
    let first = |key: &str| {
        let mut all: Vec<(&String, &Value)> = result.get(key)?.as_object()?.iter().collect();
        all.sort_unstable_by_key(|(name, _)| name.as_str());
        all.into_iter().find_map(|(_, value)| value.as_str())
    };
    let stable = first("fingerprints").or_else(|| first("partialFingerprints"));
    stable
        .or_else(|| field::text(result, "/guid"))
        .map(|text| bounded(text).into())
}

/// What else is worth having at hand.
fn attributes(result: &Value, rule: Option<&Value>) -> Option<Cow<'static, str>> {
    let mut found = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        found.extend(value.map(|value| (name.to_owned(), value)));
    };
    let of_rule = |pointer: &str| rule.and_then(|rule| rule.pointer(pointer)).cloned();
    put("rule.name", of_rule("/name"));
    put("rule.description", of_rule("/shortDescription/text"));
    put("rule.help_uri", of_rule("/helpUri"));
    put("rule.tags", of_rule("/properties/tags"));
    put("rank", result.get("rank").cloned());
    put("work_items", result.get("workItemUris").cloned());
    let more =
        field::list(result, "/locations").len() + field::list(result, "/relatedLocations").len();
    put("locations", (more > 1).then(|| json!(more)));
    let steps = field::list(result, "/codeFlows").len();
    put("code_flows", (steps > 0).then(|| json!(steps)));
    let text = Value::Object(found).to_string();
    (text != "{}" && text.len() <= crate::formats::read::TEXT_LIMIT).then(|| text.into())
}
