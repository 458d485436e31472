//! `/dashboard/rewards/{id}`: one reward with its progress, its claims, and what of it can change.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::{
    id::{OrganizationId, RewardId},
    timestamp::Timestamp,
};

use super::{
    Reward, Window, calendar, change,
    change::Changes,
    claim_store::{self, Claim},
    dashboard,
    decide::known_reward,
    input, new, ranking,
    score_store::Of,
    words,
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::path::parse_id,
    dashboard::amount,
    db::TenantTx,
    error::Result,
    form::{Fields, Problems, is_mistake},
    page::{Html, PageError, address::Address, flash::Flash, zone::Zone},
    state::AppState,
    text::Texts,
};
use rules::{format, reward::State as ClaimState};

/// The best of the current period.
const BEST: i64 = 20;
/// The newest claims.
const CLAIMS: i64 = 100;

#[derive(Debug, askama::Template)]
#[template(path = "reward.html")]
struct RewardPage {
    frame: Frame,
    id: String,
    title: String,
    kind: &'static str,
    archived: bool,
    facts: Vec<(&'static str, String)>,
    /// `None`: there are more sales than can be counted in time.
    best: Option<Vec<Best>>,
    is_counted: bool,
    rows: Vec<ClaimRow>,
    waiting: usize,
    /// Whether a budget makes sense.
    pays: bool,
    fields: Fields,
    problems: Problems,
}

impl RewardPage {
    fn given(&self, name: &str) -> &str {
        self.fields.raw(name)
    }
}

#[derive(Debug)]
struct Best {
    place: i64,
    affiliate: String,
    name: String,
    value: String,
}

#[derive(Debug)]
struct ClaimRow {
    affiliate: String,
    name: String,
    period: String,
    value: String,
    gift: String,
    word: &'static str,
    tone: &'static str,
    reason: Option<String>,
    commission: Option<String>,
    /// Where it is decided, if it waits.
    review: Option<String>,
}

/// `GET /dashboard/rewards/{id}`.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let page = load(&state, &session, (organization, parse_id(&id)?), None, Problems::default()).await?;
    Ok(Html(page).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, id): (OrganizationId, RewardId),
    typed: Option<Fields>,
    problems: Problems,
) -> Result<RewardPage> {
    let now = state.clock.now();
    let frame = Frame::load(state, session, organization, dashboard::HERE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let reward = known_reward(&mut tx, id).await?;
    let spent = claim_store::spent(&mut tx, id).await?;
    let filter = claim_store::Filter { reward: Some(id), limit: CLAIMS, ..claim_store::Filter::default() };
    let claims = claim_store::list(&mut tx, &filter).await?;
    let window = calendar::current(&reward, &frame.zone, now);
    // Last, because counting that takes too long ends the transaction.
    let mut tx = Some(tx);
    let best = best(&mut tx, &reward, window, now).await?;
    if let Some(tx) = tx {
        tx.commit().await?;
    }
    Ok(RewardPage {
        id: id.to_string(),
        kind: reward.kind().as_str(),
        archived: reward.archived_at.is_some(),
        facts: facts(&reward, spent, &frame.zone),
        best,
        is_counted: reward.goal().is_some(),
        waiting: claims.iter().filter(|claim| claim.state == ClaimState::Submitted).count(),
        rows: claims.iter().map(|claim| ClaimRow::of(claim, &reward, organization)).collect(),
        pays: reward.gift.currency().is_some(),
        fields: typed.unwrap_or_else(|| current(&reward, &frame.zone)),
        title: reward.title,
        frame,
        problems,
    })
}

/// The best in a period; `None` if the sales can't be counted in time. The reward can be changed or archived
/// nevertheless.
async fn best(
    tx: &mut Option<TenantTx>,
    reward: &Reward,
    window: Option<Window>,
    now: Timestamp,
) -> Result<Option<Vec<Best>>> {
    let (Some(goal), Some(window)) = (reward.goal(), window) else { return Ok(Some(Vec::new())) };
    let of = Of { least: 1, best: Some(BEST), ..Of::goal(reward, goal) };
    let Some(places) = ranking::places(tx, &of, &window, now).await? else { return Ok(None) };
    let t = Texts::default();
    let best = places.iter().map(|one| Best {
        place: one.place,
        affiliate: one.affiliate.to_string(),
        name: one.name.clone(),
        value: words::value(t, goal, one.value),
    });
    Ok(Some(best.collect()))
}

fn facts(reward: &Reward, spent: i64, zone: &Zone) -> Vec<(&'static str, String)> {
    let t = Texts::default();
    let mut facts = vec![("Program", reward.program_name.clone()), ("Prize", words::offered(t, &reward.gift))];
    if let Some(goal) = reward.goal() {
        facts.push(("Goal", words::value(t, goal, goal.value)));
    }
    facts.push(("Can be earned", reward.repeats.as_str().to_owned()));
    facts.push(("Starts", zone.full(reward.starts_at)));
    if let Some(ends) = reward.ends_at {
        facts.push(("Ends", zone.full(ends)));
    }
    if !reward.segments.is_empty() {
        facts.push(("Only for", reward.segments.join(", ")));
    }
    if let Some(currency) = reward.gift.currency() {
        let given = format::money(spent, currency.code());
        facts.push(match reward.budget {
            Some(budget) => ("Budget", format!("{given} of {}", format::money(budget, currency.code()))),
            None => ("Given", given),
        });
    }
    facts
}

/// What the form starts with.
fn current(reward: &Reward, zone: &Zone) -> Fields {
    let mut fields = Fields::default();
    fields.set("title", reward.title.clone());
    fields.set("description", reward.description.clone().unwrap_or_default());
    if let Some(ends) = reward.ends_at {
        fields.set("endsAt", zone.day_of(ends.plus_millis(-1)).to_string());
    }
    if let (Some(budget), Some(currency)) = (reward.budget, reward.gift.currency()) {
        fields.set("budgetCents", shared::money::Money::new(budget, currency).major());
    }
    fields
}

/// `POST /dashboard/rewards/{id}`: saves title, description, end and budget.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer; 503 if the database is unavailable. Mistakes are shown next to their
/// field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, id): (OrganizationId, RewardId) = (member.organization, parse_id(&id)?);
    let frame = Frame::load(&state, &session, organization, dashboard::HERE).await?;
    let problems = match keep(&state, &member, id, &fields, &frame.zone).await {
        Ok(Ok(())) => return Ok(Flash::done("Reward saved").redirect(&place(organization, id))),
        Ok(Err(problems)) => problems,
        Err(error) if is_mistake(&error) => Problems::of_error(&error),
        Err(error) => return Err(error.into()),
    };
    let page = load(&state, &session, (organization, id), Some(fields), problems).await?;
    Ok((StatusCode::BAD_REQUEST, Html(page)).into_response())
}

fn place(organization: OrganizationId, id: RewardId) -> String {
    Address::of(format!("{}/{id}", dashboard::HERE), organization).to_string()
}

async fn keep(
    state: &AppState,
    member: &Member,
    id: RewardId,
    fields: &Fields,
    zone: &Zone,
) -> Result<std::result::Result<(), Problems>> {
    let mut tx = state.db.tenant(member.organization).await?;
    let reward = known_reward(&mut tx, id).await?;
    let mut problems = Problems::default();
    let title = problems.take(fields.line("title", "a title", input::TITLE_MAX));
    let budget = match (fields.given("budgetCents"), reward.gift.currency()) {
        (Some(text), Some(currency)) => {
            let minor = amount::minor(text, currency);
            if minor.is_none() {
                problems.add("budgetCents", "Enter an amount such as 500.00.");
            }
            minor
        }
        _ => None,
    };
    let ends_at = new::day(fields, "endsAt", zone, true, &mut problems);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    // An end within a day that was set by API stays, unless the day changes.
    let same_day = current(&reward, zone).text("endsAt") == fields.text("endsAt");
    let changes = Changes {
        title: Some(title),
        description: Some(fields.given("description").map(input::description).transpose()?),
        segments: None,
        ends_at: Some(if same_day { reward.ends_at } else { ends_at }),
        budget: Some(budget),
    };
    let entry = change::update(&mut tx, state, id, changes).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// `POST /dashboard/rewards/{id}/archive`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer; 503 if the database is unavailable.
pub async fn archive(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: RewardId = parse_id(&id)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let entry = change::archive(&mut tx, &state, id).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(Flash::done("Reward archived").redirect(&place(member.organization, id)))
}

/// A claim's state as people read it, and its color.
pub(super) const fn label(state: ClaimState) -> (&'static str, &'static str) {
    match state {
        ClaimState::Submitted => ("Under review", "wait"),
        ClaimState::Approved => ("Approved", "info"),
        ClaimState::Rejected => ("Rejected", "off"),
        ClaimState::Paid => ("Given", "good"),
        ClaimState::TakenBack => ("Taken back", "off"),
    }
}

impl ClaimRow {
    fn of(claim: &Claim, reward: &Reward, organization: OrganizationId) -> Self {
        let t = Texts::default();
        let (word, tone) = label(claim.state);
        let value = claim.value.zip(reward.goal()).map(|(value, goal)| words::value(t, goal, value));
        let review = Address::of(format!("{}/review", dashboard::HERE), organization).with("claim", claim.id);
        Self {
            affiliate: claim.affiliate.to_string(),
            name: claim.affiliate_name.clone(),
            period: claim.period.clone(),
            value: match (claim.place, value) {
                (Some(place), Some(value)) => format!("Place {place}, {value}"),
                (_, value) => value.unwrap_or_else(|| "Proof".to_owned()),
            },
            gift: words::given(t, &reward.gift, claim.amount),
            word,
            tone,
            reason: claim.reason.clone(),
            commission: claim.commission.map(|id| id.to_string()),
            review: (claim.state == ClaimState::Submitted).then(|| review.to_string()),
        }
    }
}
