//! YAML as a small tree in which every node knows its place and its bytes.
//!
//! Events come from granit-parser, the parser under serde-saphyr, which the workbench has anyway.
//! serde-saphyr itself stops at the first mistake and forgets how a scalar was written; a policy
//! author wants all mistakes at once, and a rule's digest wants its bytes. Sizes, depth and the
//! expansion of aliases are bounded here.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, StructureStyle};

use super::error::{Errors, Mistake, Place, harmless, quote};

/// Nodes of one file, each alias counted as all that it stands for.
pub(super) const MOST_NODES: usize = 50_000;
/// Nesting. The deepest place that means something is about 8 deep.
pub(super) const DEEPEST: usize = 24;

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
    /// Its bytes in the file.
    pub(super) bytes: Range<usize>,
    size: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Scalar { text: String, is_plain: bool },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) place: Place,
}

impl Node {
    /// What it is, for "found …".
    pub(super) fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::List(items) => format!("a list of {}", items.len()),
            Value::Map(_) => "a mapping".to_owned(),
            Value::Scalar { text, is_plain } => match text.as_str() {
                "" => "an empty text".to_owned(),
                "true" | "false" if *is_plain => format!("the truth value `{text}`"),
                _ if *is_plain && text.parse::<f64>().is_ok() => {
                    format!("the number {}", quote(text))
                }
                _ => format!("the text {}", quote(text)),
            },
        }
    }

    fn end(&self) -> usize {
        self.bytes.end
    }
}

enum Parts {
    List(Vec<Node>),
    Map(Vec<(Key, Node)>, Option<Key>),
}

struct Frame {
    parts: Parts,
    place: Place,
    start: usize,
    anchor: usize,
    is_flow: bool,
    /// Line at which each key was first written: a second one is a mistake.
    seen: BTreeMap<String, usize>,
}

struct Builder<'e> {
    stack: Vec<Frame>,
    root: Option<Node>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    errors: &'e mut Errors,
}

/// Reads the file's one document. `None` where it cannot be read as YAML within the bounds; the
/// reason is then in `errors`.
pub(super) fn read(text: &str, errors: &mut Errors) -> Option<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        disallow_directives: true,
        flow_nesting_limit: DEEPEST + 1,
        block_nesting_limit: DEEPEST + 1,
    };
    let mut builder = Builder {
        stack: Vec::new(),
        root: None,
        anchors: BTreeMap::new(),
        nodes: 0,
        errors,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(event, &span)?,
            Err(error) => {
                let place = place(error.marker());
                let problem = format!("This is not YAML: {}.", harmless(&error.info(), 200));
                let hint = "Mend this first: what follows it cannot be read.";
                builder
                    .errors
                    .add(Mistake::NotYaml, place, "", problem, hint);
                return None;
            }
        }
    }
    if builder.root.is_none() {
        let start = Place { line: 1, column: 1 };
        let (problem, hint) = (
            "The file holds nothing.",
            "Write a policy; a copy of the built-in one is a start.",
        );
        builder
            .errors
            .add(Mistake::NotYaml, start, "", problem, hint);
    }
    builder.root
}

fn place(marker: &Marker) -> Place {
    Place {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}

fn byte(marker: &Marker) -> usize {
    marker.byte_offset().unwrap_or(0)
}

impl Builder<'_> {
    fn refuse(&mut self, mistake: Mistake, at: Place, problem: &str, hint: &str) -> Option<()> {
        self.errors.add(mistake, at, "", problem, hint);
        None
    }

    /// The path of `key` in the mapping that is open.
    fn path(&self, key: &str) -> String {
        let mut path = String::new();
        let outer = self.stack.len().saturating_sub(1);
        for frame in self.stack.iter().take(outer) {
            match &frame.parts {
                Parts::List(items) => path = format!("{path}[#{}]", items.len() + 1),
                Parts::Map(_, Some(key)) => super::reader::push(&mut path, &key.text),
                Parts::Map(_, None) => {}
            }
        }
        super::reader::push(&mut path, key);
        path
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Option<()> {
        let at = place(&span.start);
        if event.tag().is_some_and(|tag| !tag.is_yaml_core_schema()) {
            let hint = "Leave the tag out.";
            self.errors
                .add(Mistake::NotYaml, at, "", "A policy has no tags.", hint);
        }
        match event {
            Event::DocumentStart(..) if self.root.is_some() => self.refuse(
                Mistake::NotYaml,
                at,
                "A second document begins here; a policy is one document.",
                "Write one file per policy.",
            ),
            Event::Scalar(text, style, anchor, _) => {
                let is_plain = style == ScalarStyle::Plain;
                let is_null = is_plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if is_null {
                    Value::Null
                } else {
                    let text = text.into_owned();
                    Value::Scalar { text, is_plain }
                };
                let bytes = byte(&span.start)..byte(&span.end).max(byte(&span.start));
                let node = Node {
                    value,
                    place: at,
                    bytes,
                    size: 1,
                };
                self.node(node, anchor)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.open(Parts::List(Vec::new()), style, anchor, span)
            }
            Event::MappingStart(style, anchor, _) => {
                self.open(Parts::Map(Vec::new(), None), style, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => match self.anchors.get(&id).cloned() {
                Some(node) => self.node(Node { place: at, ..node }, 0),
                None => self.refuse(
                    Mistake::NotYaml,
                    at,
                    "This alias refers to what it is part of.",
                    "Write the value out.",
                ),
            },
            Event::UnresolvedAlias(name) => {
                let problem = format!("There is no anchor {} before this alias.", quote(&name));
                let hint = "Put a text that begins with `*` in quotes.";
                self.errors.add(Mistake::NotYaml, at, "", problem, hint);
                let bytes = byte(&span.start)..byte(&span.end);
                let value = Value::Scalar {
                    text: format!("*{name}"),
                    is_plain: true,
                };
                self.node(
                    Node {
                        value,
                        place: at,
                        bytes,
                        size: 1,
                    },
                    0,
                )
            }
            _ => Some(()),
        }
    }

    fn open(
        &mut self,
        parts: Parts,
        style: StructureStyle,
        anchor: usize,
        span: &Span,
    ) -> Option<()> {
        if self.stack.len() >= DEEPEST {
            let problem = format!("This is nested deeper than {DEEPEST} levels.");
            let hint = "Take the nesting out; nothing in a policy is that deep.";
            return self.refuse(Mistake::TooLarge, place(&span.start), &problem, hint);
        }
        self.stack.push(Frame {
            parts,
            place: place(&span.start),
            start: byte(&span.start),
            anchor,
            is_flow: style == StructureStyle::Flow,
            seen: BTreeMap::new(),
        });
        Some(())
    }

    fn close(&mut self, span: &Span) -> Option<()> {
        let frame = self.stack.pop()?;
        // A block ends, for the parser, where the next token begins; for a digest it ends with its
        // last value, so that a comment about the next rule is not part of this one.
        let last = match &frame.parts {
            Parts::List(items) => items.last().map(Node::end),
            Parts::Map(entries, _) => entries.last().map(|(_, node)| node.end()),
        };
        let end = if frame.is_flow {
            byte(&span.end)
        } else {
            last.unwrap_or(frame.start)
        };
        let (value, size) = match frame.parts {
            Parts::List(items) => {
                let size = items.iter().map(|node| node.size).sum::<usize>();
                (Value::List(items), size)
            }
            Parts::Map(entries, _) => {
                let size = entries.iter().map(|(_, node)| node.size).sum::<usize>();
                (Value::Map(entries), size)
            }
        };
        let node = Node {
            value,
            place: frame.place,
            bytes: frame.start..end.max(frame.start),
            size: size + 1,
        };
        // Its parts were counted when they came.
        self.nodes = self.nodes.saturating_sub(size);
        self.node(node, frame.anchor)
    }

    fn node(&mut self, node: Node, anchor: usize) -> Option<()> {
        self.nodes = self.nodes.saturating_add(node.size);
        if self.nodes > MOST_NODES {
            let problem = format!("The file stands for more than {MOST_NODES} values.");
            let hint = "Split it, or write fewer aliases.";
            return self.refuse(Mistake::TooLarge, node.place, &problem, hint);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(frame) => match &mut frame.parts {
                Parts::List(items) => items.push(node),
                Parts::Map(entries, pending) => match pending.take() {
                    None => {
                        let Value::Scalar { text, .. } = node.value else {
                            let problem =
                                format!("A key must be a word; this is {}.", node.describe());
                            let hint = "Put a text that begins with a bracket in quotes.";
                            return self.refuse(Mistake::NotYaml, node.place, &problem, hint);
                        };
                        *pending = Some(Key {
                            text,
                            place: node.place,
                        });
                    }
                    Some(key) => {
                        let first = *frame.seen.entry(key.text.clone()).or_insert(key.place.line);
                        if entries.len() + 1 > frame.seen.len() {
                            let problem =
                                format!("The key {} is already on line {first}.", quote(&key.text));
                            let hint = "Keep one of the two.";
                            let path = self.path(&key.text);
                            self.errors
                                .add(Mistake::Duplicate, key.place, &path, problem, hint);
                            // Dropped with all that it holds: the first one counts.
                            return Some(());
                        }
                        entries.push((key, node));
                    }
                },
            },
        }
        Some(())
    }
}
