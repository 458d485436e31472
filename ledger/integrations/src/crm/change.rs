//! Changes a connection: first everything that needs the vendor is checked ([`verify`]), then all changes are written
//! together ([`apply`]).

use connector::{Account, Choice, Listing};
use shared::id::{CrmConnectionId, OrganizationId};

use super::{
    audit_fields,
    connect::{self, Verified},
    credentials::Given,
    override_store, pick,
    refresh_token::Grant,
    refresh_token_store,
    settings::{self, Own},
    store::{self, Row},
    waiting_store,
};
use identity::audit::Entry;
use kit::{db::TenantTx, error::Result, state::AppState};

/// The requested changes; `None` leaves a field as it is.
#[derive(Debug, Default)]
pub struct Changes {
    pub credentials: Option<Given>,
    /// The list's id; the inner `None` chooses no list.
    pub list: Option<Option<String>>,
    pub tags: Option<Vec<String>>,
    /// Whether tags that look like typos are intended.
    pub accept_tags: bool,
    pub segment_tag: Option<bool>,
    pub events: Option<Vec<String>>,
    /// `active` or `disabled`.
    pub status: Option<&'static str>,
}

impl Changes {
    /// Returns whether no field changes.
    pub const fn is_empty(&self) -> bool {
        self.credentials.is_none()
            && self.list.is_none()
            && self.tags.is_none()
            && self.segment_tag.is_none()
            && self.events.is_none()
            && self.status.is_none()
    }
}

/// The changes, checked with the vendor.
#[derive(Debug, Default)]
pub struct VerifiedChanges {
    verified: Option<Verified>,
    /// The lists in the account of new credentials, if the vendor showed them.
    shown: Option<Vec<Choice>>,
    list: Option<Option<Choice>>,
    tags: Option<Vec<String>>,
    segment_tag: Option<bool>,
    events: Option<Vec<String>>,
    status: Option<&'static str>,
}

/// Checks the changes without writing anything.
///
/// # Errors
/// 404; 400 naming what is wrong; 422 `vendor_refused` or `tags_need_attention`; 503 `vendor_unavailable`.
pub async fn verify(
    state: &AppState,
    organization: OrganizationId,
    id: CrmConnectionId,
    changes: Changes,
) -> Result<VerifiedChanges> {
    let mut tx = state.db.tenant(organization).await?;
    let row = store::read(&mut tx, id).await?;
    tx.commit().await?;
    let connector = row.connector()?;
    let events = changes.events.map(|events| settings::events(connector.descriptor(), &events)).transpose()?;
    let verified = match &changes.credentials {
        Some(given) => Some(connect::verify(state, organization, connector, given).await?),
        None => None,
    };
    let mut verified_changes = VerifiedChanges {
        events,
        segment_tag: changes.segment_tag,
        status: changes.status,
        ..VerifiedChanges::default()
    };
    let known = row.list.as_ref().map(|list| list.id.as_str());
    let same = |requested: &str| verified.is_none() && known == Some(requested);
    let account = match (&verified, &changes.list, &changes.tags) {
        (Some(verified), ..) => verified.account.clone(),
        (None, None | Some(None), None) => Account::default(),
        (None, ..) => store::account(state, organization, &row)?,
    };
    if verified.is_some() && matches!(connector.descriptor().lists, Listing::Picked { .. }) {
        verified_changes.shown = pick::lists(state, organization, connector, &account).await.ok();
    }
    verified_changes.list = match changes.list {
        Some(Some(requested)) if !same(&requested) => {
            Some(Some(pick::list(state, organization, connector, &account, &requested).await?))
        }
        Some(None) => Some(None),
        None | Some(Some(_)) => None,
    };
    if let Some(tags) = &changes.tags {
        let own = Own { kept: &row.tags, ..Own::default() };
        settings::tags(state, organization, connector, &account, (tags, own), changes.accept_tags).await?;
    }
    Ok(VerifiedChanges { verified, tags: changes.tags, ..verified_changes })
}

/// Whether both are of the same account, as far as the vendor names it.
fn is_same_account(before: &Row, row: &Row) -> bool {
    !row.account.is_empty() && row.account == before.account && row.settings == before.settings
}

/// The chosen list as the account has it now. In another account, the same id may be another list's, so there, the name
/// must be the same, too.
fn still_there(list: &Choice, shown: &[Choice], is_same: bool) -> Option<Choice> {
    let found = shown.iter().find(|choice| choice.id == list.id && (is_same || choice.name == list.name));
    found.cloned()
}

/// Writes the changes. The entry is `None` where nothing changed.
///
/// # Errors
/// 404, or a database error.
pub async fn apply(
    tx: &mut TenantTx,
    state: &AppState,
    id: CrmConnectionId,
    verified_changes: VerifiedChanges,
) -> Result<(Row, Option<Entry>)> {
    let before = store::lock(tx, id).await?;
    let mut row = before.clone();
    if let Some(verified) = &verified_changes.verified {
        connect::reconnect(state, tx.organization(), &mut row, verified)?;
    }
    let is_same = is_same_account(&before, &row);
    if let Some(shown) = &verified_changes.shown {
        row.list = row.list.and_then(|list| still_there(&list, shown, is_same));
    }
    row.list = verified_changes.list.unwrap_or(row.list);
    row.tags = verified_changes.tags.unwrap_or(row.tags);
    row.segment_tag = verified_changes.segment_tag.unwrap_or(row.segment_tag);
    row.events = verified_changes.events.unwrap_or(row.events);
    // New credentials end a pause, but a connection that the brand disabled stays disabled.
    let mended = (verified_changes.verified.is_some() && row.status == "paused").then_some("active");
    if let Some(status) = verified_changes.status.or(mended) {
        status.clone_into(&mut row.status);
        (row.paused_code, row.paused_reason, row.paused_at) = (None, None, None);
    }
    let (was, mut is) = (audit_fields::fields(&before), audit_fields::fields(&row));
    if was == is && verified_changes.verified.is_none() {
        return Ok((row, None));
    }
    store::update(tx, &row).await?;
    if let Some(verified) = &verified_changes.verified {
        let grant = Grant::of(tx.organization(), row.connector()?.descriptor(), &verified.account);
        refresh_token_store::assign(tx, id, Some(&grant)).await?;
    }
    if let Some(shown) = &verified_changes.shown {
        let cleared = override_store::keep_lists(tx, id, shown, is_same).await?;
        if !cleared.is_empty() {
            is["programsWithoutList"] = cleared.iter().map(ToString::to_string).collect::<Vec<_>>().into();
        }
    }
    let written = |row: &Row| (row.list.clone(), row.tags.clone(), row.segment_tag);
    if verified_changes.verified.is_some() {
        waiting_store::take_away(tx, id).await?;
    } else if written(&row) != written(&before) {
        waiting_store::begin_anew(tx, id).await?;
    }
    if verified_changes.verified.is_some()
        || (row.status == "active" && before.status != "active")
        || row.list != before.list
    {
        waiting_store::wake(tx, id, state.clock.now()).await?;
    }
    if row.list.is_some() && before.list.is_none() {
        waiting_store::sync_after_all(tx, id, state.clock.now()).await?;
    }
    let action = if verified_changes.verified.is_some() { "connection.reconnected" } else { "connection.changed" };
    let entry = Entry::new(action, id).before(was).after(is);
    Ok((store::read(tx, id).await?, Some(entry)))
}

/// Removes the connection. Nothing changes at the vendor.
///
/// # Errors
/// 404, or a database error.
pub async fn remove(tx: &mut TenantTx, id: CrmConnectionId) -> Result<Entry> {
    let row = store::lock(tx, id).await?;
    refresh_token_store::assign(tx, id, None).await?;
    store::delete(tx, id).await?;
    Ok(Entry::new("connection.removed", id).before(audit_fields::fields(&row)))
}
