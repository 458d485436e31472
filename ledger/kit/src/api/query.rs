//! Reads query parameters one by one so that each error names its parameter. A parameter that the endpoint doesn't know
//! is refused: otherwise a misspelled filter would return everything.

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use shared::{
    id::{Id, Kind},
    money::Currency,
    timestamp::Timestamp,
};
use time::{Date, Month};
use url::form_urlencoded;

use crate::api::pagination::{Pagination, Place};
use crate::{
    error::Error,
    page::{self, zone::Zone},
};

const VALUE_MAX: usize = 500;

#[derive(Debug, Clone, Default)]
pub struct Query {
    left: Vec<(String, String)>,
}

/// A point in time, or a whole UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Moment(Timestamp),
    /// The start of the day.
    Day(Timestamp),
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::parse(parts.uri.query().unwrap_or_default()).map_err(|error| page::refused(parts.uri.path(), error))
    }
}

impl Query {
    pub fn parse(text: &str) -> Result<Self, Error> {
        let left: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        for (at, (name, value)) in left.iter().enumerate() {
            if left[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Error::field(name, format!("{name} must be sent only once")));
            }
            // Postgres can't store NUL in text.
            if value.len() > VALUE_MAX || value.contains('\0') {
                let message = format!("{name} must be at most {VALUE_MAX} bytes, without NUL characters");
                return Err(Error::field(name, message));
            }
        }
        Ok(Self { left })
    }

    /// Returns the parameter without consuming it.
    pub fn peek(&self, name: &str) -> Option<&str> {
        self.left.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        let at = self.left.iter().position(|(given, _)| given == name)?;
        Some(self.left.swap_remove(at).1)
    }

    /// # Errors
    /// 400 naming the parameter.
    pub fn id<K: Kind>(&mut self, name: &str) -> Result<Option<Id<K>>, Error> {
        self.text(name)
            .map(|text| text.parse().map_err(|error| Error::field(name, format!("{name} {error}"))))
            .transpose()
    }

    /// # Errors
    /// 400 naming the parameter and what it may be.
    pub fn one_of(&mut self, name: &str, choices: &[&'static str]) -> Result<Option<&'static str>, Error> {
        self.text(name)
            .map(|text| {
                let found = choices.iter().copied().find(|choice| choice.eq_ignore_ascii_case(&text));
                found.ok_or_else(|| Error::field(name, format!("{name} must be one of {}", choices.join(", "))))
            })
            .transpose()
    }

    /// # Errors
    /// 400 naming the parameter.
    pub fn currency(&mut self, name: &str) -> Result<Option<String>, Error> {
        let parse = |text: String| text.parse::<Currency>().map(|currency| currency.code().to_owned());
        self.text(name).map(parse).transpose().map_err(|error| Error::field(name, format!("{name} {error}")))
    }

    /// # Errors
    /// 400 naming the parameter.
    pub fn when(&mut self, name: &str) -> Result<Option<When>, Error> {
        let message = format!("{name} must be a date such as 2026-11-20 or a time such as 2026-11-20T08:30:00Z");
        self.text(name).map(|text| When::parse(&text).ok_or_else(|| Error::field(name, message))).transpose()
    }

    /// # Errors
    /// 400 naming `perPage` or `cursor`.
    pub fn page<P: Place>(&mut self) -> Result<Pagination<P>, Error> {
        let (per_page, cursor) = (self.text("perPage"), self.text("cursor"));
        Pagination::read(per_page.as_deref(), cursor.as_deref())
    }

    /// Reads the page of a list that supports both orders.
    ///
    /// # Errors
    /// 400 naming `perPage`, `cursor` or `sort`.
    pub fn sorted_page<P: Place>(&mut self) -> Result<Pagination<P>, Error> {
        let (per_page, cursor) = (self.text("perPage"), self.text("cursor"));
        let oldest = self.one_of("sort", &["newest", "oldest"])?.map(|sort| sort == "oldest");
        Pagination::either_way(per_page.as_deref(), cursor.as_deref(), oldest)
    }

    /// Call it last.
    ///
    /// # Errors
    /// 400 naming a parameter that the endpoint doesn't know.
    pub fn finish(self) -> Result<(), Error> {
        match self.left.first() {
            None => Ok(()),
            Some((name, _)) => Err(Error::field(name, format!("{name} isn't a parameter of this endpoint"))),
        }
    }
}

impl When {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(moment) = Timestamp::parse_rfc3339(text) {
            return Some(Self::Moment(moment));
        }
        let mut parts = text.splitn(3, '-');
        let mut number = |digits: usize| {
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let (year, month, day) = (number(4)?.parse().ok()?, number(2)?.parse::<u8>().ok()?, number(2)?.parse().ok()?);
        let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        Timestamp::from_seconds(date.midnight().assume_utc().unix_timestamp()).ok().map(Self::Day)
    }

    /// As the start of a range.
    pub const fn start(self) -> Timestamp {
        match self {
            Self::Moment(moment) | Self::Day(moment) => moment,
        }
    }

    /// As the start of a range of days in a time zone.
    pub fn start_in(self, zone: &Zone) -> Timestamp {
        match self {
            Self::Moment(moment) => moment,
            Self::Day(day) => zone.start_of(Zone::utc().day_of(day)),
        }
    }

    /// Like [`Self::end`], for days in a time zone.
    pub fn end_in(self, zone: &Zone) -> Timestamp {
        match self {
            Self::Moment(moment) => moment,
            Self::Day(day) => zone.start_of(Zone::utc().day_of(day.plus_days(1))),
        }
    }

    /// As the exclusive end of a range: a day counts in full.
    pub const fn end(self) -> Timestamp {
        match self {
            Self::Moment(moment) => moment,
            Self::Day(day) => day.plus_days(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::id::AffiliateId;

    use super::*;

    fn field(error: &Error) -> &str {
        error.body().field.as_deref().unwrap_or_default()
    }

    #[test]
    fn unknown_and_repeated_parameters_are_named() {
        let mut query = Query::parse("affilateId=aff_x&perPage=5").unwrap();
        assert!(query.page::<uuid::Uuid>().is_ok());
        assert_eq!(query.id::<shared::id::Affiliate>("affiliateId").unwrap(), None::<AffiliateId>);
        assert_eq!(field(&query.finish().unwrap_err()), "affilateId");
        assert_eq!(field(&Query::parse("a=1&a=2").unwrap_err()), "a");
        assert_eq!(field(&Query::parse("a=%00").unwrap_err()), "a");
    }

    #[test]
    fn choices_have_their_own_spelling() {
        let mut query = Query::parse("status=pending").unwrap();
        assert_eq!(query.one_of("status", &["Pending", "Paid"]).unwrap(), Some("Pending"));
        let mut query = Query::parse("status=open").unwrap();
        assert_eq!(field(&query.one_of("status", &["Pending"]).unwrap_err()), "status");
    }

    #[test]
    fn a_day_ends_at_the_next() {
        let day = When::parse("2026-02-28").unwrap();
        assert_eq!(day.start().to_string(), "2026-02-28T00:00:00Z");
        assert_eq!(day.end().to_string(), "2026-03-01T00:00:00Z");
        let berlin = Zone::named("Europe/Berlin");
        assert_eq!(day.start_in(&berlin).to_string(), "2026-02-27T23:00:00Z");
        assert_eq!(day.end_in(&berlin).to_string(), "2026-02-28T23:00:00Z");
        let moment = When::parse("2026-02-28T10:00:00Z").unwrap();
        assert_eq!(moment.start(), moment.end());
        for bad in ["", "2026-2-28", "2026-02-30", "1969-12-31", "28.02.2026", "2026-02-28T"] {
            assert_eq!(When::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_query_panics(text in "\\PC*") {
            if let Ok(mut query) = Query::parse(&text) {
                let _ = query.when("from");
                let _ = query.finish();
            }
            let _ = When::parse(&text);
        }
    }
}
