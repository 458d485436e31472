//! Changes a connection: what needs the vendor is asked first ([`ask`]), then everything is written at once ([`apply`]).

use connector::{Account, Choice, Connector, Listing};
use shared::id::{CrmConnectionId, OrganizationId};

use super::{
    connect::{self, Verified},
    credentials::Given,
    pick,
    settings::{self, Own},
    store::{self, Row},
    told, waiting_store,
};
use identity::audit::Entry;
use kit::{db::TenantTx, error::Result, state::AppState};

/// What is to change; what is absent stays.
#[derive(Debug, Default)]
pub struct Changes {
    pub credentials: Option<Given>,
    /// The list's id, or none at all.
    pub list: Option<Option<String>>,
    pub tags: Option<Vec<String>>,
    /// Tags that look like a slip are meant.
    pub accept_tags: bool,
    pub segment_tag: Option<bool>,
    pub events: Option<Vec<String>>,
    /// `active` or `disabled`.
    pub status: Option<&'static str>,
}

impl Changes {
    /// Whether nothing is to change.
    pub const fn is_empty(&self) -> bool {
        self.credentials.is_none()
            && self.list.is_none()
            && self.tags.is_none()
            && self.segment_tag.is_none()
            && self.events.is_none()
            && self.status.is_none()
    }
}

/// The changes after the vendor was asked.
#[derive(Debug, Default)]
pub struct Asked {
    verified: Option<Verified>,
    list: Option<Option<Choice>>,
    tags: Option<Vec<String>>,
    segment_tag: Option<bool>,
    events: Option<Vec<String>>,
    status: Option<&'static str>,
}

/// Checks the changes; nothing is written.
///
/// # Errors
/// 404; 400 naming what is wrong; 422 `vendor_refused` or `tags_need_attention`; 503 `vendor_unavailable`.
pub async fn ask(
    state: &AppState,
    organization: OrganizationId,
    id: CrmConnectionId,
    changes: Changes,
) -> Result<Asked> {
    let mut tx = state.db.tenant(organization).await?;
    let row = store::read(&mut tx, organization, id).await?;
    tx.commit().await?;
    let connector = row.connector()?;
    let events = changes.events.map(|events| settings::events(connector.descriptor(), &events)).transpose()?;
    let verified = match &changes.credentials {
        Some(given) => Some(connect::verify(state, connector, given).await?),
        None => None,
    };
    let mut asked = Asked { events, segment_tag: changes.segment_tag, status: changes.status, ..Asked::default() };
    let known = row.list.as_ref().map(|list| list.id.as_str());
    let same = |wanted: &str| verified.is_none() && known == Some(wanted);
    let account = match (&verified, &changes.list, &changes.tags) {
        (Some(verified), ..) => verified.account.clone(),
        (None, None | Some(None), None) => Account::default(),
        (None, ..) => store::account(state, organization, &row)?,
    };
    asked.list = match changes.list {
        None if verified.is_some() => moved(state, connector, &account, &row).await,
        Some(Some(wanted)) if !same(&wanted) => Some(Some(pick::list(state, connector, &account, &wanted).await?)),
        Some(None) => Some(None),
        None | Some(Some(_)) => None,
    };
    if let Some(tags) = &changes.tags {
        let own = Own { kept: &row.tags, ..Own::default() };
        settings::tags(state, connector, &account, (tags, own), changes.accept_tags).await?;
    }
    Ok(Asked { verified, tags: changes.tags, ..asked })
}

/// New credentials may be another account's: a list that isn't shown there is no longer chosen. Trouble decides nothing.
async fn moved(state: &AppState, connector: &dyn Connector, account: &Account, row: &Row) -> Option<Option<Choice>> {
    let list = row.list.as_ref().filter(|_| matches!(connector.descriptor().lists, Listing::Picked { .. }))?;
    let shown = pick::lists(state, connector, account).await.ok()?;
    Some(shown.into_iter().find(|choice| choice.id == list.id))
}

/// Writes the changes. `None` in the entry's place where everything was so already.
///
/// # Errors
/// 404, or of the database.
pub async fn apply(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    id: CrmConnectionId,
    asked: Asked,
) -> Result<(Row, Option<Entry>)> {
    let before = store::lock(tx, organization, id).await?;
    let mut row = before.clone();
    if let Some(verified) = &asked.verified {
        connect::reconnect(state, organization, &mut row, verified)?;
    }
    row.list = asked.list.unwrap_or(row.list);
    row.tags = asked.tags.unwrap_or(row.tags);
    row.segment_tag = asked.segment_tag.unwrap_or(row.segment_tag);
    row.events = asked.events.unwrap_or(row.events);
    // New credentials mend what was broken; what the brand switched off it switches on itself.
    let mended = (asked.verified.is_some() && row.status == "paused").then_some("active");
    if let Some(status) = asked.status.or(mended) {
        status.clone_into(&mut row.status);
        (row.paused_code, row.paused_reason, row.paused_at) = (None, None, None);
    }
    let (was, is) = (told::fields(&before), told::fields(&row));
    if was == is && asked.verified.is_none() {
        return Ok((row, None));
    }
    store::update(tx, organization, &row).await?;
    let written = |row: &Row| (row.list.clone(), row.tags.clone(), row.segment_tag);
    if asked.verified.is_some() {
        waiting_store::take_away(tx, organization, id).await?;
    } else if written(&row) != written(&before) {
        waiting_store::begin_anew(tx, organization, id).await?;
    }
    if asked.verified.is_some() || (row.status == "active" && before.status != "active") || row.list != before.list {
        waiting_store::wake(tx, organization, id, state.clock.now()).await?;
    }
    if row.list.is_some() && before.list.is_none() {
        waiting_store::sync_after_all(tx, organization, id, state.clock.now()).await?;
    }
    let action = if asked.verified.is_some() { "connection.reconnected" } else { "connection.changed" };
    let entry = Entry::new(action, id).before(was).after(is);
    Ok((store::read(tx, organization, id).await?, Some(entry)))
}

/// Removes it. At the vendor nothing changes.
///
/// # Errors
/// 404, or of the database.
pub async fn remove(tx: &mut TenantTx, organization: OrganizationId, id: CrmConnectionId) -> Result<Entry> {
    let row = store::lock(tx, organization, id).await?;
    store::delete(tx, organization, id).await?;
    Ok(Entry::new("connection.removed", id).before(told::fields(&row)))
}
