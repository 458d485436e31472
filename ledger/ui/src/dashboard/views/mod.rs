//! Saved views: filters of a list or of the overview that a person gave a name, as tabs above it. They are addresses, so
//! a view is whatever its address shows.

pub mod actions;
mod store;

use shared::id::{SavedViewId, UserId};
use url::form_urlencoded;

use kit::{db::TenantTx, page::address::Address};

/// Keys and paths of what has views.
const LISTS: [(&str, &str); 6] = [
    ("overview", "/dashboard"),
    ("affiliates", "/dashboard/affiliates"),
    ("conversions", "/dashboard/conversions"),
    ("commissions", "/dashboard/commissions"),
    ("customers", "/dashboard/customers"),
    ("payouts", "/dashboard/payouts"),
];
/// Parameters that say where one is in a list, and not what it shows.
const PLACES: [&str; 6] = ["organization", "page", "cursor", "seen", "done", "review"];
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
    /// The filters as they are now; empty if there are none, or if a view has them already.
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
    /// The views of the list at `here`. `may_share`: the person may delete what others share.
    pub async fn load(tx: &mut TenantTx, user: UserId, may_share: bool, here: &Address) -> Result<Self, sqlx::Error> {
        let list = LISTS.iter().find(|(_, path)| *path == here.path()).map_or("overview", |(list, _)| *list);
        let all = Address::of(here.path(), tx.organization());
        let query = query_of(here);
        let saved = store::list(tx, user, list, SHOWN_MAX).await?;
        let shown = saved.iter().find(|view| view.query == query);
        let may_delete = |view: &&store::Saved| view.user_id == user || may_share;
        Ok(Self {
            list,
            all: all.to_string(),
            is_all: query.is_empty(),
            deletes: shown.filter(may_delete).map(|view| (view.id, view.name.clone())),
            query: if shown.is_some() { String::new() } else { query.clone() },
            items: saved.iter().map(|view| View::of(view, &all, &query)).collect(),
        })
    }
}

impl View {
    fn of(saved: &store::Saved, all: &Address, query: &str) -> Self {
        Self {
            name: saved.name.clone(),
            href: with_query(all.clone(), &saved.query).to_string(),
            here: saved.query == query,
            is_shared: saved.shared,
        }
    }
}

/// Adds the parameters of a query, except those that say where one is in the list.
fn with_query(address: Address, query: &str) -> Address {
    let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !PLACES.contains(&name.as_ref()));
    pairs.fold(address, |address, (name, value)| address.with(&name, value))
}

/// What an address shows, as a query.
fn query_of(address: &Address) -> String {
    let address = PLACES.iter().fold(address.clone(), |address, name| address.without(name)).at("");
    address.to_string().trim_start_matches('?').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_an_address_without_its_place() {
        let here = Address::new("/list").with("organization", "org_1").with("program", "x y").with("cursor", "c");
        assert_eq!(query_of(&here), "program=x+y");
        assert_eq!(query_of(&Address::new("/list").with("page", 3)), "");
        let again =
            with_query(Address::new("/list").with("organization", "org_1"), "program=x+y&organization=org_2&page=9");
        assert_eq!(again.to_string(), "/list?organization=org_1&program=x+y");
    }
}
