//! Parses the euro foreign exchange reference rates that the European Central Bank publishes around 16:00 CET on
//! working days.
//!
//! Source: ecb.europa.eu, "Euro foreign exchange reference rates", XML. A file has one day (`eurofxref-daily.xml`) or
//! many (`eurofxref-hist-90d.xml`), newest first, in the same form: an envelope with a `Cube`; in it a `Cube` for each
//! day with `time`; in it a `Cube` for each currency with `currency` and `rate`, what one euro is worth in it. Only the
//! `Cube`s matter; the envelope's other elements are ignored.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::{
    events::{BytesStart, Event},
    reader::Reader,
};
use shared::money::Currency;
use time::{Date, macros::format_description};

use super::rate::Rate;

/// The 90-day file has about 64 working days.
const DAYS_MAX: usize = 400;
/// Envelope, outer cube, day, currency; and the sender's name.
const DEPTH_MAX: usize = 8;

/// What one euro was worth on a day, by currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRates {
    pub day: Date,
    /// Currencies that no amount here can have are left out.
    pub rates: BTreeMap<Currency, Rate>,
}

/// The file isn't what the bank publishes: no part of it is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the ECB's file of reference rates: {0}")]
pub struct Malformed(String);

fn malformed(what: impl Into<String>) -> Malformed {
    Malformed(what.into())
}

/// Parses a file; returns its days, oldest first.
///
/// # Errors
/// [`Malformed`] if it ends early, declares a document type, has no day, a day without rates, or a date, currency or
/// rate that is invalid or there twice.
pub fn parse(xml: &str) -> Result<Vec<DayRates>, Malformed> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let (mut file, mut open, mut closed) = (File::default(), Vec::new(), false);
    loop {
        match reader.read_event().map_err(|error| malformed(error.to_string()))? {
            Event::Start(_) if closed || open.len() >= DEPTH_MAX => return Err(malformed("unexpected element")),
            Event::Start(tag) => {
                let is_cube = tag.local_name().into_inner() == "Cube";
                if open.is_empty() && tag.local_name().into_inner() != "Envelope" {
                    return Err(malformed("it has no envelope"));
                }
                let cubes = open.iter().filter(|is_cube| **is_cube).count();
                if is_cube {
                    file.cube(cubes, &tag)?;
                }
                open.push(is_cube);
            }
            Event::End(_) => {
                open.pop().ok_or_else(|| malformed("unexpected closing tag"))?;
                closed = open.is_empty();
            }
            Event::DocType(_) => return Err(malformed("a document type isn't allowed")),
            Event::Eof if closed => return file.days(),
            Event::Eof => return Err(malformed("it ends early")),
            _ => {}
        }
    }
}

#[derive(Debug, Default)]
struct File {
    days: BTreeMap<Date, BTreeMap<Currency, Rate>>,
    day: Option<Date>,
    /// The currencies of the current day, also those that are left out.
    seen: BTreeSet<String>,
}

impl File {
    /// Reads a `Cube` inside of `cubes` others.
    fn cube(&mut self, cubes: usize, tag: &BytesStart<'_>) -> Result<(), Malformed> {
        match cubes {
            0 => Ok(()),
            1 => self.begin(&attribute(tag, "time")?),
            2 => self.rate(&attribute(tag, "currency")?, &attribute(tag, "rate")?),
            _ => Err(malformed("unexpected element")),
        }
    }

    fn begin(&mut self, time: &str) -> Result<(), Malformed> {
        let day = Date::parse(time, format_description!("[year]-[month]-[day]"));
        let day = day.map_err(|_| malformed(format!("time {time:?} isn't a date")))?;
        if self.days.len() >= DAYS_MAX {
            return Err(malformed("it has too many days"));
        }
        if self.days.insert(day, BTreeMap::new()).is_some() {
            return Err(malformed(format!("{day} is there twice")));
        }
        self.day = Some(day);
        self.seen.clear();
        Ok(())
    }

    fn rate(&mut self, code: &str, rate: &str) -> Result<(), Malformed> {
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) || code == "EUR" {
            return Err(malformed(format!("{code:?} isn't a foreign currency")));
        }
        let parsed = Rate::parse(rate).ok_or_else(|| malformed(format!("{code} has the rate {rate:?}")))?;
        if !self.seen.insert(code.to_owned()) {
            return Err(malformed(format!("{code} is there twice on one day")));
        }
        let day = self.day.and_then(|day| self.days.get_mut(&day)).ok_or_else(|| malformed("a rate without a day"))?;
        if let Ok(currency) = code.parse() {
            day.insert(currency, parsed);
        }
        Ok(())
    }

    fn days(self) -> Result<Vec<DayRates>, Malformed> {
        if self.days.is_empty() {
            return Err(malformed("it has no day"));
        }
        match self.days.iter().find(|(_, rates)| rates.is_empty()) {
            Some((day, _)) => Err(malformed(format!("{day} has no rates"))),
            None => Ok(self.days.into_iter().map(|(day, rates)| DayRates { day, rates }).collect()),
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<String, Malformed> {
    let missing = || malformed(format!("a Cube has no {name}"));
    let found = tag.try_get_attribute(name).map_err(|error| malformed(error.to_string()))?.ok_or_else(missing)?;
    Ok(found.value.to_string())
}

#[cfg(test)]
mod tests;
