//! `/dashboard/payouts/runs/{id}`: one run, from its preview to its last payout.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::{OrganizationId, PayoutRunId};

use super::{
    api::parse,
    dashboard::{PLACE, to},
    decide, file_store,
    import::PayoutImport,
    propose::{By, Hand},
    read_store,
    store::{Run, RunState},
    view::Needed,
    view_model::{self, Group, Payee, Progress, RailFile},
};
use crate::payout_connection;
use identity::{
    access::{
        member::Choice,
        session::{Session, SignedOut},
        step_up::{self, Challenge, Given},
    },
    audit::{self, names},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{Html, PageError, status::Badge, zone::Zone},
    state::AppState,
};
use rules::format;

#[derive(Debug, askama::Template)]
#[template(path = "payout_run.html")]
pub(super) struct RunPage {
    frame: Frame,
    id: String,
    title: String,
    badge: Badge,
    is_proposed: bool,
    is_running: bool,
    is_approved: bool,
    /// Whether its payouts go on without a person: payments made outside may take days.
    goes_on: bool,
    /// Whether something in it can still be cancelled.
    may_cancel: bool,
    progress: Progress,
    facts: Vec<(&'static str, String)>,
    needed: Option<String>,
    hint: Option<String>,
    second_approver: bool,
    is_own: bool,
    /// What the person must enter to approve.
    challenge: Challenge,
    payees: Vec<Payee>,
    more_payees: i64,
    files: Vec<RailFile>,
    left_out: Vec<Group>,
    excluded: i64,
    pub(super) problem: Option<String>,
    imported: Option<PayoutImport>,
    /// When and by whom the same file was imported before.
    before: Option<String>,
}

#[derive(Debug, askama::Template)]
#[template(path = "payout_run_live.html")]
struct LivePart {
    frame: Frame,
    id: String,
    badge: Badge,
    is_running: bool,
    is_approved: bool,
    progress: Progress,
    payees: Vec<Payee>,
    more_payees: i64,
}

impl RunPage {
    /// The page as the answer to a form: loaded again by itself, it would ask for the form's address.
    fn still(self) -> Self {
        Self { goes_on: false, ..self }
    }

    /// Returns the page with the result of an import.
    pub(super) async fn imported(
        mut self,
        state: &AppState,
        organization: OrganizationId,
        done: PayoutImport,
    ) -> Result<Self, Error> {
        if let (Some(at), Some(by)) = (done.already_imported_at, &done.already_imported_by) {
            let mut tx = state.db.tenant(organization).await?;
            let names = names::of(&mut tx, std::iter::once(by.as_str())).await?;
            tx.commit().await?;
            self.before = Some(format!("on {} by {}", self.frame.zone.full(at), names::actor_name(&names, by)));
        }
        self.imported = Some(done);
        Ok(self.still())
    }
}

/// `GET /dashboard/payouts/runs/{id}`.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization, parse(&id)?).await?).into_response())
}

/// `GET /dashboard/payouts/runs/{id}/live`: the part of the page with the progress and the payouts.
///
/// # Errors
/// 401 if no one is signed in, 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn live(
    State(state): State<AppState>,
    session: Result<Session, SignedOut>,
    Path(id): Path<String>,
    choice: Choice,
) -> Result<Response, Error> {
    let session = session.map_err(SignedOut::for_script)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    let RunPage { frame, id, badge, is_running, is_approved, progress, payees, more_payees, .. } =
        load(&state, &session, organization, parse(&id)?).await?;
    let part = LivePart { frame, id, badge, is_running, is_approved, progress, payees, more_payees };
    Ok(Html(part).into_response())
}

/// `POST /dashboard/payouts/runs/{id}/approve`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. If another person has to approve, or the password or code is
/// missing or wrong, the page says so.
pub async fn approve(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let given = Given::take(&mut fields);
    act(&state, &session, &id, &fields, Some(given)).await
}

/// `POST /dashboard/payouts/runs/{id}/cancel`.
pub async fn cancel(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    act(&state, &session, &id, &fields, None).await
}

async fn act(
    state: &AppState,
    session: &Session,
    id: &str,
    fields: &Fields,
    given: Option<Given>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, id) = (member.organization, parse(id)?);
    let by = By { actor: member.actor.who.clone(), person: Some(member.user), hand: Hand::Session };
    let approves = given.is_some();
    if let Some(given) = given
        && let Err(error) = step_up::prove(state, session, given).await
    {
        return if error.status().is_client_error() {
            refused(state, session, organization, id, &error).await
        } else {
            Err(error.into())
        };
    }
    let mut tx = state.db.tenant(organization).await?;
    let done = if approves {
        decide::approve(&mut tx, state, id, &by).await
    } else {
        decide::cancel(&mut tx, state, id, &by).await
    };
    match done {
        Ok(entry) => {
            if let Some(entry) = entry {
                audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            }
            tx.commit().await?;
            drop(state.news.send(organization));
            Ok(to(organization, id))
        }
        Err(error) if error.status() == axum::http::StatusCode::CONFLICT => {
            drop(tx);
            refused(state, session, organization, id, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Renders the page with the error.
pub(super) async fn refused(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: PayoutRunId,
    error: &Error,
) -> Result<Response, PageError> {
    let mut page = load(state, session, organization, id).await?.still();
    page.problem = Some(kit::form::sentence_for(error));
    Ok((error.status(), Html(page)).into_response())
}

/// # Errors
/// 404 if it isn't one of the organization's; database errors.
pub(super) async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: PayoutRunId,
) -> Result<RunPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let run = read_store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let left_out = read_store::exclusions(&mut tx, id).await?;
    let payees = read_store::payees(&mut tx, id).await?;
    let sizes = file_store::sizes(&mut tx, id).await?;
    let actors = [Some(run.proposed_by.as_str()), run.approved_by.as_deref(), run.cancelled_by.as_deref()];
    let names = names::of(&mut tx, actors.into_iter().flatten()).await?;
    tx.commit().await?;
    let (code, now) = (run.currency.code(), state.clock.now());
    let connection = if run.by_stripe() > 0 { paying(state, organization).await? } else { None };
    let needed = Needed::of(connection.as_ref(), run.currency, run.by_stripe());
    let (progress, files) = (Progress::of(&run), view_model::rails(&run, &sizes));
    let listed = i64::try_from(payees.len()).unwrap_or_default();
    let scheduled = run.tallies.iter().any(|tally| tally.status == payout_core::step::Status::Scheduled);
    Ok(RunPage {
        id: run.id.to_string(),
        title: title(&run),
        badge: view_model::state(&run),
        is_proposed: run.state == RunState::Proposed,
        is_running: run.state == RunState::Running,
        is_approved: run.approved_at.is_some(),
        may_cancel: run.state == RunState::Proposed || (run.state == RunState::Running && scheduled),
        progress,
        facts: facts(&run, &names, &frame.zone),
        needed: needed.as_ref().map(|needed| description(needed, code, &frame.zone)),
        hint: needed.and_then(|needed| needed.hint),
        second_approver: run.needs_second,
        is_own: run.proposer == Some(session.user),
        challenge: if run.state == RunState::Proposed {
            step_up::challenge_for(state, session).await?
        } else {
            Challenge::Nothing
        },
        more_payees: run.count() - listed,
        payees: payees.into_iter().map(|one| Payee::listed(one, code, now, run.approved_at.is_some())).collect(),
        goes_on: run.state == RunState::Running && files.iter().map(|file| file.open).sum::<i64>() < progress.open,
        files,
        left_out: view_model::groups(&left_out, code),
        excluded: run.excluded,
        frame,
        problem: None,
        imported: None,
        before: None,
    })
}

/// `$1,200.00 to 12 affiliates`.
pub(super) fn title(run: &Run) -> String {
    let (gross, count) = run.worth();
    format!("{} to {count} {}", format::money(gross, run.currency.code()), people(count))
}

/// Loads the connection, with its balance refreshed if Stripe answers soon.
async fn paying(
    state: &AppState,
    organization: OrganizationId,
) -> Result<Option<payout_connection::store::Row>, Error> {
    payout_connection::funds::refresh(state, organization).await?;
    let mut tx = state.db.tenant(organization).await?;
    let connection = payout_connection::store::current(&mut tx).await?;
    tx.commit().await?;
    Ok(connection)
}

const fn people(count: i64) -> &'static str {
    if count == 1 { "affiliate" } else { "affiliates" }
}

fn description(needed: &Needed, code: &str, zone: &Zone) -> String {
    let amount = format::money(needed.needed_cents, code);
    match needed.there(code, zone) {
        Some(there) => format!("{amount} from your Stripe balance ({there})"),
        None => amount,
    }
}

fn facts(run: &Run, names: &names::Names, zone: &Zone) -> Vec<(&'static str, String)> {
    let who = |actor: &str| {
        if actor == decide::SCHEDULE { "schedule".to_owned() } else { names::actor_name(names, actor) }
    };
    let code = run.currency.code();
    let withheld: i64 = run.tallies.iter().map(|tally| tally.withheld).sum();
    let mut facts = vec![
        ("Created", format!("{} by {}", zone.moment(run.created_at), who(&run.proposed_by))),
        ("Cut-off", zone.moment(run.cutoff)),
    ];
    if let Some(period) = &run.period {
        facts.insert(0, ("Period", period.clone()));
    }
    if let (Some(by), Some(at)) = (&run.approved_by, run.approved_at) {
        facts.push(("Approved", format!("{} by {}", zone.moment(at), who(by))));
    }
    if let Some(by) = &run.cancelled_by {
        facts.push(("Canceled", format!("by {}", who(by))));
    }
    if let Some(at) = run.done_at {
        facts.push(("Ended", zone.moment(at)));
    }
    if withheld > 0 {
        facts.push(("Tax withheld", format::money(withheld, code)));
    }
    facts
}
