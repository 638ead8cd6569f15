//! Attributes: the lists of keys and values that OTLP hangs on everything.
//!
//! Nine tenths of the bytes of a trace file are attributes, so no list of them is ever built: each
//! is sorted out as it is read. One that a table has a column for is set aside ([`Sorted`]), any
//! other is appended to the JSON object that the `attributes` column holds. Only where an identity
//! hangs on the whole set, as for resources and metric series, are they all kept ([`Pairs`]).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::field::pass_over;
use super::keys::{Keys, Member, keys};
use super::value::{Plain, Value, quote};

/// Takes attributes one by one, as they are read.
pub trait Collect<'a>: Default {
    /// One more attribute.
    fn put(&mut self, key: Cow<'a, str>, value: Value<'a>);
}

/// A list of attributes, collected into a `C`. A plain JSON object is taken for one too.
#[derive(Default)]
pub struct Attributes<C>(pub C);

impl<'de, C: Collect<'de>> Deserialize<'de> for Attributes<C> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader(PhantomData)).map(Self)
    }
}

struct Reader<C>(PhantomData<C>);

impl<'de, C: Collect<'de>> Visitor<'de> for Reader<C> {
    type Value = C;

    pass_over!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of attributes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<C, A::Error> {
        let mut collected = C::default();
        while seq.next_element_seed(Pair(&mut collected))?.is_some() {}
        Ok(collected)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<C, A::Error> {
        let mut collected = C::default();
        while let Some((Plain(key), value)) = map.next_entry::<Plain<'de>, Value<'de>>()? {
            if let Some(key) = key.into_text() {
                collected.put(key, value);
            }
        }
        Ok(collected)
    }
}

keys! {
    /// Members of `KeyValue`.
    PairKey {
        Key "key",
        Value "value",
    }
}

/// An OTLP `KeyValue`, handed on as soon as it is read.
struct Pair<'c, C>(&'c mut C);

impl<'de, C: Collect<'de>> DeserializeSeed<'de> for Pair<'_, C> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, C: Collect<'de>> Visitor<'de> for Pair<'_, C> {
    type Value = ();

    pass_over!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key and a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut key, mut value) = (None, Value::Null);
        while let Some(Member(member)) = map.next_key()? {
            match member {
                Some(PairKey::Key) => key = map.next_value::<Plain<'de>>()?.0.into_text(),
                Some(PairKey::Value) => value = map.next_value()?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(key) = key {
            self.0.put(key, value);
        }
        Ok(())
    }
}

/// The text of a JSON object, written member by member.
#[derive(Default)]
pub struct Object(String);

impl Object {
    /// Appends a member.
    #[expect(
        clippy::ptr_arg,
        reason = "a borrowed text was written without escapes"
    )]
    pub fn put(&mut self, key: &Cow<'_, str>, value: &Value<'_>) {
        if self.0.is_empty() {
            self.0.reserve(256);
        }
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        quote(&mut self.0, key);
        self.0.push(':');
        value.write(&mut self.0);
    }

    /// Appends a member that is JSON text already; not where there is none.
    pub fn put_json(&mut self, key: &'static str, json: String) {
        if !json.is_empty() {
            self.put(&Cow::Borrowed(key), &Value::Json(json.into()));
        }
    }

    /// The text; nothing where there are no members.
    pub fn finish(mut self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push('}');
        Some(self.0)
    }
}

impl<'a> Collect<'a> for Object {
    fn put(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        Self::put(self, &key, &value);
    }
}

/// Attributes with those of `K` set aside. What is not taken ends up among the rest, so that of two
/// generations of a name one fills the column and the other is not lost.
pub struct Sorted<'a, K> {
    /// One place for each key; none before the first is met. On the heap, because messages move.
    aside: Vec<Option<Value<'a>>>,
    rest: Object,
    keys: PhantomData<K>,
}

impl<K> Default for Sorted<'_, K> {
    fn default() -> Self {
        Self {
            aside: Vec::new(),
            rest: Object::default(),
            keys: PhantomData,
        }
    }
}

impl<'de: 'a, 'a, K: Keys> Collect<'de> for Sorted<'a, K> {
    fn put(&mut self, key: Cow<'de, str>, value: Value<'de>) {
        let Some(known) = K::find(&key) else {
            return self.rest.put(&key, &value);
        };
        if self.aside.is_empty() {
            self.aside.resize_with(K::NAMES.len(), || None);
        }
        match self.aside.get_mut(known.index()) {
            Some(place @ None) => *place = Some(value),
            _ => self.rest.put(&key, &value),
        }
    }
}

impl<'a, K: Keys> Sorted<'a, K> {
    /// Takes the first of `keys` that is there as text.
    pub fn take_text(&mut self, keys: &[K]) -> Option<Cow<'a, str>> {
        keys.iter()
            .find_map(|key| self.aside.get_mut(key.index())?.take()?.into_text())
    }

    /// Takes the first of `keys` that is there as an integer.
    pub fn take_int(&mut self, keys: &[K]) -> Option<i64> {
        keys.iter().find_map(|key| {
            let place = self.aside.get_mut(key.index())?;
            let value = place.as_ref()?.int()?;
            *place = None;
            Some(value)
        })
    }

    /// The first of `keys` that is there as an integer, which stays among the rest.
    pub fn int(&self, keys: &[K]) -> Option<i64> {
        keys.iter()
            .find_map(|key| self.aside.get(key.index())?.as_ref()?.int())
    }

    /// The first of `keys` that is text, which stays among the rest.
    pub fn text(&self, keys: &[K]) -> Option<&Cow<'a, str>> {
        keys.iter()
            .find_map(|key| match self.aside.get(key.index())? {
                Some(Value::Text(text)) if !text.is_empty() => Some(text),
                _ => None,
            })
    }

    /// The first of `keys` that is text, or a list or map as JSON; it stays among the rest.
    pub fn words(&self, keys: &[K]) -> Option<&str> {
        keys.iter()
            .find_map(|key| match self.aside.get(key.index())? {
                Some(Value::Text(text)) if !text.is_empty() => Some(&**text),
                Some(Value::Json(json)) => Some(&**json),
                _ => None,
            })
    }

    /// All that was not taken, as a JSON object that also gets the member `extra`.
    pub fn rest(self, extra: Option<(&'static str, Value<'_>)>) -> Option<String> {
        let mut rest = self.rest;
        for (name, value) in K::NAMES.iter().zip(&self.aside) {
            if let Some(value) = value {
                rest.put(&Cow::Borrowed(name), value);
            }
        }
        if let Some((name, value)) = extra {
            rest.put(&Cow::Borrowed(name), &value);
        }
        rest.finish()
    }
}

/// All attributes, for where the set of them is an identity.
#[derive(Default)]
pub struct Pairs<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'de: 'a, 'a> Collect<'de> for Pairs<'a> {
    fn put(&mut self, key: Cow<'de, str>, value: Value<'de>) {
        self.0.push((key, value));
    }
}

impl<'a> Pairs<'a> {
    /// Sorts them by key, as the identity demands; of equal keys the first stays.
    pub fn sort(&mut self) {
        self.0.sort_by(|(left, _), (right, _)| left.cmp(right));
        self.0.dedup_by(|(later, _), (earlier, _)| later == earlier);
    }

    /// The value of the first of `names` that is there.
    pub fn get(&self, names: &[&str]) -> Option<&Value<'a>> {
        let find = |name: &&str| {
            self.0
                .iter()
                .find(|(key, value)| key == name && *value != Value::Null)
        };
        names.iter().find_map(find).map(|(_, value)| value)
    }

    /// Appends them as a JSON object.
    pub fn write(&self, out: &mut String) {
        let mut object = Object::default();
        for (key, value) in &self.0 {
            object.put(key, value);
        }
        out.push_str(object.finish().as_deref().unwrap_or("{}"));
    }
}
