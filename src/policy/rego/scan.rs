//! What a module names, told from its words: calls, documents, its package.
//!
//! The engine would find a forbidden call only where a release's evidence leads to it. Whether a gate
//! can be replayed must not hang on that, so the words are looked at before anything runs. The engine
//! has its own guard for what this cannot see (`with f as time.now_ns`).

/// Functions whose answer is not in the evidence, and what they see.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("http.send", "the network"),
    ("net.lookup_ip_addr", "the network"),
    ("opa.runtime", "the machine"),
    ("rand.intn", "chance"),
    ("time.now_ns", "the clock"),
    ("uuid.rfc4122", "chance"),
];

/// A dotted name in a module.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    path: String,
    line: usize,
    is_called: bool,
    /// True where it stands at the beginning of a line.
    begins: bool,
}

/// What a module names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its package as `data.…`; `None` where the first words are no package.
    pub(super) package: Option<String>,
    names: Vec<Name>,
}

impl Seen {
    /// The names that begin a line, each once, in order; `default` counts as nothing.
    pub(super) fn rules(&self) -> Vec<String> {
        let mut rules: Vec<String> = Vec::new();
        let mut after_default = false;
        for name in &self.names {
            let is_rule = name.begins || after_default;
            after_default = name.begins && name.path == "default";
            let head = name.path.split('.').next().unwrap_or_default();
            let is_word = matches!(head, "default" | "import" | "package" | "else");
            if is_rule && !is_word && !rules.iter().any(|rule| rule == head) {
                rules.push(head.to_owned());
            }
        }
        rules
    }

    /// True where a name begins with `rule`.
    pub(super) fn mentions(&self, rule: &str) -> bool {
        let head = |path: &str| path.split('.').next() == Some(rule);
        self.names.iter().any(|name| head(&name.path))
    }

    /// The first call that is refused: its name, its line from 1, and what it sees.
    pub(super) fn refused(&self) -> Option<(&'static str, usize, &'static str)> {
        self.names
            .iter()
            .filter(|name| name.is_called)
            .find_map(|name| {
                let (known, sees) = REFUSED.iter().find(|(known, _)| *known == name.path)?;
                Some((*known, name.line, *sees))
            })
    }

    /// The first document below `data` that is neither in `packages` nor this program's, and its line.
    pub(super) fn foreign(&self, packages: &[&str]) -> Option<(String, usize)> {
        let below = |path: &str, root: &str| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.names
            .iter()
            .filter(|name| below(&name.path, "data"))
            .find(|name| {
                !below(&name.path, "data.shipwake")
                    && !packages.iter().any(|package| below(&name.path, package))
            })
            .map(|name| (name.path.clone(), name.line))
    }
}

/// Reads a module's words. Linear in its length.
pub(super) fn read(text: &str) -> Seen {
    let mut words = Words {
        rest: text.as_bytes(),
        text,
        at: 0,
        line: 1,
    };
    let mut seen = Seen::default();
    let mut awaits_package = false;
    while let Some(name) = words.name() {
        if awaits_package && seen.package.is_none() {
            seen.package = Some(format!("data.{}", name.path));
            awaits_package = false;
            continue;
        }
        if name.path == "package" && seen.package.is_none() && seen.names.is_empty() {
            awaits_package = true;
            continue;
        }
        seen.names.push(name);
    }
    seen
}

struct Words<'t> {
    rest: &'t [u8],
    text: &'t str,
    at: usize,
    line: usize,
}

impl Words<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.get(self.at).copied()
    }

    fn step(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        if byte == b'\n' {
            self.line += 1;
        }
        Some(byte)
    }

    /// A text in quotes, of which the first one is next.
    fn quoted(&mut self) -> Option<String> {
        let quote = self.step()?;
        let from = self.at;
        while let Some(byte) = self.step() {
            match byte {
                b'\\' if quote == b'"' => {
                    self.step();
                }
                byte if byte == quote => {
                    return self.text.get(from..self.at - 1).map(str::to_owned);
                }
                _ => {}
            }
        }
        None
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.step();
        }
    }

    fn word(&mut self) -> String {
        let from = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        self.text.get(from..self.at).unwrap_or_default().to_owned()
    }

    /// The next dotted name outside of texts and comments.
    fn name(&mut self) -> Option<Name> {
        let mut follows = false;
        loop {
            let begins = self.peek()?;
            // What follows a dot belongs to the expression before it, which was not a plain name.
            if is_word(begins) && follows {
                self.word();
                follows = false;
                continue;
            }
            follows = begins == b'.' || (follows && begins.is_ascii_whitespace());
            match begins {
                b'#' => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                b'"' | b'`' => {
                    self.quoted();
                }
                byte if byte.is_ascii_digit() => {
                    self.word();
                }
                byte if is_word(byte) => break,
                _ => {
                    self.step();
                }
            }
        }
        let line = self.line;
        let begins = self.at == 0 || self.rest.get(self.at - 1) == Some(&b'\n');
        let mut path = self.word();
        loop {
            let (at, before) = (self.at, self.line);
            self.blank();
            match self.peek() {
                Some(b'.') => {
                    self.step();
                    self.blank();
                    let word = self.word();
                    if word.is_empty() {
                        break;
                    }
                    path.push('.');
                    path.push_str(&word);
                }
                // Brackets bind to what they touch; elsewhere they begin something of their own.
                Some(b'[') if self.at == at => {
                    self.step();
                    self.blank();
                    let key = match self.peek() {
                        Some(b'"' | b'`') => self.quoted(),
                        _ => None,
                    };
                    self.blank();
                    match key {
                        Some(key) if self.peek() == Some(b']') => {
                            self.step();
                            path.push('.');
                            path.push_str(&key);
                        }
                        // The rest is known only when it runs.
                        _ => break,
                    }
                }
                next => {
                    let is_called = next == Some(b'(');
                    if !is_called {
                        (self.at, self.line) = (at, before);
                    }
                    return Some(Name {
                        path,
                        line,
                        is_called,
                        begins,
                    });
                }
            }
        }
        Some(Name {
            path,
            line,
            is_called: false,
            begins,
        })
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
