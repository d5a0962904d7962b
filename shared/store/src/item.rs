//! Reads single attributes of an item. Errors name the item and the attribute.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::StoreError;
use crate::key::{PK, SK};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// An item being read.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a Item);

impl Reader<'_> {
    pub(crate) fn unreadable(&self, reason: impl Into<String>) -> StoreError {
        let text = |name: &str| self.0.get(name).and_then(|v| v.as_s().ok()).cloned().unwrap_or_default();
        StoreError::Unreadable { pk: text(PK), sk: text(SK), reason: reason.into() }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, StoreError> {
        match self.0.get(name) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(self.unreadable(format!("`{name}` must be a string"))),
        }
    }

    /// A whole number, if the attribute exists.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, StoreError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::N(digits)) => match digits.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(self.unreadable(format!("`{name}` is {digits:?}, which is out of range"))),
            },
            Some(_) => Err(self.unreadable(format!("`{name}` must be a number"))),
        }
    }

    /// A required whole number.
    pub(crate) fn required_number<T: std::str::FromStr>(&self, name: &str) -> Result<T, StoreError> {
        self.number(name)?.ok_or_else(|| self.unreadable(format!("`{name}` is missing")))
    }

    /// A required list of strings.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let texts = match self.0.get(name) {
            Some(AttributeValue::L(members)) => members.iter().map(|member| member.as_s().ok().cloned()).collect(),
            _ => None,
        };
        texts.ok_or_else(|| self.unreadable(format!("`{name}` must be a list of strings")))
    }

    /// The members of a binary set, if the attribute exists.
    pub(crate) fn binaries(&self, name: &str) -> Result<impl ExactSizeIterator<Item = &[u8]>, StoreError> {
        let members: &[_] = match self.0.get(name) {
            None => &[],
            Some(AttributeValue::Bs(members)) => members,
            Some(_) => return Err(self.unreadable(format!("`{name}` must be a binary set"))),
        };
        Ok(members.iter().map(AsRef::as_ref))
    }
}

pub(crate) fn number(n: impl ToString) -> AttributeValue {
    AttributeValue::N(n.to_string())
}

pub(crate) fn text(s: impl Into<String>) -> AttributeValue {
    AttributeValue::S(s.into())
}
