//! View models of the CRM pages.

use connector::Listing;

use super::{
    form::TagsForm,
    store::{Counts, Row},
    view,
};
use kit::{
    error::Error,
    page::{
        status::{self, Badge, Connection},
        zone::{When, Zone},
    },
};

#[derive(Debug)]
pub(super) struct ConnectionView {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) account: String,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) paused: bool,
    pub(super) disabled: bool,
    pub(super) reason: Option<String>,
    /// The next step for the brand.
    pub(super) next_step: Option<String>,
    /// The vendor's word for a list, with the chosen list.
    pub(super) list: Option<(&'static str, Option<String>)>,
    pub(super) tags: Vec<String>,
    pub(super) waiting: i64,
    pub(super) failed: i64,
    pub(super) last_success: Option<When>,
    pub(super) last_error: Option<(String, When)>,
    pub(super) wait_until: Option<When>,
}

impl ConnectionView {
    /// # Errors
    /// 500 for a vendor that this build doesn't know.
    pub(super) fn of(row: Row, counts: Counts, zone: &Zone) -> Result<Self, Error> {
        let when = |at| zone.when(at);
        let descriptor = row.connector()?.descriptor();
        let next_step = view::next_step(descriptor, &row);
        let state = match (row.status.as_str(), &next_step) {
            ("disabled", _) => Connection::Paused,
            // The vendor refuses the credentials, or a list has to be chosen.
            ("paused", _) | (_, Some(_)) => Connection::ActionNeeded,
            _ => Connection::Connected,
        };
        let Badge { word: status, tone, .. } = status::connection(state);
        Ok(Self {
            id: row.id.to_string(),
            name: descriptor.name,
            status,
            tone,
            paused: row.status == "paused",
            disabled: row.status == "disabled",
            next_step: next_step.filter(|_| row.status == "active"),
            list: match descriptor.lists {
                Listing::Picked { word, .. } => Some((word, row.list.map(|list| list.name))),
                Listing::None(_) => None,
            },
            account: row.account,
            reason: row.paused_reason,
            tags: row.tags,
            waiting: counts.waiting,
            failed: counts.failed,
            last_success: row.last_success_at.map(when),
            last_error: row.last_error.zip(row.last_error_at.map(when)),
            wait_until: row.wait_until.map(when),
        })
    }
}

/// The lists to choose from, read live, or why they can't be loaded now.
#[derive(Debug, Default)]
pub(super) struct Picker {
    /// What the vendor calls a list; `None` where it has none.
    pub(super) word: Option<&'static str>,
    /// The reason in parts, as [`super::form::spans`] returns them.
    pub(super) why_none: Vec<(bool, &'static str)>,
    pub(super) choices: Vec<connector::Choice>,
    pub(super) chosen: Option<connector::Choice>,
    pub(super) problem: Option<String>,
}

impl Picker {
    pub(super) fn is_chosen(&self, id: &str) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.id == id)
    }

    /// Whether the vendor doesn't (or no longer) show the chosen list.
    pub(super) fn is_missing(&self) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| self.choices.iter().all(|choice| choice.id != chosen.id))
    }
}

/// A program with its overrides.
#[derive(Debug)]
pub(super) struct ProgramView {
    pub(super) id: String,
    pub(super) name: String,
    /// The list's id and name, where the program has its own.
    pub(super) list: Option<connector::Choice>,
    pub(super) form: TagsForm,
    pub(super) open: bool,
    pub(super) problem: Option<String>,
}

impl ProgramView {
    pub(super) fn is_chosen(&self, id: &str) -> bool {
        self.list.as_ref().is_some_and(|list| list.id == id)
    }

    /// Whether the vendor doesn't (or no longer) show the program's list.
    pub(super) fn is_missing(&self, picker: &Picker) -> bool {
        self.list.as_ref().is_some_and(|list| picker.choices.iter().all(|choice| choice.id != list.id))
    }

    /// A short summary of the overrides.
    pub(super) fn summary(&self) -> String {
        let tags: Vec<&str> = self.form.text.lines().filter(|line| !line.is_empty()).collect();
        let list = self.list.as_ref().map(|list| list.name.as_str());
        match (list, tags.is_empty()) {
            (None, true) => "default".to_owned(),
            (Some(list), true) => list.to_owned(),
            (None, false) => format!("+ {}", tags.join(", ")),
            (Some(list), false) => format!("{list}, + {}", tags.join(", ")),
        }
    }
}
