//! Arithmetic on values, as jq has it.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use jaq_core::ops::Math;
use jaq_core::{Error, ValR};

use super::budget::{self, Exhausted};
use super::json::{Json, failure, out_of_budget};

/// The result of an arithmetic operation on two whole numbers, or on two floats if it does not fit.
fn arithmetic(
    one: &Json,
    two: &Json,
    whole: impl Fn(i64, i64) -> Option<i64>,
    float: impl Fn(f64, f64) -> f64,
) -> Option<Json> {
    if let (Json::Int(one), Json::Int(two)) = (one, two)
        && let Some(result) = whole(*one, *two)
    {
        return Some(Json::Int(result));
    }
    Some(Json::Float(float(one.as_number()?, two.as_number()?)))
}

impl Add for Json {
    type Output = ValR<Self>;

    fn add(self, other: Self) -> Self::Output {
        match (self, other) {
            (Self::Null, value) | (value, Self::Null) => Ok(value),
            (Self::Text(one), Self::Text(two)) => {
                if one.len() + two.len() > budget::MAX_VALUE {
                    budget::exhaust(Exhausted::Size);
                    return Err(out_of_budget());
                }
                Ok(Self::text(&format!("{one}{two}")))
            }
            (Self::List(one), Self::List(two)) => {
                let mut items = Self::List(one).into_items()?;
                items.extend(two.inside.iter().cloned());
                Ok(Self::list(items))
            }
            (one @ Self::Object(_), Self::Object(two)) => one.with_members(two),
            (one, two) => {
                let sum = arithmetic(&one, &two, i64::checked_add, |one, two| one + two);
                sum.ok_or_else(|| Error::math(one, Math::Add, two))
            }
        }
    }
}

impl Sub for Json {
    type Output = ValR<Self>;

    fn sub(self, other: Self) -> Self::Output {
        match (self, other) {
            (Self::List(one), Self::List(two)) => {
                let items = one.inside.iter().filter(|item| !two.inside.contains(item)).cloned();
                Ok(Self::list(items.collect()))
            }
            (one, two) => {
                let difference = arithmetic(&one, &two, i64::checked_sub, |one, two| one - two);
                difference.ok_or_else(|| Error::math(one, Math::Sub, two))
            }
        }
    }
}

impl Mul for Json {
    type Output = ValR<Self>;

    fn mul(self, other: Self) -> Self::Output {
        let product = arithmetic(&self, &other, i64::checked_mul, |one, two| one * two);
        product.ok_or_else(|| Error::math(self, Math::Mul, other))
    }
}

impl Div for Json {
    type Output = ValR<Self>;

    fn div(self, other: Self) -> Self::Output {
        if let (Self::Text(text), Self::Text(separator)) = (&self, &other) {
            if !budget::take(text.len()) {
                return Err(out_of_budget());
            }
            let parts = |text: &str| -> Vec<Self> {
                if text.is_empty() {
                    return Vec::new();
                }
                if separator.is_empty() {
                    return text.chars().map(|c| Self::Text(c.encode_utf8(&mut [0; 4]).to_owned().into())).collect();
                }
                text.split(&**separator).map(|part| Self::Text(part.into())).collect()
            };
            return Ok(Self::list(parts(text)));
        }
        if other.as_number() == Some(0.0) {
            return Err(failure("a number is divided by zero"));
        }
        let whole = |one: i64, two: i64| (one.checked_rem(two)? == 0).then(|| one.checked_div(two)).flatten();
        let quotient = arithmetic(&self, &other, whole, |one, two| one / two);
        quotient.ok_or_else(|| Error::math(self, Math::Div, other))
    }
}

impl Rem for Json {
    type Output = ValR<Self>;

    fn rem(self, other: Self) -> Self::Output {
        if other.as_number().is_some_and(|number| number.trunc() == 0.0) {
            return Err(failure("a number is divided by zero"));
        }
        let remainder = arithmetic(&self, &other, i64::checked_rem, |one, two| one.trunc() % two.trunc());
        remainder.ok_or_else(|| Error::math(self, Math::Rem, other))
    }
}

impl Neg for Json {
    type Output = ValR<Self>;

    fn neg(self) -> Self::Output {
        Self::Int(0) - self
    }
}
