//! Lists whose order and page are in the URL: sortable headings, and links to the neighboring pages.
//!
//! `sort=name` or `sort=-name` (descending) and `page=2`. A list of unlimited length is read by cursors instead
//! ([`crate::api::pagination`]): its later pages cost no more than the first.

use shared::money::grouped;

use super::address::Address;
use crate::{api::query::Query, error::Error, text::Texts};

/// The rows of a list are counted up to here, so that the count costs no more than a page.
pub const COUNTED_MAX: i64 = 10_000;
/// To get further, people use a filter: no one pages through more.
const PAGES_MAX: u32 = 200;

/// A column of a list. Only a column with a key is sortable.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub title: &'static str,
    pub key: Option<&'static str>,
    /// Numbers are right-aligned, and sorted from the highest first.
    pub number: bool,
}

impl Column {
    pub const fn text(title: &'static str, key: &'static str) -> Self {
        Self { title, key: Some(key), number: false }
    }

    pub const fn number(title: &'static str, key: &'static str) -> Self {
        Self { title, key: Some(key), number: true }
    }

    pub const fn plain(title: &'static str) -> Self {
        Self { title, key: None, number: false }
    }

    pub const fn plain_number(title: &'static str) -> Self {
        Self { title, key: None, number: true }
    }
}

/// The order of a list. `key` is one of its columns' keys: a query may match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub key: &'static str,
    pub descending: bool,
}

impl Sort {
    /// # Errors
    /// 400 naming `sort`.
    pub fn read(query: &mut Query, columns: &[Column], otherwise: Self) -> Result<Self, Error> {
        let Some(text) = query.text("sort").filter(|text| !text.is_empty()) else { return Ok(otherwise) };
        let (name, descending) = text.strip_prefix('-').map_or((text.as_str(), false), |name| (name, true));
        let mut keys = columns.iter().filter_map(|column| column.key);
        let key = keys.find(|key| *key == name).ok_or_else(|| Error::field("sort", "sort must be a valid column"))?;
        Ok(Self { key, descending })
    }

    fn text(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.key)
    }
}

/// A column's heading, for `ui/table.html`.
#[derive(Debug)]
pub struct Heading {
    pub title: &'static str,
    pub number: bool,
    /// The list sorted by this column, or in the other direction if it already is.
    pub href: Option<String>,
    /// `ascending` or `descending`, if the list is sorted by it.
    pub sorted: Option<&'static str>,
}

/// The headings of a list; sorting starts again at the first page.
pub fn headings(columns: &[Column], sort: Sort, here: &Address) -> Vec<Heading> {
    let heading = |column: &Column| {
        let mine = column.key == Some(sort.key);
        let sorted = mine.then_some(if sort.descending { "descending" } else { "ascending" });
        let href = column.key.map(|key| {
            let descending = if mine { !sort.descending } else { column.number };
            here.clone().without("page").with("sort", Sort { key, descending }.text()).to_string()
        });
        Heading { title: column.title, number: column.number, href, sorted }
    };
    columns.iter().map(heading).collect()
}

/// A page of a list by its number, from 1.
#[derive(Debug, Clone, Copy)]
pub struct PageOf {
    number: u32,
    rows: u32,
}

impl PageOf {
    /// # Errors
    /// 400 naming `page`.
    pub fn read(query: &mut Query, rows: u32) -> Result<Self, Error> {
        let number = match query.text("page").filter(|text| !text.is_empty()) {
            None => 1,
            Some(text) => text
                .parse()
                .ok()
                .filter(|number| (1..=PAGES_MAX).contains(number))
                .ok_or_else(|| Error::field("page", format!("page must be 1 to {PAGES_MAX}")))?,
        };
        Ok(Self { number, rows })
    }

    /// The page that has the row at this index.
    pub fn holding(index: usize, rows: u32) -> Self {
        let before = u32::try_from(index).unwrap_or(u32::MAX) / rows.max(1);
        Self { number: before.saturating_add(1).min(PAGES_MAX), rows }
    }

    /// How many rows to read: one more than is shown, which reveals whether another page follows.
    pub fn limit(self) -> i64 {
        i64::from(self.rows) + 1
    }

    pub fn offset(self) -> i64 {
        i64::from(self.number - 1) * i64::from(self.rows)
    }

    /// Drops the extra row, and links the neighboring pages.
    pub fn around<R>(self, rows: &mut Vec<R>, here: &Address) -> Pager {
        let shown = usize::try_from(self.rows).unwrap_or(usize::MAX);
        let more = rows.len() > shown && self.number < PAGES_MAX;
        rows.truncate(shown);
        let at = |number: u32| {
            here.clone().with("page", if number == 1 { String::new() } else { number.to_string() }).to_string()
        };
        let first = self.offset() + 1;
        let last = self.offset() + i64::try_from(rows.len()).unwrap_or(i64::MAX);
        Pager {
            earlier: (self.number > 1).then(|| at(self.number - 1)),
            later: more.then(|| at(self.number + 1)),
            range: if rows.is_empty() { String::new() } else { format!("{first}\u{2013}{last}") },
            ..Pager::default()
        }
    }

    /// The rows that [`Self::around`] kept, of so many.
    pub fn shown(self, rows: usize, total: Option<i64>) -> Shown {
        let total = total.map(|rows| Total { rows, most: COUNTED_MAX });
        Shown { before: self.offset().try_into().ok(), rows, total }
    }
}

/// The rows that a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// How many precede them; `None` if no one knows.
    pub before: Option<u64>,
    pub rows: usize,
    /// How many there are in all; `None` if these are the last.
    pub total: Option<Total>,
}

/// Rows of all pages.
#[derive(Debug, Clone, Copy)]
pub struct Total {
    /// Counted no further than one more than `most`.
    pub rows: i64,
    pub most: i64,
}

impl Shown {
    /// How many rows the next page has before it.
    fn after(self) -> Option<u64> {
        Some(self.before?.saturating_add(u64::try_from(self.rows).ok()?))
    }

    /// `51–100 of 1,234`; empty if that isn't known.
    fn range(self) -> String {
        let (Some(before), Some(last)) = (self.before, self.after()) else { return String::new() };
        let total = match self.total {
            Some(Total { rows, most }) if rows > most => format!("{}+", grouped(most.unsigned_abs().max(last))),
            total => grouped(total.map_or(0, |total| total.rows.unsigned_abs()).max(last)),
        };
        if last == before {
            return String::new();
        }
        format!("{}\u{2013}{} of {total}", grouped(before.saturating_add(1)), grouped(last))
    }
}

/// The links to the neighboring pages, for `ui/table.html`.
#[derive(Debug, Default)]
pub struct Pager {
    pub earlier: Option<String>,
    pub later: Option<String>,
    /// `51–100`, `51–100 of 1,234`; empty if there are no rows, or if no one knows which they are.
    pub range: String,
    /// Whether `earlier` leads to the first page, not to the one before.
    pub to_first: bool,
    /// Of its words.
    pub t: Texts,
}

impl Pager {
    /// For a list that is read by cursors: the browser's back button leads back.
    pub fn of_cursor(next: Option<&str>, here: &Address) -> Self {
        let later = next.map(|cursor| here.clone().with("cursor", cursor).to_string());
        let first = here.pairs().any(|(name, _)| name == "cursor").then(|| here.clone().without("cursor").to_string());
        Self { earlier: first, later, ..Self::default() }
    }

    /// The same with the place of its rows in the list: `here` is the first page, and the next one's URL says how many
    /// rows precede it.
    pub fn of_counted(shown: Shown, next: Option<&str>, here: &Address) -> Self {
        let after = shown.after();
        let later = next.map(|cursor| here.clone().with("cursor", cursor).maybe("seen", after).to_string());
        let earlier = (shown.before != Some(0)).then(|| here.to_string());
        Self { earlier, later, range: shown.range(), to_first: true, ..Self::default() }
    }

    /// Says how many rows there are in all.
    #[must_use]
    pub fn counted(self, shown: Shown) -> Self {
        Self { range: shown.range(), ..self }
    }

    /// The same with its words in another language than English.
    #[must_use]
    pub fn in_language(self, t: Texts) -> Self {
        Self { t, ..self }
    }

    pub fn is_needed(&self) -> bool {
        self.earlier.is_some() || self.later.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] =
        [Column::text("Name", "name"), Column::number("Sales", "sales"), Column::plain("State")];
    const BY_NAME: Sort = Sort { key: "name", descending: false };

    fn query(text: &str) -> Query {
        Query::parse(text).unwrap()
    }

    #[test]
    fn the_order_is_one_of_the_columns() {
        assert_eq!(Sort::read(&mut query(""), &COLUMNS, BY_NAME).unwrap(), BY_NAME);
        let sales = Sort { key: "sales", descending: true };
        assert_eq!(Sort::read(&mut query("sort=-sales"), &COLUMNS, BY_NAME).unwrap(), sales);
        for bad in ["sort=state", "sort=-", "sort=name;drop"] {
            let error = Sort::read(&mut query(bad), &COLUMNS, BY_NAME).unwrap_err();
            assert_eq!(error.body().field.as_deref(), Some("sort"), "{bad}");
        }
    }

    #[test]
    fn a_heading_turns_its_own_order_round() {
        let here = Address::new("/list").with("page", 3).with("status", "Open");
        let headings = headings(&COLUMNS, BY_NAME, &here);
        assert_eq!(headings[0].href.as_deref(), Some("/list?status=Open&sort=-name"));
        assert_eq!(headings[0].sorted, Some("ascending"));
        assert_eq!(headings[1].href.as_deref(), Some("/list?status=Open&sort=-sales"));
        assert_eq!((headings[2].href.as_deref(), headings[2].sorted), (None, None));
    }

    #[test]
    fn pages_know_their_neighbours() {
        let here = Address::new("/list").with("page", 2);
        let page = PageOf::read(&mut query("page=2"), 2).unwrap();
        assert_eq!((page.limit(), page.offset()), (3, 2));
        let mut rows = vec![3, 4, 5];
        let pager = page.around(&mut rows, &here);
        assert_eq!((rows.as_slice(), pager.range.as_str()), (&[3, 4][..], "3\u{2013}4"));
        assert_eq!((pager.earlier.as_deref(), pager.later.as_deref()), (Some("/list"), Some("/list?page=3")));
        assert_eq!(pager.counted(page.shown(2, Some(1_234))).range, "3\u{2013}4 of 1,234");
        for bad in ["page=0", "page=201", "page=x", "page=-1"] {
            assert!(PageOf::read(&mut query(bad), 2).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cursor_page_knows_its_place() {
        let here = Address::new("/list").with("status", "Open");
        let of = |rows| Total { rows, most: COUNTED_MAX };
        let shown = |before, rows, total: Option<i64>| Shown { before, rows, total: total.map(of) };
        let first = Pager::of_counted(shown(Some(0), 50, Some(1_234)), Some("c"), &here);
        assert_eq!((first.range.as_str(), first.earlier.as_deref()), ("1\u{2013}50 of 1,234", None));
        assert_eq!(first.later.as_deref(), Some("/list?status=Open&cursor=c&seen=50"));
        let last = Pager::of_counted(shown(Some(1_200), 34, None), None, &here);
        assert_eq!((last.range.as_str(), last.later.as_deref()), ("1,201\u{2013}1,234 of 1,234", None));
        assert_eq!(last.earlier.as_deref(), Some("/list?status=Open"));
        let many = Pager::of_counted(shown(Some(0), 50, Some(COUNTED_MAX + 1)), Some("c"), &here);
        assert_eq!(many.range, "1\u{2013}50 of 10,000+");
        let few = Shown { before: Some(0), rows: 50, total: Some(Total { rows: 2_001, most: 2_000 }) };
        assert_eq!(few.range(), "1\u{2013}50 of 2,000+");
        let lost = Pager::of_counted(shown(None, 50, Some(9)), Some("c"), &here);
        assert_eq!((lost.range.as_str(), lost.later.as_deref()), ("", Some("/list?status=Open&cursor=c")));
        assert!(lost.earlier.is_some());
        assert_eq!(Pager::of_counted(shown(Some(0), 0, None), None, &here).range, "");
    }
}
