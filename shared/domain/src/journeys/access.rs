//! What a reader may do: scopes, and how the claims of a token become scopes. It must not know how a token is verified.

use std::collections::{BTreeMap, BTreeSet};

/// Something that a reader may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// See journeys, and why their parts belong together.
    Read,
    /// Search by a phone number.
    Search,
    /// Retract an edge, and restore a retracted one.
    Retract,
    /// Erase what is stored about a person.
    Erase,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Search, Self::Retract, Self::Erase];

    /// Its name in settings, docs and errors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Search => "search",
            Self::Retract => "retract",
            Self::Erase => "erase",
        }
    }

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// The scopes of one reader.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Every scope.
    #[must_use]
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether `scope` is one of them.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

/// What the words in claims grant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<String, Scopes>);

/// Why a text does not say what is granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGrants {
    /// An entry is not of the form.
    #[error("`{0}` is not written word=scope, such as cxtrace.read=read")]
    Form(String),
    /// A scope does not exist.
    #[error("`{0}` is not a scope: use read, search, retract or erase")]
    Scope(String),
}

impl Grants {
    /// The word that every verified token has.
    const ANYBODY: &str = "*";

    /// Reads entries that are separated by commas: a word, `=`, and scopes separated by spaces. The word `*` stands for
    /// every verified token.
    ///
    /// # Errors
    /// When an entry has another form, or names a scope that does not exist.
    pub fn read(text: &str) -> Result<Self, InvalidGrants> {
        let mut grants: BTreeMap<String, Scopes> = BTreeMap::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let form = || InvalidGrants::Form(entry.to_owned());
            let (word, scopes) = entry.rsplit_once('=').ok_or_else(form)?;
            let (word, scopes) = (word.trim(), scopes.trim());
            if word.is_empty() || scopes.is_empty() || word.contains(char::is_whitespace) {
                return Err(form());
            }
            for scope in scopes.split_whitespace() {
                let scope = Scope::read(scope).ok_or_else(|| InvalidGrants::Scope(scope.to_owned()))?;
                grants.entry(word.to_owned()).or_default().0.insert(scope);
            }
        }
        Ok(Self(grants))
    }

    /// The scopes of a verified token whose claims have these values. A value is one word, or several that are separated by
    /// spaces or commas, with or without brackets: API Gateway writes a list as `[one two]`.
    #[must_use]
    pub fn scopes_of<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> Scopes {
        let separators = |c: char| c.is_whitespace() || "[],\"".contains(c);
        let words = values.into_iter().flat_map(|value| value.split(separators)).filter(|word| !word.is_empty());
        // A claim cannot say `*`: that word is nobody's.
        let words = words.filter(|word| *word != Self::ANYBODY).chain([Self::ANYBODY]);
        words.filter_map(|word| self.0.get(word)).flat_map(|scopes| scopes.0.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(grants: &str, values: &[&str]) -> Vec<&'static str> {
        let scopes = Grants::read(grants).unwrap().scopes_of(values.iter().copied());
        Scope::ALL.into_iter().filter(|scope| scopes.has(*scope)).map(Scope::as_str).collect()
    }

    #[test]
    fn only_words_that_are_granted_something_count() {
        let grants = "cxtrace.read=read, api/search=search,supervisors=read retract,a=b=read";
        assert_eq!(scopes(grants, &["openid profile cxtrace.read"]), ["read"]);
        assert_eq!(scopes(grants, &["[clerks supervisors]", "api/search"]), ["read", "search", "retract"]);
        assert_eq!(scopes(grants, &["[\"supervisors\",\"x\"]"]), ["read", "retract"]);
        assert_eq!(scopes(grants, &["a=b"]), ["read"]);
        for nobody in ["", "cxtrace.reader", "CXTRACE.READ", "read", "*", "cxtrace"] {
            assert_eq!(scopes(grants, &[nobody]), [""; 0], "{nobody}");
        }
    }

    #[test]
    fn a_star_grants_to_every_token_and_nothing_is_granted_without_a_rule() {
        assert_eq!(scopes("*=read", &[]), ["read"]);
        assert_eq!(scopes("", &["cxtrace.read"]), [""; 0]);
    }

    #[test]
    fn what_is_no_grant_is_refused() {
        for text in ["read", "=read", "x=", "two words=read"] {
            assert!(matches!(Grants::read(text), Err(InvalidGrants::Form(_))), "{text}");
        }
        assert_eq!(Grants::read("x=delete"), Err(InvalidGrants::Scope("delete".to_owned())));
    }
}
