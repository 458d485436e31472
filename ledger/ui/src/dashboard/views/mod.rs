//! Saved views: filters of a list or of the overview that a person gave a name, as tabs above it. They are addresses, so
//! a view is whatever its address shows.

pub mod actions;
mod lists;
mod store;

use axum::response::Response;
use shared::{
    id::{OrganizationId, SavedViewId, UserId},
    timestamp::Timestamp,
};
use url::form_urlencoded;

use self::lists::{List, Reader};
use identity::page::frame::Frame;
use kit::{
    db::TenantTx,
    error::Error,
    page::{PageError, address::Address, flash::Flash},
    state::AppState,
};

const SHOWN_MAX: i64 = 30;

/// The views of a list, for `ui/views.html`.
#[derive(Debug)]
pub struct Views {
    /// Its key.
    pub list: &'static str,
    pub items: Vec<View>,
    /// The list without any filter.
    pub all: String,
    /// Whether it shows everything.
    pub is_all: bool,
    /// The filters as they are now; empty if there are none, or if a view has them already, and in test mode, which has
    /// no views.
    pub query: String,
    /// The view that is shown, if the person may delete it.
    pub deletes: Option<(SavedViewId, String)>,
}

/// A tab.
#[derive(Debug)]
pub struct View {
    pub name: String,
    pub href: String,
    pub here: bool,
    pub is_shared: bool,
}

impl Views {
    /// The views of the list at `here`, in the frame of its page. Who operates may delete what others share.
    pub async fn load(
        tx: &mut TenantTx,
        user: UserId,
        frame: &Frame,
        here: &Address,
        now: Timestamp,
    ) -> Result<Self, sqlx::Error> {
        let list = List::at(here.path());
        let key = list.map_or("overview", |list| list.key);
        let reader = Reader { organization: tx.organization(), zone: frame.zone.clone(), now };
        let all = Address::of(here.path(), tx.organization());
        let query = query_of(here);
        let saved = store::list(tx, user, key, SHOWN_MAX).await?;
        // By what it shows, which is less than what was saved if the list refuses some of that by now.
        let is_here = |view: &store::Saved| {
            let accepted = list.and_then(|list| list.accepted(&view.query, &reader).ok());
            accepted.is_some_and(|accepted| query_of(&accepted.address) == query)
        };
        let shown = saved.iter().find(|&view| is_here(view));
        let may_delete = |view: &&store::Saved| view.user_id == user || frame.may_operate();
        Ok(Self {
            list: key,
            all: all.to_string(),
            is_all: query.is_empty(),
            deletes: shown.filter(may_delete).map(|view| (view.id, view.name.clone())),
            query: if shown.is_some() || frame.test_mode { String::new() } else { query.clone() },
            items: saved.iter().map(|view| View::of(view, &all, is_here(view))).collect(),
        })
    }
}

impl View {
    fn of(saved: &store::Saved, all: &Address, here: bool) -> Self {
        Self {
            name: saved.name.clone(),
            href: with_query(all.clone(), &saved.query).to_string(),
            here,
            is_shared: saved.shared,
        }
    }
}

/// Answers for a list, or the overview, that refuses a parameter of its address: leads to the same page without what it
/// refuses, and says so there. Addresses are kept as views and bookmarks, and outlive what they name.
///
/// # Errors
/// `error`, if it is about none of the parameters; 503 if the database is unavailable.
pub async fn without_refused(
    state: &AppState,
    organization: OrganizationId,
    (path, query): (&str, Option<&str>),
    error: Error,
) -> Result<Response, PageError> {
    let mut tx = state.db.tenant(organization).await?;
    let reader = Reader::load(&mut tx, state.clock.now()).await?;
    tx.commit().await?;
    let accepted = List::at(path).and_then(|list| list.accepted(query.unwrap_or_default(), &reader).ok());
    match accepted.and_then(|accepted| Some((accepted.note()?, accepted.address))) {
        Some((note, address)) => Ok(Flash::done(note).redirect(&address.to_string())),
        None => Err(error.into()),
    }
}

/// Adds the parameters of a view.
fn with_query(address: Address, query: &str) -> Address {
    form_urlencoded::parse(query.as_bytes()).fold(address, |address, (name, value)| address.with(&name, value))
}

/// What an address shows, as a query.
fn query_of(address: &Address) -> String {
    let address = address.clone().without("organization").at("");
    address.to_string().trim_start_matches('?').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_an_address_without_its_organization() {
        let here = Address::new("/list").with("organization", "org_1").with("program", "x y");
        assert_eq!(query_of(&here), "program=x+y");
        assert_eq!(query_of(&Address::new("/list").with("organization", "org_1")), "");
        let again = with_query(Address::new("/list").with("organization", "org_1"), "program=x+y");
        assert_eq!(again.to_string(), "/list?organization=org_1&program=x+y");
    }
}
