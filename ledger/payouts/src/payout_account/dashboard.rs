//! `/dashboard/payouts/accounts`: which affiliates can be paid, which can't and why, and an email to those without a
//! payout method.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use shared::id::{AffiliateId, OrganizationId};

use super::{
    hold_api::REASON_MAX,
    invite,
    list_store::{self, Listed, Which},
    method::Rail,
    status::country_name,
};
use engine::lookup_store;
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
        step_up::{self, Challenge},
    },
    audit::{self, Entry},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{query::Query, text},
    error::Error,
    form::Fields,
    page::{Html, PageError, flash::Flash, zone::Zone},
    state::AppState,
};
use programs::payout_account::hold_store;
use rules::format::money;

const PLACE: &str = "/dashboard/payouts/accounts";
const ROWS: usize = 50;

/// Where the money goes, as the affiliate wrote it.
#[derive(Debug)]
pub struct Revealed {
    pub name: String,
    pub way: &'static str,
    /// Labels, and what the affiliate wrote.
    pub lines: Vec<(&'static str, String)>,
    /// The payouts that shouldn't be paid now.
    pub stopped: Vec<StoppedPayout>,
}

/// A payout with reserved money that shouldn't be paid, for example because its run was approved for another account.
#[derive(Debug)]
pub struct StoppedPayout {
    pub id: String,
    pub amount: String,
    pub reason: String,
}

#[derive(Debug, askama::Template)]
#[template(path = "payout_accounts.html")]
pub struct AccountsPage {
    frame: Frame,
    which: Which,
    tabs: [Which; 4],
    rows: Vec<View>,
    more: Option<String>,
    problem: Option<String>,
    /// What the person must enter to see payout details.
    challenge: Challenge,
    /// One affiliate's payout details, shown this once.
    pub revealed: Option<Revealed>,
}

#[derive(Debug)]
struct View {
    id: String,
    name: String,
    email: String,
    payable: Vec<String>,
    way: String,
    description: String,
    tone: &'static str,
    word: &'static str,
    held: bool,
    invited: Option<(String, String)>,
    may_invite: bool,
    /// Whether there are details that can be shown.
    is_sealed: bool,
}

impl View {
    fn of(row: Listed, zone: &Zone) -> Self {
        let method = row.method.as_deref().and_then(Rail::parse);
        let country = row.country.as_deref().map(country_name).unwrap_or_default();
        let (word, tone, message) = match (&row.hold, method, row.account.as_deref()) {
            (Some(reason), ..) => ("Payouts on hold", "bad", reason.clone()),
            (None, Some(_), _) => ("Ready", "good", String::new()),
            (None, None, Some("Ready")) => ("Ready", "good", String::new()),
            (None, None, Some("Creating")) => ("Being created", "wait", "Stripe is creating the account.".to_owned()),
            (None, None, Some(status)) => {
                let account_status = payout_core::stripe::account::AccountStatus::parse(status);
                let message =
                    account_status.map(|account_status| account_status.to_brand().to_owned()).unwrap_or_default();
                match status {
                    "Restricted" => ("Needs details", "bad", message),
                    "Checking" => ("In review", "wait", message),
                    "Closed" => ("Closed", "off", message),
                    _ => ("Not finished", "wait", message),
                }
            }
            (None, None, None) => ("Not set up", "off", "No payout method yet.".to_owned()),
        };
        let way = match (method, row.account.as_deref()) {
            (Some(rail), _) => format!("{} {}", rail.words(), row.hint.unwrap_or_default()),
            (None, Some(_)) => format!("Stripe, {country}"),
            (None, None) => "None".to_owned(),
        };
        Self {
            may_invite: method.is_none() && !matches!(row.account.as_deref(), Some("Ready" | "Checking" | "Creating")),
            is_sealed: method.is_some(),
            held: row.hold.is_some(),
            id: row.affiliate.to_string(),
            name: row.name,
            email: row.email,
            payable: row.sums.iter().map(|(currency, sum)| money(*sum, currency)).collect(),
            way,
            description: message,
            tone,
            word,
            invited: row.invited_at.map(|at| (at.to_string(), zone.date(at))),
        }
    }
}

/// `GET /dashboard/payouts/accounts`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let which = query.text("show").as_deref().and_then(Which::parse).unwrap_or(Which::Waiting);
    let after: Option<AffiliateId> = query.id("after")?;
    Ok(Html(load(&state, &session, organization, (which, after), None).await?).into_response())
}

pub async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    (which, after): (Which, Option<AffiliateId>),
    problem: Option<String>,
) -> Result<AccountsPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let challenge =
        if frame.may_configure() { step_up::challenge_for(state, session).await? } else { Challenge::Nothing };
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut tx = state.db.tenant(organization).await?;
    let mut rows = list_store::list(&mut tx, which, after, limit).await?;
    tx.commit().await?;
    let is_more = rows.len() > ROWS;
    rows.truncate(ROWS);
    Ok(AccountsPage {
        more: rows.last().filter(|_| is_more).map(|last| last.affiliate.to_string()),
        rows: rows.into_iter().map(|row| View::of(row, &frame.zone)).collect(),
        tabs: Which::ALL,
        frame,
        which,
        problem,
        challenge,
        revealed: None,
    })
}

fn may_change(session: &Session, fields: &Fields) -> Result<Member, Error> {
    session.member(Some(fields.text("organization")), Right::Operate)
}

/// `POST /dashboard/payouts/accounts/{id}/{what}`: `invite`, `hold` or `release`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer, 503 if the database is unavailable.
pub async fn act(
    State(state): State<AppState>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    let id: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let which = Which::parse(fields.raw("show")).unwrap_or(Which::Waiting);
    let done = match what.as_str() {
        "invite" => invite::one(&state, member.organization, &member.actor, id).await.map(|()| "Setup email sent"),
        "hold" => hold(&state, &member, id, &fields).await.map(|()| "Payouts on hold until you release them"),
        "release" => release(&state, &member, id).await,
        _ => Err(Error::not_found()),
    };
    match done {
        Ok(done) => {
            let organization = member.organization;
            let place = match fields.text("back") {
                "payouts" => format!("/dashboard/payouts?organization={organization}"),
                _ => format!("{PLACE}?organization={organization}&show={}", which.as_str()),
            };
            Ok(Flash::done(done).redirect(&place))
        }
        Err(error) if matches!(error.status(), StatusCode::CONFLICT | StatusCode::BAD_REQUEST) => {
            let problem = Some(kit::form::sentence_for(&error));
            let page = load(&state, &session, member.organization, (which, None), problem).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn hold(state: &AppState, member: &Member, id: AffiliateId, fields: &Fields) -> Result<(), Error> {
    let (organization, now) = (member.organization, state.clock.now());
    let reason = text::checked("reason", fields.raw("reason"), REASON_MAX)?;
    let mut tx = state.db.tenant(organization).await?;
    lookup_store::affiliate(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    hold_store::set(&mut tx, id, (&reason, &member.actor.who), now).await?;
    let entry = Entry::new("payout_hold.set", id).after(json!({"reason": reason}));
    audit::record(&mut tx, &member.actor, now, entry).await?;
    Ok(tx.commit().await?)
}

/// Returns what was done, in words.
async fn release(state: &AppState, member: &Member, id: AffiliateId) -> Result<&'static str, Error> {
    let (organization, now) = (member.organization, state.clock.now());
    let mut done = "Payouts released for the next run";
    let mut tx = state.db.tenant(organization).await?;
    lookup_store::affiliate(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    if let Some(hold) = hold_store::read(&mut tx, id).await? {
        let paused = hold_store::remove(&mut tx, id, now).await?;
        if paused.is_some() {
            done = "Hold released. The three-day pause after a change of destination or email address goes on";
        }
        let entry = Entry {
            after: paused.map(|reason| json!({"reason": reason})),
            ..Entry::new("payout_hold.removed", id).before(json!({"reason": hold.reason}))
        };
        audit::record(&mut tx, &member.actor, now, entry).await?;
    }
    tx.commit().await?;
    Ok(done)
}
