//! Functions of jq that let a value through or not. They also work on the left of `|=`, where a value that they do not let through
//! stays as it is. Most programs use them everywhere, and as definitions in jq they would take ten times as long.

use jaq_core::box_iter::box_once;
use jaq_core::{DataT, Native, ValT, ValXs};

use super::json::Json;

/// A function by its name and the kinds of its arguments.
pub(super) fn native<D: for<'a> DataT<V<'a> = Json>>(name: &str, kinds: &str) -> Option<Native<D>> {
    /// Lets the values through that are so.
    macro_rules! only {
        ($kind:pat) => {
            Native::<D>::new(|cv| through(matches!(cv.1, $kind), cv.1))
                .with_paths(|cv| through(matches!(cv.1.0, $kind), cv.1))
                .with_update(|cv, change| if matches!(cv.1, $kind) { change(cv.1) } else { box_once(Ok(cv.1)) })
        };
    }
    Some(match (name, kinds) {
        ("arrays", "") => only!(Json::List(_)),
        ("booleans", "") => only!(Json::Bool(_)),
        ("empty", "") => Native::<D>::new(|_| Box::new(std::iter::empty()))
            .with_paths(|_| Box::new(std::iter::empty()))
            .with_update(|cv, _| box_once(Ok(cv.1))),
        ("iterables", "") => only!(Json::List(_) | Json::Object(_)),
        ("nulls", "") => only!(Json::Null),
        ("numbers", "") => only!(Json::Int(_) | Json::Float(_)),
        ("objects", "") => only!(Json::Object(_)),
        ("scalars", "") => {
            only!(Json::Null | Json::Bool(_) | Json::Int(_) | Json::Float(_) | Json::Text(_) | Json::Problem(_))
        }
        ("select", "f") => Native::<D>::new(|mut cv| {
            let (condition, ctx) = cv.0.pop_fun();
            let answers = condition.run((ctx, cv.1.clone()));
            select(answers, cv.1)
        })
        .with_paths(|mut cv| {
            let (condition, ctx) = cv.0.pop_fun();
            let answers = condition.run((ctx, cv.1.0.clone()));
            select(answers, cv.1)
        })
        .with_update(|mut cv, change| {
            let (condition, ctx) = cv.0.pop_fun();
            match condition.run((ctx, cv.1.clone())).next() {
                Some(Ok(answer)) if answer.as_bool() => change(cv.1),
                Some(Err(failure)) => box_once(Err(failure)),
                _ => box_once(Ok(cv.1)),
            }
        }),
        ("strings", "") => only!(Json::Text(_) | Json::Problem(_)),
        ("values", "") => {
            only!(
                Json::Bool(_)
                    | Json::Int(_)
                    | Json::Float(_)
                    | Json::Text(_)
                    | Json::List(_)
                    | Json::Object(_)
                    | Json::Problem(_)
            )
        }
        _ => return None,
    })
}

fn through<'a, T: 'a>(is_let: bool, value: T) -> ValXs<'a, T, Json> {
    if is_let { box_once(Ok(value)) } else { Box::new(std::iter::empty()) }
}

/// `value` for each answer that counts.
fn select<'a, T: Clone + 'a>(mut answers: ValXs<'a, Json>, value: T) -> ValXs<'a, T, Json> {
    // Nearly every condition has one answer.
    if answers.size_hint().1 == Some(1) {
        return match answers.next() {
            Some(Ok(answer)) => through(answer.as_bool(), value),
            Some(Err(failure)) => box_once(Err(failure)),
            None => Box::new(std::iter::empty()),
        };
    }
    Box::new(answers.filter_map(move |answer| match answer {
        Ok(answer) => answer.as_bool().then(|| Ok(value.clone())),
        Err(failure) => Some(Err(failure)),
    }))
}
