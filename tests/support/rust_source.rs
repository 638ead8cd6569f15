//! Rust source as a test of its architecture sees it: code without comments and texts, the texts by
//! themselves, the paths that the code names, and which of it is there for tests only.
//!
//! Not a parser: a scanner that knows where comments, texts and characters begin and end, and
//! follows braces. That is enough to tell `duckdb::` in code from `duckdb::` in a sentence.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// A source file.
pub struct Source {
    /// Path from the package's root, `/` between its parts.
    pub path: String,
    /// The module that the file is: `["store", "reader"]`; empty for `lib.rs` and `main.rs`.
    pub module: Vec<String>,
    /// The file.
    pub text: String,
    /// The file with comments, texts and characters blanked; offsets and lines are the same.
    pub code: String,
    /// Texts, by the offset at which they begin.
    pub literals: Vec<(usize, String)>,
    /// What only tests see; the whole file where it is a test module.
    tests: Vec<Range<usize>>,
}

/// A path that code names, from the crate's root: `["store", "Reader"]`.
pub struct Mention {
    /// The path; a glob ends in `*`.
    pub path: Vec<String>,
    /// Where it stands.
    pub offset: usize,
}

impl Source {
    /// Every source file below `root/src`, sorted by path.
    pub fn all(root: &Path) -> Vec<Self> {
        let paths = super::files_below(&root.join("src"));
        let rust = paths.iter().filter(|path| path.ends_with(".rs"));
        let mut sources: Vec<Self> = rust
            .map(|path| {
                let text = fs::read_to_string(root.join("src").join(path)).unwrap();
                Self::new(path, text)
            })
            .collect();
        mark_test_files(&mut sources);
        sources
    }

    fn new(path: &str, text: String) -> Self {
        let (code, literals) = blank(&text);
        let tests = items(&code, "#[cfg(test)]");
        Self {
            path: format!("src/{path}"),
            module: module(path),
            text,
            code,
            literals,
            tests,
        }
    }

    /// The top folder that the file is in; empty for the crate's root.
    pub fn room(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    /// True where only tests see what stands at `offset`.
    pub fn is_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// `path:line` of an offset, as editors open it.
    pub fn place(&self, offset: usize) -> String {
        let line = self.text[..offset].matches('\n').count() + 1;
        format!("{}:{line}", self.path)
    }

    /// Every path in the code that starts at `crate`, `self` or `super`, from the crate's root.
    pub fn mentions(&self) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut inside = self.module.clone();
        let mut braces: Vec<bool> = Vec::new();
        let mut previous = "";
        let mut scanner = Scanner::new(&self.code);
        while let Some((offset, token)) = scanner.next() {
            match token {
                "{" => braces.push(false),
                "}" if braces.pop() == Some(true) => {
                    inside.pop();
                }
                "crate" | "self" | "super" if previous != "::" => {
                    scanner.at = offset;
                    for path in scanner.paths() {
                        if let Some(path) = resolve(&inside, &path) {
                            found.push(Mention { path, offset });
                        }
                    }
                }
                name if previous == "mod" && scanner.peek() == Some("{") => {
                    scanner.next();
                    inside.push(name.to_owned());
                    braces.push(true);
                }
                _ => {}
            }
            previous = token;
        }
        found
    }

    /// Where the code names the crate `name` as the start of a path.
    pub fn uses_of_crate(&self, name: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut previous = "";
        let mut scanner = Scanner::new(&self.code);
        while let Some((offset, token)) = scanner.next() {
            let starts = scanner.peek() == Some("::") || previous == "use";
            if token == name && previous != "::" && starts {
                found.push(offset);
            }
            previous = token;
        }
        found
    }

    /// Where the code calls the macro `name`.
    pub fn calls_of_macro(&self, name: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut scanner = Scanner::new(&self.code);
        while let Some((offset, token)) = scanner.next() {
            if token == name && scanner.peek() == Some("!") {
                found.push(offset);
            }
        }
        found
    }

    /// The modules that this file's `const ALL` lists: the first parts of the paths in it.
    pub fn registered(&self) -> Vec<String> {
        let Some(start) = self.code.find("const ALL") else {
            return Vec::new();
        };
        let end = self.code[start..]
            .find("];")
            .map_or(self.code.len(), |at| start + at);
        let mut names = Vec::new();
        let mut scanner = Scanner::new(&self.code[start..end]);
        let mut previous = "";
        while let Some((_, token)) = scanner.next() {
            if scanner.peek() == Some("::") && previous != "::" {
                names.push(token.to_owned());
            }
            previous = token;
        }
        names
    }

    /// Lines of the essay at the top.
    pub fn essay(&self) -> usize {
        self.text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .count()
    }
}

/// A file that is declared as `#[cfg(test)] mod name;` is there for tests only, with all below it.
fn mark_test_files(sources: &mut [Source]) {
    let mut modules: Vec<Vec<String>> = Vec::new();
    for source in sources.iter() {
        for range in &source.tests {
            let declared = source.code[range.clone()].trim_end_matches(';');
            if let Some((_, name)) = declared
                .rsplit_once("mod ")
                .filter(|_| !declared.contains('{'))
            {
                let mut module = source.module.clone();
                module.push(name.trim().to_owned());
                modules.push(module);
            }
        }
    }
    for source in sources {
        if modules
            .iter()
            .any(|module| source.module.starts_with(module))
        {
            let whole = 0..source.text.len();
            source.tests = vec![whole];
        }
    }
}

fn module(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap();
    let mut parts: Vec<String> = stem.split('/').map(str::to_owned).collect();
    let last = parts.last().unwrap().as_str();
    if last == "mod" || (parts.len() == 1 && matches!(last, "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// An absolute path for one that starts at `crate`, `self` or `super`; `None` where it leaves the crate.
fn resolve(inside: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at = inside.to_vec();
    let mut rest = path;
    loop {
        match rest.first().map(String::as_str) {
            Some("crate") => at.clear(),
            Some("self") => {}
            Some("super") => {
                at.pop()?;
            }
            _ => break,
        }
        rest = &rest[1..];
    }
    // `a::{self, b}` names `a`.
    let rest = rest.strip_suffix(&["self".to_owned()]).unwrap_or(rest);
    at.extend(rest.iter().cloned());
    Some(at)
}

/// The items that `attribute` stands before, with it.
fn items(code: &str, attribute: &str) -> Vec<Range<usize>> {
    let item = |(start, _): (usize, &str)| {
        let mut depth = 0;
        for (at, byte) in code.bytes().enumerate().skip(start) {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(byte, b'}' | b';') {
                return start..at + 1;
            }
        }
        start..code.len()
    };
    code.match_indices(attribute).map(item).collect()
}

/// Blanks comments, texts and characters, and gives the texts.
fn blank(text: &str) -> (String, Vec<(usize, String)>) {
    let mut code = text.as_bytes().to_vec();
    let mut literals = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let named = at > 0 && is_name(text.as_bytes()[at - 1]);
        let (length, inner) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (block_comment(rest), None)
        } else if let Some((length, inner)) = raw_text(rest).filter(|_| !named) {
            (length, Some(inner))
        } else if rest.starts_with('"') {
            let length = quoted(rest, '"');
            (length, Some(1..length - 1))
        } else if let Some(length) = character(rest) {
            (length, None)
        } else {
            at += 1;
            while !text.is_char_boundary(at) {
                at += 1;
            }
            continue;
        };
        if let Some(inner) = inner {
            literals.push((at, rest[inner].to_owned()));
        }
        for byte in &mut code[at..at + length] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at += length;
    }
    (String::from_utf8(code).unwrap(), literals)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest.as_bytes()[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.as_bytes()[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a raw text at the start of `rest`, and where its content stands in it.
fn raw_text(rest: &str) -> Option<(usize, Range<usize>)> {
    let prefix = ["br", "cr", "r"]
        .into_iter()
        .find(|prefix| rest.starts_with(prefix))?;
    let hashes = rest[prefix.len()..]
        .bytes()
        .take_while(|byte| *byte == b'#')
        .count();
    let start = prefix.len() + hashes + 1;
    if rest.as_bytes().get(start - 1) != Some(&b'"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let length = rest[start..].find(&end)?;
    Some((start + length + end.len(), start..start + length))
}

/// The length of a text or character at the start of `rest`, with both its quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if char == '\\' {
            escaped = true;
        } else if char == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// The length of a character at the start of `rest`; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.strip_prefix('\'')?.chars();
    let is_character = match chars.next()? {
        '\\' => true,
        _ => chars.next() == Some('\''),
    };
    is_character.then(|| quoted(rest, '\''))
}

/// Goes through blanked code: names, `::`, and single marks.
struct Scanner<'a> {
    code: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn new(code: &'a str) -> Self {
        Self { code, at: 0 }
    }

    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = &self.code[self.at..];
        let start = self.at + rest.find(|char: char| !char.is_whitespace())?;
        let rest = &self.code[start..];
        let names = rest.bytes().take_while(|byte| is_name(*byte)).count();
        let length = match names {
            0 if rest.starts_with("::") => 2,
            0 => rest.chars().next()?.len_utf8(),
            length => length,
        };
        self.at = start + length;
        Some((start, &rest[..length]))
    }

    fn peek(&mut self) -> Option<&'a str> {
        let at = self.at;
        let token = self.next().map(|(_, token)| token);
        self.at = at;
        token
    }

    /// The path here, or the paths where it branches: `a::{b, c::d}` is two.
    fn paths(&mut self) -> Vec<Vec<String>> {
        let mut path = Vec::new();
        loop {
            match self.peek() {
                Some("{") => return self.branches(&path),
                Some(token) if token == "*" || token.bytes().all(is_name) => {
                    path.push(token.to_owned());
                    self.next();
                }
                _ => return vec![path],
            }
            if self.peek() != Some("::") {
                return vec![path];
            }
            self.next();
        }
    }

    fn branches(&mut self, stem: &[String]) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        self.next();
        while let Some(token) = self.peek() {
            if token == "}" {
                self.next();
                break;
            }
            let before = self.at;
            if token != "," {
                for branch in self.paths() {
                    found.push(stem.iter().cloned().chain(branch).collect());
                }
            }
            if self.at == before {
                self.next();
            }
        }
        found
    }
}

/// The scanner is what the architecture's tests stand on.
mod tests {
    use super::Source;

    fn source(path: &str, text: &str) -> Source {
        Source::new(path, text.to_owned())
    }

    fn mentions(path: &str, text: &str) -> Vec<String> {
        let found = source(path, text).mentions();
        found
            .iter()
            .map(|mention| mention.path.join("::"))
            .collect()
    }

    #[test]
    fn paths_are_found_from_the_root() {
        let text =
            "use crate::{a::B, c::{d, e::*}};\nmod inner { fn f() { super::super::x::y(); } }";
        let found = mentions("store/reader.rs", text);
        assert_eq!(found, ["a::B", "c::d", "c::e::*", "store::x::y"]);
        assert_eq!(
            mentions("panes/mod.rs", "pub(super) fn f(self) {}"),
            ["", "panes"]
        );
    }

    #[test]
    fn comments_and_texts_are_no_code() {
        let text = "// crate::a\n/* crate::b /* */ crate::c */ \"crate::d\" r#\"crate::\"e\"# 'x' b'\"' fn f<'a>() {}";
        assert!(mentions("store/mod.rs", text).is_empty());
        let literals = source("store/mod.rs", text).literals;
        let texts: Vec<_> = literals.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["crate::d", "crate::\"e"]);
    }

    #[test]
    fn tests_are_told_from_the_rest() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}";
        let source = source("store/mod.rs", text);
        let at = |name: &str| source.is_test(text.find(name).unwrap());
        assert_eq!([at("fn a"), at("fn b"), at("fn c")], [false, true, false]);
    }
}
