//! How a source's webhooks prove who sends them.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_signatures::{Auth, Handshake, InvalidAuth, Verifier};

/// The scheme of a source whose definition names none: `Authorization: Bearer <secret>`.
const DEFAULT: &str = "default";

/// A source that sends webhooks.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The name of its definition, whatever name the request used.
    pub source: String,
    /// The schemes of its definition, by name.
    schemes: BTreeMap<String, Verifier>,
    /// The schemes that its inputs name. A request must satisfy one of these.
    used: BTreeSet<String>,
    pub handshake: Option<Handshake>,
}

impl Hook {
    /// A hook by the `auth` blocks of a definition, and the names of those that its inputs use.
    ///
    /// # Errors
    /// When a block cannot be used.
    pub fn try_new(
        source: &str,
        auths: &BTreeMap<String, Auth>,
        used: BTreeSet<String>,
        handshake: Option<Handshake>,
    ) -> Result<Self, InvalidAuth> {
        let mut schemes = BTreeMap::new();
        for (name, auth) in auths {
            schemes.insert(name.clone(), Verifier::try_new(auth)?);
        }
        if schemes.is_empty() {
            schemes.insert(DEFAULT.to_owned(), Verifier::try_new(&Auth::default())?);
        }
        let used = if used.is_empty() { BTreeSet::from([DEFAULT.to_owned()]) } else { used };
        Ok(Self { source: source.to_owned(), schemes, used, handshake })
    }

    /// A hook that `Authorization: Bearer <secret>` opens, or what the deployer chooses in its place.
    #[must_use]
    pub fn bearer(source: &str) -> Self {
        // The default scheme is one that can always be used.
        Self::try_new(source, &BTreeMap::new(), BTreeSet::new(), None)
            .unwrap_or_else(|_| Self::without_scheme(source, None))
    }

    /// A hook that only a scheme of the deployer's can open.
    #[must_use]
    pub fn without_scheme(source: &str, handshake: Option<Handshake>) -> Self {
        Self { source: source.to_owned(), schemes: BTreeMap::new(), used: BTreeSet::new(), handshake }
    }

    /// The schemes that its inputs name.
    pub fn used(&self) -> impl Iterator<Item = (&str, &Verifier)> {
        self.used.iter().filter_map(|name| Some((name.as_str(), self.schemes.get(name)?)))
    }

    /// A scheme of its definition.
    #[must_use]
    pub fn scheme(&self, name: &str) -> Option<&Verifier> {
        self.schemes.get(name)
    }
}
