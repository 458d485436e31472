//! Reads the choices in the vendor's account live: lists and tags.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use connector::{Account, Choice, Connector, Fault, Listing, Tagging, Task};
use shared::id::OrganizationId;

use super::{fault, walk};
use kit::{
    error::{Code, Error, Result},
    state::AppState,
};

/// Returns the lists that contacts can be added to; empty where the vendor has no lists.
///
/// # Errors
/// The vendor's [`Fault`].
pub async fn lists(
    state: &AppState,
    organization: OrganizationId,
    connector: &dyn Connector,
    account: &Account,
) -> std::result::Result<Vec<Choice>, Fault> {
    match connector.descriptor().lists {
        Listing::Picked { .. } => {
            Ok(once(walk::through(state, organization, (connector, account), &Task::Lists).await?.choices()))
        }
        Listing::None(_) => Ok(Vec::new()),
    }
}

/// Returns the existing tags; empty where the vendor can't list them.
///
/// # Errors
/// The vendor's [`Fault`].
pub async fn tags(
    state: &AppState,
    organization: OrganizationId,
    connector: &dyn Connector,
    account: &Account,
) -> std::result::Result<Vec<Choice>, Fault> {
    match connector.descriptor().tags {
        Tagging::Tags { listed: true } => {
            Ok(once(walk::through(state, organization, (connector, account), &Task::Tags).await?.choices()))
        }
        Tagging::Tags { listed: false } | Tagging::Kept | Tagging::Field(_) | Tagging::Groups => Ok(Vec::new()),
    }
}

/// Removes duplicates: pages that shift while they are read show a row twice.
fn once(choices: Vec<Choice>) -> Vec<Choice> {
    let mut seen = BTreeSet::new();
    choices.into_iter().filter(|choice| seen.insert(choice.id.clone())).collect()
}

/// Returns the list with that id, as the vendor shows it now.
///
/// # Errors
/// 400 naming `list` where the vendor has no lists or not this one; 422 or 503 for a fault of the vendor.
pub async fn list(
    state: &AppState,
    organization: OrganizationId,
    connector: &dyn Connector,
    account: &Account,
    id: &str,
) -> Result<Choice> {
    let descriptor = connector.descriptor();
    let word = match descriptor.lists {
        Listing::Picked { word, .. } => word,
        Listing::None(why) => return Err(Error::field("list", format!("{} has no lists. {why}", descriptor.name))),
    };
    let shown =
        lists(state, organization, connector, account).await.map_err(|fault| fault::error(descriptor, &fault))?;
    shown.into_iter().find(|choice| choice.id == id).ok_or_else(|| {
        let message =
            format!("{} has no {word} with this id. Get the ids from this connection\u{2019}s lists.", descriptor.name);
        Error::new(StatusCode::BAD_REQUEST, Code::UnknownList, message).with_field("list")
    })
}
