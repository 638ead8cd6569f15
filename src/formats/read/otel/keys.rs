//! Names that mean something: attributes with a column of their own, members of a message.
//!
//! A name is looked up straight from the JSON text, without keeping it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A set of names; see [`keys!`].
pub trait Keys: Copy {
    /// The names that are written, in the order of [`Self::index`].
    const NAMES: &'static [&'static str];
    /// The key of this name.
    fn find(name: &str) -> Option<Self>;
    /// Its place among the names.
    fn index(self) -> usize;
}

/// Declares an enum of names, each with others that mean the same.
macro_rules! keys {
    ($(#[doc = $doc:literal])+ $keys:ident { $($key:ident $name:literal $(| $other:literal)*,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy)]
        pub enum $keys {
            $($key,)+
        }

        impl $crate::formats::read::otel::keys::Keys for $keys {
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn find(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $other)* => Some(Self::$key),)+
                    _ => None,
                }
            }

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}
pub(in crate::formats) use keys;

/// The key of an object's member, where it is one of `K`.
pub struct Member<K>(pub Option<K>);

impl<'de, K: Keys> Deserialize<'de> for Member<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_identifier(Reader(PhantomData))
    }
}

struct Reader<K>(PhantomData<K>);

impl<K: Keys> Visitor<'_> for Reader<K> {
    type Value = Member<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Member<K>, E> {
        Ok(Member(K::find(name)))
    }
}
