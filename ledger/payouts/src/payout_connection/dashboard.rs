//! `/dashboard/payouts/connection`: the brand's Stripe account: how to connect it step by step, what its key may do,
//! its balance, and what is missing.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use payout_core::stripe::permission::{Permission, create_key_url};
use shared::id::OrganizationId;

use super::{
    check, connect, endpoint,
    funds::{self, Funds},
    hook,
    key::Pasted,
    store::{self, Row},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
        step_up::{self, Challenge, Given},
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Error,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
};
use rules::format::money;

const PLACE: &str = "/dashboard/payouts/connection";

#[derive(Debug, askama::Template)]
#[template(path = "payout_connection.html")]
struct ConnectionPage {
    frame: Frame,
    one: Option<View>,
    /// Name, whether it is required, and what isn't possible without it.
    permissions: Vec<(&'static str, bool, &'static str)>,
    create_key: String,
    /// What the person must enter to connect.
    challenge: Challenge,
    notice: Option<String>,
    problem: Option<String>,
}

#[derive(Debug)]
struct View {
    name: String,
    account: String,
    country: String,
    livemode: bool,
    key_hint: String,
    status: &'static str,
    tone: &'static str,
    paused: Option<String>,
    /// Name, whether it is granted, whether it is required, and what isn't possible without it.
    permissions: Vec<(&'static str, bool, bool, &'static str)>,
    listening: bool,
    last_webhook: Option<(String, String)>,
    webhook_url: String,
    balances: Vec<FundsView>,
    as_of: Option<(String, String)>,
    last_success: Option<(String, String)>,
    last_error: Option<(String, String, String)>,
    waits: Option<(String, String)>,
    dashboard: String,
}

#[derive(Debug)]
struct FundsView {
    currency: String,
    available: String,
    pending: String,
    needed: String,
    hint: Option<String>,
}

impl FundsView {
    fn of(funds: Funds) -> Self {
        let code = funds.currency.code();
        Self {
            currency: code.to_owned(),
            available: money(funds.available, code),
            pending: money(funds.pending, code),
            needed: money(funds.needed, code),
            hint: funds.short.map(|short| short.hint),
        }
    }
}

impl View {
    fn of(row: Row, balances: Vec<Funds>, state: &AppState, frame: &Frame) -> Self {
        let when = |at| frame.zone.when(at);
        let (status, tone) = match row.status.as_str() {
            "paused" => ("Paused", "bad"),
            _ if row.wait_until.is_some_and(|until| until > state.clock.now()) => ("Waiting for Stripe", "wait"),
            _ => ("Connected", "good"),
        };
        let permission = |grant: &store::Grant| {
            grant.known().map(|known| (known.title(), grant.granted, known.is_required(), known.without()))
        };
        Self {
            name: if row.account_name.is_empty() { row.stripe_account.clone() } else { row.account_name.clone() },
            country: country_name(&row.country),
            status,
            tone,
            paused: row.paused_reason.clone().filter(|_| row.status == "paused"),
            permissions: row.permissions.iter().filter_map(permission).collect(),
            listening: row.receives_webhooks(),
            last_webhook: row.last_webhook_at.map(when),
            webhook_url: hook::url(&state.config, frame.organization, row.id),
            balances: balances.into_iter().map(FundsView::of).collect(),
            as_of: row.balance_at.map(when),
            last_success: row.last_success_at.map(when),
            last_error: row.last_error.clone().zip(row.last_error_at.map(when)).map(|(what, at)| (what, at.0, at.1)),
            waits: row.wait_until.filter(|until| *until > state.clock.now()).map(when),
            dashboard: format!(
                "https://dashboard.stripe.com/{}balance/overview",
                if row.livemode { "" } else { "test/" }
            ),
            account: row.stripe_account,
            livemode: row.livemode,
            key_hint: row.key_hint,
        }
    }
}

fn country_name(code: &str) -> String {
    payout_core::stripe::country::find(code).map_or_else(|| code.to_owned(), |country| country.name.to_owned())
}

/// `GET /dashboard/payouts/connection`. It refreshes the balance if Stripe answers.
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
    let notice = notice(query.text("done").as_deref()).map(str::to_owned);
    Ok(Html(load(&state, &session, organization, (notice, None)).await?).into_response())
}

fn notice(done: Option<&str>) -> Option<&'static str> {
    Some(match done? {
        "connected" => "Stripe connected. Affiliates can now set up their payout method in the portal.",
        "disconnected" => "Stripe disconnected. The key was deleted.",
        _ => return None,
    })
}

/// `POST /dashboard/payouts/connection`: sets a new key or replaces the old one, for a person who has proved who they
/// are.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer or manager, 503 if the database is unavailable. An error in the
/// key is shown above the form.
pub async fn connect(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let challenge = Given::take(&mut fields);
    let member = may_change(&session, &fields)?;
    let done = match step_up::prove(&state, &session, challenge).await {
        Ok(()) => make(&state, &member, &fields).await,
        Err(refused) => Err(refused),
    };
    answer(&state, &session, &member, done.map(|()| "connected")).await
}

async fn make(state: &AppState, member: &Member, fields: &Fields) -> Result<(), Error> {
    let secrets: Vec<String> = fields.raw("webhookSecrets").split_whitespace().map(str::to_owned).collect();
    let verified =
        connect::verify(state, member.organization, &Pasted::of_form(fields.raw("apiKey")), &secrets).await?;
    let mut tx = state.db.tenant(member.organization).await?;
    let (id, entry) = connect::settle(&mut tx, state, &verified).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    connect::register(state, member.organization, id).await.map(drop)
}

/// `POST /dashboard/payouts/connection/test`.
pub async fn test(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    match check::test(&state, member.organization, &member.actor).await {
        Ok(tested) => {
            let (notice, problem) = if tested.ok { (Some(tested.message), None) } else { (None, Some(tested.message)) };
            Ok(Html(load(&state, &session, member.organization, (notice, problem)).await?).into_response())
        }
        Err(error) => answer(&state, &session, &member, Err(error)).await,
    }
}

/// `POST /dashboard/payouts/connection/disconnect`.
pub async fn disconnect(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let done = match connect::disconnect(&mut tx).await {
        Ok((row, entry)) => {
            audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            tx.commit().await?;
            if let Ok(key) = store::key(&state, organization, &row) {
                endpoint::take_down(&state, &key, &row.webhook_endpoints).await;
            }
            Ok("disconnected")
        }
        Err(error) => Err(error),
    };
    answer(&state, &session, &member, done).await
}

/// Only owners and admins may connect.
fn may_change(session: &Session, fields: &Fields) -> Result<Member, Error> {
    session.member(Some(fields.text("organization")), Right::Configure)
}

async fn answer(
    state: &AppState,
    session: &Session,
    member: &Member,
    done: Result<&str, Error>,
) -> Result<Response, PageError> {
    let organization = member.organization;
    match done {
        Ok(what) => Ok(Redirect::to(&format!("{PLACE}?organization={organization}&done={what}")).into_response()),
        Err(error) if error.status() == StatusCode::INTERNAL_SERVER_ERROR => Err(error.into()),
        Err(error) => {
            let problem = Some(kit::form::sentence_for(&error));
            let page = load(state, session, organization, (None, problem)).await?;
            Ok((error.status(), Html(page)).into_response())
        }
    }
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    (notice, problem): (Option<String>, Option<String>),
) -> Result<ConnectionPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let stored = store::current(&mut tx).await?;
    tx.commit().await?;
    // If Stripe doesn't answer for any reason, the page shows its last known data.
    let row = match stored {
        Some(row) if row.status == "active" => Some(funds::fetch(state, organization).await.unwrap_or(row)),
        other => other,
    };
    let one = match row {
        Some(row) => {
            let mut tx = state.db.tenant(organization).await?;
            let balances = funds::stored(&mut tx, &row).await?;
            // A refused key may have paused it in the meantime.
            let row = store::current(&mut tx).await?.unwrap_or(row);
            tx.commit().await?;
            Some(View::of(row, balances, state, &frame))
        }
        None => None,
    };
    Ok(ConnectionPage {
        permissions: Permission::ALL.into_iter().map(|one| (one.title(), one.is_required(), one.without())).collect(),
        create_key: create_key_url(!frame.test_mode),
        challenge: step_up::challenge_for(state, session).await?,
        frame,
        one,
        notice,
        problem,
    })
}
