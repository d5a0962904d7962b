//! The part of a definition that says how its webhooks prove who sent them. `build.rs` reads the same types. It must not know how
//! anything is verified.

use std::collections::BTreeMap;
use std::fmt;

use cxtrace_webhook_auth::Auth;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a source's webhooks prove who sent them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Auths {
    /// What the platform asks of an address before it uses it.
    pub handshake: Option<Handshake>,
    /// By name. An input without a name uses `default`.
    pub schemes: BTreeMap<String, Auth>,
}

impl Auths {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handshake.is_none() && self.schemes.is_empty()
    }
}

impl Serialize for Auths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        if let Some(handshake) = &self.handshake {
            map.serialize_entry("handshake", handshake)?;
        }
        for (name, auth) in &self.schemes {
            map.serialize_entry(name, auth)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Auths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Auths;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("schemes by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Auths, A::Error> {
                let mut auths = Auths::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "handshake" {
                        auths.handshake = Some(map.next_value()?);
                    } else {
                        auths.schemes.insert(name, map.next_value()?);
                    }
                }
                Ok(auths)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// What a platform asks of an address before it uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Handshake {
    Zoom,
    RingCentral,
    #[serde(rename = "8x8")]
    EightByEight,
    None,
}
