//! Changes to a listing, for the dashboard, the API and the operator: each saves the whole row and returns the audit log
//! entry.

use axum::http::StatusCode;
use serde_json::json;
use shared::{id::ProgramId, timestamp::Timestamp};

use crate::words;

use super::{
    input::Sent,
    needs_approval,
    offer::{self, Missing, Offer},
    store::{self, Row},
};
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Checks, Code, Error, Result},
    state::AppState,
};
use recruiting::program_page::settings::is_handle;
use rules::network::{
    ListingStatus,
    step::{self, Step},
};

/// The last part of the addresses of other pages below `/network`.
const RESERVED: [&str; 12] = [
    "apply",
    "continue",
    "creators",
    "enter",
    "federation",
    "join",
    "leave",
    "new",
    "operator",
    "programs",
    "sitemap",
    "v1",
];

/// A listing with what its program offers now.
#[derive(Debug)]
pub(super) struct Known {
    pub row: Row,
    pub offer: Offer,
}

impl Known {
    pub(super) fn missing(&self) -> Vec<Missing> {
        self.offer.missing_of(&self.row)
    }
}

/// Reads the listing, or what a new one would have.
///
/// # Errors
/// 404 if the organization has no such program.
pub(super) async fn shown(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Known> {
    let offer = offer::of(tx, state, program).await?;
    let row = match store::read(tx, program, false).await? {
        Some(row) => row,
        None => blank(tx, program, &offer, state.clock.now()),
    };
    Ok(Known { row, offer })
}

/// Reads the listing for a change, or creates it with a free handle.
///
/// # Errors
/// 404 if the organization has no such program.
pub(super) async fn made(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Known> {
    let offer = offer::of(tx, state, program).await?;
    if let Some(row) = store::read(tx, program, true).await? {
        return Ok(Known { row, offer });
    }
    let now = state.clock.now();
    let row = blank(tx, program, &offer, now);
    let random = format!("{}-{:06x}", short(&row.handle), rand::random::<u32>() >> 8);
    let long = format!("{}-{}", offer.brand_slug, short(&row.handle));
    for handle in [row.handle.clone(), long, random] {
        let is_usable = is_handle(&handle) && !RESERVED.contains(&handle.as_str());
        if is_usable && store::insert(tx, program, (&handle, &row.brand, &row.title), now).await? {
            break;
        }
    }
    // If another request created it in the meantime, it is that one's.
    let row = store::read(tx, program, true).await?.ok_or_else(|| Error::internal("a listing without a handle"))?;
    Ok(Known { row, offer })
}

fn short(handle: &str) -> String {
    handle.chars().take(40).collect()
}

/// What a listing has before its brand writes anything.
fn blank(tx: &TenantTx, program: ProgramId, offer: &Offer, now: Timestamp) -> Row {
    let handle = offer.page.clone().unwrap_or_else(|| offer.brand_slug.clone());
    Row {
        organization_id: tx.organization(),
        program_id: program,
        status: ListingStatus::Draft.as_str().to_owned(),
        handle,
        brand: offer.brand.clone(),
        title: offer.program.clone(),
        summary: String::new(),
        description: String::new(),
        site: offer.site.clone(),
        offer: offer.line.clone(),
        pays: sqlx::types::Json(offer.pays.clone()),
        earnings: Vec::new(),
        window_days: offer.window_days,
        hold_days: offer.hold_days,
        payout_rhythm: offer.payout_rhythm.clone(),
        plan_version_id: offer.plan_version,
        currency: offer.currency.clone(),
        topics: Vec::new(),
        formats: Vec::new(),
        countries: Vec::new(),
        languages: Vec::new(),
        channel_kinds: Vec::new(),
        audience_min: "Under1k".to_owned(),
        who_for: String::new(),
        forbidden: String::new(),
        shares_figures: false,
        epc_band: None,
        approval_band: None,
        payout_band: None,
        figures_at: None,
        searches_creators: false,
        version: 1,
        submitted_at: None,
        approved_at: None,
        listed_at: None,
        suspended_at: None,
        reason: None,
        created_at: now,
        updated_at: now,
    }
}

/// Saves what the brand wrote. If that changes what people read in a listing that an operator approved, it waits for
/// approval again.
///
/// # Errors
/// 400 naming every wrong field; 404 if the organization has no such program.
pub(super) async fn save(
    tx: &mut TenantTx,
    state: &AppState,
    program: ProgramId,
    sent: Sent,
) -> Result<(Known, Option<Entry>)> {
    let sent = sent.checked()?;
    let Known { mut row, offer } = made(tx, state, program).await?;
    let before = Sent::of(&row);
    let status = status(&row)?;
    if matches!(status, ListingStatus::Listed | ListingStatus::Submitted) {
        complete(&sent)?;
    }
    if before == sent {
        return Ok((Known { row, offer }, None));
    }
    let rewritten = before.reads_differently(&sent);
    sent.write_to(&mut row);
    if rewritten {
        let next = step::after(status, Step::Rewrite, needs_approval(state)).unwrap_or(status);
        put(&mut row, (Step::Rewrite, next), None, state);
    }
    let entry = Entry::new("network_listing.changed", program).before(fields(&before)).after(fields(&Sent::of(&row)));
    let known = write(tx, state, row, offer).await?;
    Ok((known, Some(entry)))
}

/// What is shown needs a summary and a topic.
fn complete(sent: &Sent) -> Result<()> {
    let mut checks = Checks::default();
    if sent.summary.is_empty() {
        checks.add(Error::field("summary", "summary must not be empty while the program is listed"));
    }
    if sent.topics.is_empty() {
        checks.add(Error::field("topics", "topics must have at least one entry while the program is listed"));
    }
    checks.end()
}

/// Takes a step, with the operator's reason where there is one. Returns no entry if there is nothing to do.
///
/// # Errors
/// 404 if the organization has no such program; 409 `listing_status` if the status doesn't allow it, and
/// `listing_incomplete` if the program or the listing lacks something.
pub(super) async fn take(
    tx: &mut TenantTx,
    state: &AppState,
    program: ProgramId,
    (step, reason): (Step, Option<String>),
) -> Result<(Known, Option<Entry>)> {
    let known = made(tx, state, program).await?;
    let status = status(&known.row)?;
    let needs_approval = needs_approval(state) && known.row.approved_at.is_none();
    if is_done(step, status, needs_approval) {
        return Ok((known, None));
    }
    if step == Step::Submit || step == Step::Approve {
        refuse_incomplete(&known)?;
    }
    let next = step::after(status, step, needs_approval).ok_or_else(|| {
        let message = format!("The listing is {}, so this isn't possible.", status.as_str());
        Error::new(StatusCode::CONFLICT, Code::ListingStatus, message)
    })?;
    let Known { mut row, offer } = known;
    put(&mut row, (step, next), reason.clone(), state);
    let entry = Entry::new(action(step), program)
        .before(json!({"status": status.as_str()}))
        .after(json!({"status": next.as_str(), "reason": reason}));
    let known = write(tx, state, row, offer).await?;
    Ok((known, Some(entry)))
}

fn refuse_incomplete(known: &Known) -> Result<()> {
    let missing = known.missing();
    if missing.is_empty() {
        return Ok(());
    }
    let sentences: Vec<&str> = missing.iter().map(|one| one.sentence()).collect();
    let codes: Vec<&str> = missing.iter().map(|one| one.as_str()).collect();
    let error = Error::new(StatusCode::CONFLICT, Code::ListingIncomplete, sentences.join(" "));
    Err(error.with(json!({"missing": codes})))
}

/// Whether a step was taken already: asking for it again changes nothing.
const fn is_done(step: Step, status: ListingStatus, needs_approval: bool) -> bool {
    match (step, status) {
        // Until then, its brand could show it again without the operator.
        (Step::Suspend, ListingStatus::Paused) => needs_approval,
        (Step::Submit, ListingStatus::Submitted | ListingStatus::Listed)
        | (Step::Pause, ListingStatus::Paused)
        | (Step::Withdraw, ListingStatus::Draft)
        | (Step::Approve, ListingStatus::Listed)
        | (Step::Decline, ListingStatus::Declined) => true,
        _ => false,
    }
}

const fn action(step: Step) -> &'static str {
    match step {
        Step::Submit => "network_listing.submitted",
        Step::Pause | Step::Suspend => "network_listing.paused",
        Step::Withdraw => "network_listing.withdrawn",
        Step::Rewrite => "network_listing.changed",
        Step::Approve => "network_listing.approved",
        Step::Decline => "network_listing.declined",
    }
}

/// Updates what a listing offers from its program. A shown listing whose program can't be applied to any more is paused;
/// returns the reason for that.
pub(super) async fn refresh(
    tx: &mut TenantTx,
    state: &AppState,
    program: ProgramId,
) -> Result<Option<(Known, &'static str)>> {
    let Known { mut row, offer } = made(tx, state, program).await?;
    let is_shown = matches!(status(&row)?, ListingStatus::Listed | ListingStatus::Submitted);
    let reason = offer.missing.first().filter(|_| is_shown).map(|missing| missing.sentence());
    if let Some(reason) = reason {
        row.status = ListingStatus::Paused.as_str().to_owned();
        row.reason = Some(reason.to_owned());
    }
    let known = write(tx, state, row, offer).await?;
    Ok(reason.map(|reason| (known, reason)))
}

/// # Errors
/// 500 for a status that no build of ours writes.
pub(super) fn status(row: &Row) -> Result<ListingStatus> {
    ListingStatus::parse(&row.status).ok_or_else(|| Error::internal("network_listings.status"))
}

/// Puts the row into the status that a step leads to.
fn put(row: &mut Row, (step, next): (Step, ListingStatus), reason: Option<String>, state: &AppState) {
    let now = state.clock.now();
    row.status = next.as_str().to_owned();
    // Other texts don't answer the operator's reason: submitting them does.
    if step != Step::Rewrite {
        row.reason = reason;
    }
    match step {
        Step::Approve => row.approved_at = Some(now),
        Step::Rewrite => row.approved_at = None,
        Step::Decline | Step::Suspend => (row.approved_at, row.suspended_at) = (None, Some(now)),
        Step::Submit | Step::Pause | Step::Withdraw => {}
    }
    match next {
        ListingStatus::Submitted => row.submitted_at = Some(now),
        ListingStatus::Listed => {
            row.approved_at.get_or_insert(now);
            // The first time counts: hiding and showing a program doesn't make it new.
            row.listed_at.get_or_insert(now);
            row.suspended_at = None;
        }
        ListingStatus::Draft | ListingStatus::Declined | ListingStatus::Paused => {}
    }
}

/// Saves the row with what its program offers now, and reads it again.
async fn write(tx: &mut TenantTx, state: &AppState, mut row: Row, offer: Offer) -> Result<Known> {
    let program = row.program_id;
    offer.write_to(&mut row);
    store::save(tx, &row, &words::topic_words(&row.topics), state.clock.now()).await?;
    shown(tx, state, program).await
}

/// What the audit log keeps of the texts and choices.
fn fields(sent: &Sent) -> serde_json::Value {
    json!({
        "title": sent.title, "summary": sent.summary, "description": sent.description, "whoFor": sent.who_for,
        "forbidden": sent.forbidden, "topics": sent.topics, "formats": sent.formats, "countries": sent.countries,
        "languages": sent.languages, "channelKinds": sent.channel_kinds, "audienceMin": sent.audience_min,
        "sharesFigures": sent.shares_figures, "searchesCreators": sent.searches_creators,
    })
}
