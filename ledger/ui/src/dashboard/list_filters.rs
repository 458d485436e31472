//! Reads list filters from submitted forms, which also send fields that were left empty.

use shared::id::{AffiliateId, ProgramId};

use kit::{
    api::{
        pagination::{Pagination, Place},
        query::Query,
    },
    db::TenantTx,
    error::Error,
    page::{
        address::Address,
        filter::Facet,
        list::{Column, Heading, Sort, headings},
    },
};
use programs::dashboard::pick_store::{self, Program};

/// Rows per page of a list.
pub const ROWS: &str = "50";
/// Rows per batch of an export.
pub const FILE_ROWS: &str = "100";

/// The usual order of a list by date.
pub const NEWEST: Sort = Sort { key: "date", descending: true };
/// No list is longer.
const SEEN_MAX: u64 = 1_000_000_000;

/// Removes fields that were left empty.
pub fn without_blanks(query: &mut Query, names: &[&str]) {
    for name in names {
        if query.peek(name).is_some_and(|text| text.trim().is_empty()) {
            query.text(name);
        }
    }
}

/// Returns a field's text, trimmed.
pub fn text(query: &mut Query, name: &str) -> Option<String> {
    query.text(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A filter by affiliate, as typed.
#[derive(Debug, Clone, Default)]
pub struct Whom {
    pub typed: Option<String>,
    /// The affiliate that it names; `None` if it names no one.
    pub found: Option<(AffiliateId, String)>,
}

impl Whom {
    pub fn read(query: &mut Query) -> Self {
        Self { typed: text(query, "affiliate"), found: None }
    }

    pub async fn find(&mut self, tx: &mut TenantTx) -> Result<(), sqlx::Error> {
        if let Some(typed) = &self.typed {
            self.found = pick_store::affiliate(tx, typed).await?;
        }
        Ok(())
    }

    pub fn id(&self) -> Option<AffiliateId> {
        self.found.as_ref().map(|(id, _)| *id)
    }

    /// The filter names an unknown affiliate, so nothing matches.
    pub fn is_nobody(&self) -> bool {
        self.typed.is_some() && self.found.is_none()
    }

    /// The text of the filter's field: a name instead of an id.
    pub fn shown(&self) -> &str {
        match (&self.typed, &self.found) {
            (Some(typed), Some((_, name))) if typed.starts_with("aff_") => name,
            (Some(typed), _) => typed,
            (None, _) => "",
        }
    }

    pub fn facet(&self) -> Facet {
        let typed = self.typed.as_deref().unwrap_or_default();
        Facet::typed("affiliate", "Affiliate", "Name, email or link name", typed, self.shown())
    }
}

/// Reads the order of a list that is sorted by date alone.
///
/// # Errors
/// 400 naming `sort`.
pub fn order(query: &mut Query) -> Result<Sort, Error> {
    Sort::read(query, &[Column::text("Date", NEWEST.key)], NEWEST)
}

/// The URL with this order in it.
pub fn ordered(address: Address, sort: Sort) -> Address {
    address.with("sort", if sort == NEWEST { "" } else { sort.key })
}

/// The heading of its column with the date.
pub fn date_heading(title: &'static str, sort: Sort, here: &Address) -> Vec<Heading> {
    headings(&[Column::text(title, NEWEST.key)], sort, here)
}

/// How many rows precede a page that is read by a cursor; `None` if its URL doesn't say so.
pub fn seen(query: &mut Query) -> Option<u64> {
    let is_first = query.peek("cursor").is_none();
    let seen = query.text("seen").and_then(|text| text.parse().ok()).filter(|rows| *rows < SEEN_MAX);
    if is_first { Some(0) } else { seen }
}

/// Whether another page follows, so that only a count knows how many rows there are.
pub fn is_more<P: Place>(pagination: &Pagination<P>, rows: usize) -> bool {
    i64::try_from(rows).is_ok_and(|rows| rows >= pagination.limit())
}

/// Programs as options of a select, after the option for all.
pub fn options(programs: &[Program], first: &str) -> Vec<(String, String)> {
    let named = programs.iter().map(|program| {
        let note = if program.archived { " (archived)" } else { "" };
        (program.id.to_string(), format!("{}{note}", program.name))
    });
    std::iter::once((String::new(), first.to_owned())).chain(named).collect()
}

/// # Errors
/// 400 naming `program`.
pub fn program(query: &mut Query) -> Result<Option<ProgramId>, Error> {
    query.id("program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_empty_was_not_asked() {
        let mut query = Query::parse("status=&affiliate=+&q=+x+").unwrap();
        without_blanks(&mut query, &["status", "affiliate", "q"]);
        assert_eq!((query.peek("status"), query.peek("affiliate")), (None, None));
        assert_eq!(text(&mut query, "q").as_deref(), Some("x"));
        assert!(query.finish().is_ok());
    }

    #[test]
    fn a_first_page_has_no_rows_before_it() {
        let seen_in = |text: &str| seen(&mut Query::parse(text).unwrap());
        assert_eq!((seen_in(""), seen_in("seen=50")), (Some(0), Some(0)));
        assert_eq!(
            (seen_in("cursor=c&seen=50"), seen_in("cursor=c"), seen_in("cursor=c&seen=x")),
            (Some(50), None, None)
        );
    }

    #[test]
    fn the_filter_shows_a_name_rather_than_an_id() {
        let id = AffiliateId::from_bytes([7; 16]);
        let found = Some((id, "Lauren".to_owned()));
        let shown = |typed: &str| Whom { typed: Some(typed.to_owned()), found: found.clone() }.shown().to_owned();
        assert_eq!((shown(&id.to_string()).as_str(), shown("lauren").as_str()), ("Lauren", "lauren"));
        assert!(Whom { typed: Some("x".to_owned()), found: None }.is_nobody());
    }
}
