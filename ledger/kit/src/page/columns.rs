//! The columns of a list that people can hide and add, and how close its rows are. Their browser remembers the choice, in
//! one cookie for all lists.

use super::request;

/// Among a list's chosen columns: its rows are close to each other.
pub const COMPACT: &str = "compact";

/// Which of its optional columns a list shows, for `ui/filter.html`.
#[derive(Debug)]
pub struct Columns {
    pub list: &'static str,
    /// Key, title, and whether it is shown.
    pub choices: Vec<(&'static str, &'static str, bool)>,
    pub is_compact: bool,
}

impl Columns {
    /// Each optional column has a key, a title, and whether it is shown until someone chooses.
    pub fn of(list: &'static str, optional: &[(&'static str, &'static str, bool)]) -> Self {
        let chosen = request::columns(list);
        let shown = |key: &str, usual: bool| chosen.as_ref().map_or(usual, |keys| keys.iter().any(|one| one == key));
        Self {
            list,
            choices: optional.iter().map(|(key, title, usual)| (*key, *title, shown(key, *usual))).collect(),
            is_compact: shown(COMPACT, false),
        }
    }

    pub fn has(&self, key: &str) -> bool {
        self.choices.iter().any(|(known, _, shown)| *known == key && *shown)
    }
}

/// The keys that the cookie has for a list; `None` if it has none. It reads `conversions.program.event~customers.since`.
pub(super) fn read(cookie: &str, list: &str) -> Option<Vec<String>> {
    cookie.split('~').find_map(|one| {
        let mut words = one.split('.');
        (words.next() == Some(list)).then(|| words.map(str::to_owned).collect())
    })
}

/// The cookie's text with other keys for one list.
pub(super) fn with(cookie: &str, list: &str, keys: &[&str]) -> String {
    let others = cookie.split('~').filter(|one| !one.is_empty() && one.split('.').next() != Some(list));
    let own = std::iter::once(list).chain(keys.iter().copied()).collect::<Vec<_>>().join(".");
    others.map(str::to_owned).chain([own]).collect::<Vec<_>>().join("~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_has_its_own_columns() {
        let one = with("", "conversions", &["program", "event"]);
        assert_eq!(one, "conversions.program.event");
        let two = with(&one, "customers", &[]);
        assert_eq!(two, "conversions.program.event~customers");
        assert_eq!(read(&two, "customers"), Some(Vec::new()));
        assert_eq!(read(&two, "conversions"), Some(vec!["program".to_owned(), "event".to_owned()]));
        assert_eq!(read(&two, "commissions"), None);
        assert_eq!(with(&two, "conversions", &["event"]), "customers~conversions.event");
    }

    #[test]
    fn a_column_is_shown_as_usual_until_someone_chooses() {
        let columns = Columns::of("customers", &[("since", "Since", true), ("other", "Other", false)]);
        assert!(columns.has("since") && !columns.has("other") && !columns.has("unknown") && !columns.is_compact);
    }
}
