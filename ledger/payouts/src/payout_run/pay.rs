//! `/dashboard/payouts/pay`: a person sees whom they are about to pay, leaves some out, and pays the others in one step:
//! the run is proposed and approved. If a second person has to approve it, it is only proposed.

use std::collections::HashSet;

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::{
    id::{AffiliateId, OrganizationId, PayoutRunId},
    money::Currency,
    timestamp::Timestamp,
};

use super::{
    candidate_store,
    dashboard::{PLACE as RUNS, to},
    decide, detail, email,
    pay_view::Sheet,
    preview,
    propose::{By, Hand},
    read_store,
    review::{self, Review, Seen, Stored},
    store::{self, Run, RunState},
    tax_question::{self, TaxQuestion},
};
use crate::{payout_connection::funds, payout_settings::store as settings_store};
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
    form::{Fields, Problems},
    page::{Html, PageError, flash::Flash},
    state::AppState,
};

/// The menu's section.
const PLACE: &str = "/dashboard/payouts";
pub(super) const PAGE: &str = "/dashboard/payouts/pay";

#[derive(Debug, askama::Template)]
#[template(path = "payout_pay.html")]
struct PayPage {
    frame: Frame,
    /// The run's ID: the same page sent twice pays once.
    id: PayoutRunId,
    /// `None` if nothing is payable in any currency.
    sheet: Option<Sheet>,
    /// The currencies in which something is payable, and whether each is this page's.
    currencies: Vec<(String, bool)>,
    /// A run in this currency that waits for approval.
    open: Option<PayoutRunId>,
    second_approver: bool,
    /// The rule for missing tax forms, if no one has chosen it yet.
    question: Option<TaxQuestion>,
    challenge: Challenge,
    problems: Problems,
}

/// What the page is about.
#[derive(Debug)]
struct Subject {
    id: PayoutRunId,
    currency: Option<Currency>,
    cutoff: Timestamp,
    excluded: HashSet<AffiliateId>,
}

/// What the page sends.
#[derive(Debug)]
struct Sent {
    id: PayoutRunId,
    currency: Currency,
    cutoff: Option<Timestamp>,
    excluded: HashSet<AffiliateId>,
    /// See [`Review::listed`].
    list: String,
    seen: Option<Seen>,
}

/// `GET /dashboard/payouts/pay`: `currency` is whose run it will be, `without` an affiliate who is left out.
///
/// # Errors
/// 404 for an organization that isn't the person's; 400 for an invalid parameter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let currency = query.currency("currency")?.and_then(|code| code.parse().ok());
    let excluded = query.id("without")?.into_iter().collect();
    let subject = Subject { id: state.new_id(), currency, cutoff: state.clock.now(), excluded };
    let page = load(&state, &session, organization, subject).await?;
    Ok(match page.open {
        Some(open) => to(organization, open),
        None => Html(page).into_response(),
    })
}

/// `POST /dashboard/payouts/pay`: proposes the run, and approves it if `do` is `pay`; `preview` shows the page with its
/// new total, and `rule` stores what runs do about missing tax forms.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer, and for a manager who answers for the settings. If something has
/// changed since the page was made, or the password or code is missing or wrong, the page says so.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let given = Given::take(&mut fields);
    if fields.text("do") == "rule" {
        return tax_question::answer(&state, &session, &fields).await;
    }
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let sent = Sent::read(&fields, state.clock.now())?;
    match fields.text("do") {
        "pay" => pay(&state, &session, &member, &sent, Some(given)).await,
        "request" => pay(&state, &session, &member, &sent, None).await,
        _ => {
            let subject = sent.subject(state.clock.now());
            Ok(Html(load(&state, &session, member.organization, subject).await?).into_response())
        }
    }
}

/// `given` proves who the person is, if they pay; without it the run is only proposed.
async fn pay(
    state: &AppState,
    session: &Session,
    member: &Member,
    sent: &Sent,
    given: Option<Given>,
) -> Result<Response, PageError> {
    let (organization, id, pays) = (member.organization, sent.id, given.is_some());
    let mut tx = state.db.tenant(organization).await?;
    let before = read_store::read(&mut tx, id).await?;
    tx.commit().await?;
    // A run for which one person is enough is stored and approved at once: one that only waits for approval may hold more
    // than this page shows, and has a page of its own for that.
    if before.as_ref().is_some_and(|run| run.state != RunState::Proposed || !pays || !run.needs_second) {
        return Ok(to(organization, id));
    }
    if let Some(given) = given
        && let Err(error) = step_up::prove(state, session, given).await
    {
        if !error.status().is_client_error() {
            return Err(error.into());
        }
        let mut page = load(state, session, organization, sent.subject(state.clock.now())).await?;
        page.problems = Problems::of_error(&error);
        return Ok((error.status(), Html(page)).into_response());
    }
    let by = By { actor: member.actor.who.clone(), person: Some(member.user), hand: Hand::Session };
    if before.is_none()
        && let Some(answer) = propose(state, session, member, &by, (sent, pays)).await?
    {
        return Ok(answer);
    }
    if pays {
        return approve(state, session, member, &by, id).await;
    }
    Ok(Flash::done("Approval requested").redirect(&format!("{RUNS}/{id}?organization={organization}")))
}

/// Stores the run; if the person pays and is enough for that, approves it in the same transaction. Returns the answer if
/// nothing is left to decide.
async fn propose(
    state: &AppState,
    session: &Session,
    member: &Member,
    by: &By,
    (sent, pays): (&Sent, bool),
) -> Result<Option<Response>, PageError> {
    let organization = member.organization;
    let Some(review) = sent.review() else {
        return changed(state, session, organization, sent).await.map(Some);
    };
    let mut tx = state.db.tenant(organization).await?;
    match review::keep(&mut tx, state, by, &review).await? {
        Stored::Made(entry) => {
            audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            let run = read_store::read(&mut tx, review.id).await?.ok_or_else(Error::not_found)?;
            let is_enough = pays && !run.needs_second;
            if run.needs_second {
                email::waiting(&mut tx, state, review.id, false).await?;
            } else if is_enough && let Some(entry) = decide::approve(&mut tx, state, review.id, by).await? {
                audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            }
            tx.commit().await?;
            drop(state.news.send(organization));
            Ok(is_enough.then(|| paying(organization, &run)))
        }
        // The same page, sent twice at the same time.
        Stored::Before => Ok(Some(to(organization, review.id))),
        Stored::Open(open) => {
            let flash = Flash::done("This payout run was already waiting for approval. Nothing was paid.");
            Ok(Some(flash.redirect(&format!("{RUNS}/{open}?organization={organization}"))))
        }
        Stored::Changed => {
            drop(tx);
            changed(state, session, organization, sent).await.map(Some)
        }
    }
}

fn paying(organization: OrganizationId, run: &Run) -> Response {
    let flash = Flash::done(format!("Paying {}", detail::title(run)));
    flash.redirect(&format!("{RUNS}/{}?organization={organization}", run.id))
}

/// Approves a run that needs a second person: it refuses the one who created it.
async fn approve(
    state: &AppState,
    session: &Session,
    member: &Member,
    by: &By,
    id: PayoutRunId,
) -> Result<Response, PageError> {
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    match decide::approve(&mut tx, state, id, by).await {
        Ok(Some(entry)) => {
            audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            let run = read_store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
            tx.commit().await?;
            drop(state.news.send(organization));
            Ok(paying(organization, &run))
        }
        // Someone else approved it meanwhile.
        Ok(None) => Ok(to(organization, id)),
        Err(error) if error.status() == StatusCode::CONFLICT => {
            drop(tx);
            detail::refused(state, session, organization, id, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The page again, with what it would pay now.
async fn changed(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    sent: &Sent,
) -> Result<Response, PageError> {
    let subject = Subject { cutoff: state.clock.now(), ..sent.subject(state.clock.now()) };
    let mut page = load(state, session, organization, subject).await?;
    let message = match &page.sheet {
        Some(sheet) if sheet.people > 0 => {
            format!("Nothing was paid yet. The total is now {} to {}. Check it, then pay.", sheet.total, sheet.whom())
        }
        _ => "Select at least one affiliate.".to_owned(),
    };
    page.problems = Problems::at("", message);
    Ok((StatusCode::CONFLICT, Html(page)).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    subject: Subject,
) -> Result<PayPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    funds::refresh(state, organization).await?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let owed = candidate_store::currencies(&mut tx).await?;
    let currency = subject.currency.or_else(|| owed.first().copied());
    let settings = settings_store::read(&mut tx).await?;
    let (mut sheet, mut open, mut question) = (None, None, None);
    if let Some(currency) = currency {
        open = store::proposed(&mut tx, currency).await?;
        let all = preview::select_until(&mut tx, currency, subject.cutoff, now).await?;
        question = TaxQuestion::of(&all, &settings);
        let made = Sheet::of(all, &subject.excluded, &frame.zone);
        sheet = Some(made.map_err(|error| Error::internal(error))?);
    }
    tx.commit().await?;
    let second_approver = settings.second_approver;
    let pays = frame.may_operate() && !second_approver;
    Ok(PayPage {
        id: subject.id,
        currencies: owed.iter().map(|one| (one.code().to_owned(), Some(*one) == currency)).collect(),
        challenge: if pays { step_up::challenge_for(state, session).await? } else { Challenge::Nothing },
        frame,
        sheet,
        open,
        second_approver,
        question,
        problems: Problems::default(),
    })
}

impl Sent {
    /// # Errors
    /// 400 if the form isn't that of the page.
    fn read(fields: &Fields, now: Timestamp) -> Result<Self, Error> {
        let id = fields.text("run").parse::<PayoutRunId>();
        let id = id.map_err(|_| Error::field("run", "Reload this page and submit the form again."))?;
        let currency = fields.text("currency").parse::<Currency>();
        let currency = currency.map_err(|error| Error::field("currency", format!("currency {error}")))?;
        let ids =
            |name: &str| -> HashSet<AffiliateId> { fields.all(name).iter().filter_map(|id| id.parse().ok()).collect() };
        let (listed, paid) = (ids("listed"), ids("pay"));
        Ok(Self {
            id,
            currency,
            cutoff: review::cutoff(fields.text("cutoff"), now),
            excluded: listed.difference(&paid).copied().collect(),
            list: fields.text("list").to_owned(),
            seen: Seen::parse(fields.text("seen")),
        })
    }

    fn subject(&self, now: Timestamp) -> Subject {
        Subject {
            id: self.id,
            currency: Some(self.currency),
            cutoff: self.cutoff.unwrap_or(now),
            excluded: self.excluded.clone(),
        }
    }

    /// `None` if the page is too old.
    fn review(&self) -> Option<Review> {
        Some(Review {
            id: self.id,
            currency: self.currency,
            cutoff: self.cutoff?,
            excluded: self.excluded.clone(),
            listed: self.list.clone(),
            seen: self.seen.clone()?,
        })
    }
}
