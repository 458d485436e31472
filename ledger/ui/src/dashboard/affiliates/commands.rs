//! Actions on an affiliate, each in one transaction with its audit log entry. They behave as in the API.

use axum::http::StatusCode;
use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use identity::{
    access::member::Member,
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use programs::{
    affiliate::{
        approve::{Approval, ReadyApproval, approve_one, reject_one},
        change::{self, ChangedAffiliate, change_one},
        create::{self, NewAffiliate},
        email, segment, status_change, undo,
    },
    dashboard::pick_store,
    link::create::{self as links, NewLink},
};

/// Returns whether anything changed. The same holds for every function below that returns a `bool`.
///
/// # Errors
/// 400, 404 or 409 as in the API. The same holds for the whole file.
pub async fn approve(state: &AppState, member: &Member, id: AffiliateId, input: Approval) -> Result<bool> {
    let ready = ReadyApproval::check(id, input, state)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = approve_one(&mut tx, state, &member.actor, ready).await?;
    keep(tx, state, member, entry).await
}

/// Fills in a link's destination: the given one, or else the program's usual one.
///
/// # Errors
/// 400 if neither is set.
pub async fn lead_somewhere(
    state: &AppState,
    member: &Member,
    program: Option<ProgramId>,
    destination: &mut Option<String>,
) -> Result<()> {
    let (Some(program), None) = (program, destination.as_ref()) else { return Ok(()) };
    let mut tx = state.db.tenant(member.organization).await?;
    let usual = pick_store::destination(&mut tx, program).await?;
    tx.commit().await?;
    let nowhere = || Error::field("destination", "Enter where the link leads, such as https://brand.com/pricing.");
    *destination = Some(usual.ok_or_else(nowhere)?);
    Ok(())
}

/// Creates a link for an approved affiliate.
pub async fn link(state: &AppState, member: &Member, id: AffiliateId, mut input: Approval) -> Result<bool> {
    lead_somewhere(state, member, input.program_id, &mut input.destination).await?;
    let (Some(program_id), Some(destination)) = (input.program_id, input.destination) else {
        return Err(Error::field("programId", "Choose one of your programs."));
    };
    let input = NewLink { program_id, affiliate_id: id, host: None, slug: None, destination };
    input.check(state)?;
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let made = links::make(&mut tx, state, input, now).await.map_err(|error| {
        let no_host = error.body().field.as_deref() == Some("host");
        if no_host { Error::field("host", "Add a link domain in Settings first.") } else { error }
    })?;
    keep(tx, state, member, Some(links::entry(&made))).await
}

/// Rejects an application. The reason must have been validated.
pub async fn reject(
    state: &AppState,
    member: &Member,
    id: AffiliateId,
    reason: Option<&str>,
    notify: bool,
) -> Result<bool> {
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = reject_one(&mut tx, state, id, reason, notify).await?;
    keep(tx, state, member, entry).await
}

pub async fn change(state: &AppState, member: &Member, id: AffiliateId, input: ChangedAffiliate) -> Result<bool> {
    let ready = change::check(input)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = change_one(&mut tx, state, id, &ready).await?;
    keep(tx, state, member, entry).await
}

/// Sets the segment; `None` means no segment. Without a date, the change takes effect now.
pub async fn segment(
    state: &AppState,
    member: &Member,
    id: AffiliateId,
    name: Option<&str>,
    from: Option<Timestamp>,
) -> Result<bool> {
    let mut tx = state.db.tenant(member.organization).await?;
    segment::apply(&mut tx, state, id, name, from).await?;
    keep(tx, state, member, Some(segment::entry(id, name, from))).await
}

/// Takes back that the affiliate was archived between two times. The same holds for [`undo_segment`].
pub async fn undo_archiving(
    state: &AppState,
    member: &Member,
    id: AffiliateId,
    between: (Timestamp, Timestamp),
) -> Result<bool> {
    let mut tx = state.db.tenant(member.organization).await?;
    let entry = undo::archiving(&mut tx, state, id, between).await?;
    keep(tx, state, member, entry).await
}

pub async fn undo_segment(
    state: &AppState,
    member: &Member,
    id: AffiliateId,
    between: (Timestamp, Timestamp),
) -> Result<bool> {
    let mut tx = state.db.tenant(member.organization).await?;
    let entry = undo::segment(&mut tx, state, id, between).await?;
    keep(tx, state, member, entry).await
}

pub async fn create(state: &AppState, member: &Member, input: NewAffiliate) -> Result<AffiliateId> {
    let ready = create::check(input, state)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let made = create::make(&mut tx, state, ready, state.clock.now()).await?;
    keep(tx, state, member, Some(create::entry(&made))).await?;
    Ok(made.affiliate.id)
}

/// Emails the affiliate a sign-in link to the portal.
///
/// # Errors
/// As [`approve`]; 429 if one was sent just now.
pub async fn invite_in(state: &AppState, member: &Member, id: AffiliateId) -> Result<bool> {
    let mut tx = state.db.tenant(member.organization).await?;
    let affiliate = status_change::read(&mut tx, state, id).await?;
    if affiliate.status != "Approved" {
        let message = "Only approved affiliates can sign in.";
        return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    }
    email::sign_in(&mut tx, state, &affiliate).await?;
    keep(tx, state, member, Some(Entry::new("affiliate.sign_in_link_sent", id))).await
}

pub(super) async fn keep(mut tx: TenantTx, state: &AppState, member: &Member, entry: Option<Entry>) -> Result<bool> {
    let changed = entry.is_some();
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(member.organization));
    state.edge_config_changed.notify_one();
    Ok(changed)
}
