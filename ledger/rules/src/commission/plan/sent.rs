//! Validates components as a caller sent them, and names each error's field as it was sent. After parsing, a component
//! no longer knows whether its rates came as `ratePercent` or as `ratePpm`.

use serde::{Deserialize, Deserializer, de::Error};

use super::{
    Component,
    json::{Misfit, Wire},
    validate::{Invalid, validate},
};

/// One component, and which of its rates came in percent, as paths of those in parts per million.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Wire")]
struct Sent {
    component: Component,
    percents: Vec<String>,
}

impl TryFrom<Wire> for Sent {
    type Error = Misfit;

    fn try_from(wire: Wire) -> Result<Self, Misfit> {
        let percents = wire.percents();
        Ok(Self { component: wire.try_into()?, percents })
    }
}

/// Parses a valid list of components, for a body's field `components`.
///
/// # Errors
/// The first invalid field, by its path within the list.
pub fn components<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Component>, D::Error> {
    read(Vec::deserialize(deserializer)?)
}

/// Like [`components`], but null has a meaning, and leaving the field out is an error.
pub fn components_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Component>>, D::Error> {
    <Option<Vec<Sent>>>::deserialize(deserializer)?.map(read).transpose()
}

fn read<E: Error>(sent: Vec<Sent>) -> Result<Vec<Component>, E> {
    let (components, percents): (Vec<Component>, Vec<Vec<String>>) =
        sent.into_iter().map(|sent| (sent.component, sent.percents)).unzip();
    match validate(&components) {
        Ok(()) => Ok(components),
        Err(invalid) => Err(E::custom(words(&as_sent(invalid, &percents)))),
    }
}

fn as_sent(invalid: Invalid, percents: &[Vec<String>]) -> Invalid {
    let mut in_percent = percents
        .iter()
        .enumerate()
        .flat_map(|(at, fields)| fields.iter().map(move |field| format!("components[{at}].{field}")));
    if in_percent.any(|field| field == invalid.field) {
        return Invalid { field: invalid.field.replace("ratePpm", "ratePercent"), ..invalid };
    }
    invalid
}

/// The path continues that of the list, which `api::body` knows.
fn words(invalid: &Invalid) -> String {
    match invalid.field.strip_prefix("components") {
        Some(within) if !within.is_empty() => format!("invalid field `{within}`: {invalid}"),
        _ => invalid.to_string(),
    }
}
