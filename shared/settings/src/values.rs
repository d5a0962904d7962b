//! Parsers of values that several settings share. Each returns the problem of a value, or an empty text if the
//! setting's form describes it.

use std::collections::BTreeMap;
use std::fmt::Display;

use chrono::TimeDelta;
use cxtrace_domain::journeys::Source;
use cxtrace_domain::metrics::Tag;

use crate::setting::{Form, Spec};

/// The form of the setting describes the problem.
fn as_the_form_says<E>(_: E) -> String {
    String::new()
}

/// Any text.
///
/// # Errors
/// None.
pub fn text(_: &Spec, value: &str) -> Result<String, String> {
    Ok(value.to_owned())
}

/// The address of a page, with `{value}` for an id.
///
/// # Errors
/// When it is not HTTPS, or has no `{value}`.
pub fn page_of_an_id(_: &Spec, value: &str) -> Result<String, String> {
    let valid = value.starts_with("https://") && value.contains("{value}") && !value.contains(char::is_whitespace);
    if valid { Ok(value.to_owned()) } else { Err(String::new()) }
}

/// A whole number within the bounds of the setting's form.
///
/// # Errors
/// When it is something else.
pub fn whole(spec: &Spec, value: &str) -> Result<u32, String> {
    let Form::Whole { min, max, .. } = spec.form else { return Err(String::new()) };
    let number = value.parse::<u32>().map_err(as_the_form_says)?;
    if (min..=max).contains(&u64::from(number)) { Ok(number) } else { Err(String::new()) }
}

/// A whole number of seconds.
///
/// # Errors
/// When it is something else.
pub fn seconds(spec: &Spec, value: &str) -> Result<TimeDelta, String> {
    Ok(TimeDelta::seconds(whole(spec, value)?.into()))
}

/// A whole number of milliseconds.
///
/// # Errors
/// When it is something else.
pub fn milliseconds(spec: &Spec, value: &str) -> Result<TimeDelta, String> {
    Ok(TimeDelta::milliseconds(whole(spec, value)?.into()))
}

/// A whole number of days.
///
/// # Errors
/// When it is something else.
pub fn days(spec: &Spec, value: &str) -> Result<TimeDelta, String> {
    Ok(TimeDelta::days(whole(spec, value)?.into()))
}

/// A number of hours.
///
/// # Errors
/// When it is something else.
pub fn hours(spec: &Spec, value: &str) -> Result<TimeDelta, String> {
    Ok(TimeDelta::hours(whole(spec, value)?.into()))
}

/// `true` or `false`.
///
/// # Errors
/// When it is something else.
pub fn flag(_: &Spec, value: &str) -> Result<bool, String> {
    value.parse().map_err(as_the_form_says)
}

/// Tags separated by commas.
///
/// # Errors
/// The first tag that Datadog would change.
pub fn tags(_: &Spec, value: &str) -> Result<Vec<Tag>, String> {
    entries(value).map(|tag| Tag::parse(tag).map_err(|error| error.to_string())).collect()
}

/// Texts separated by spaces.
///
/// # Errors
/// None.
pub fn words(_: &Spec, value: &str) -> Result<Vec<String>, String> {
    Ok(value.split_whitespace().map(str::to_owned).collect())
}

/// Entries such as `crm=7200`, separated by commas: a source and its delay in seconds.
///
/// # Errors
/// The first entry of another form.
pub fn delays(_: &Spec, value: &str) -> Result<BTreeMap<Source, TimeDelta>, String> {
    let delay = |entry: &str| {
        let (source, seconds) = entry.split_once('=').ok_or_else(|| format!("`{entry}` has no `=`"))?;
        let (source, seconds) = (source.trim(), seconds.trim());
        let valid = Source::read(source).ok_or_else(|| format!("`{source}` is not the name of a source"))?;
        let seconds = seconds.parse::<u32>().map_err(|_| format!("`{seconds}` is not a whole number of seconds"))?;
        Ok((valid, TimeDelta::seconds(seconds.into())))
    };
    entries(value).map(delay).collect()
}

/// What `parse` returns for a text, with its error as a text.
///
/// # Errors
/// Those of `parse`.
pub fn parsed<T, E: Display>(value: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, String> {
    parse(value).map_err(|error| error.to_string())
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}
