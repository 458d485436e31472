//! `/dashboard/rewards/review`: the queue of claims that wait, one open at a time, and the decisions about them.

use axum::{
    Form,
    extract::{Path, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use shared::id::{OrganizationId, RewardClaimId};

use super::{
    Reward,
    claim_store::{self, Claim},
    dashboard, decide, words,
};
use crate::asset::kind;
use engine::decision::reason;
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
    api::{path::parse_id, query::Query},
    error::{Error, Result},
    file,
    form::{Fields, Problems, is_mistake},
    page::{Html, PageError, address::Address, flash::Flash, zone::Zone},
    state::AppState,
    text::Texts,
};
use rules::reward::State as ClaimState;

/// The oldest claims; the others follow once these are decided.
const SHOWN: i64 = 50;

const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CACHE_CONTROL, "private, max-age=3600"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

#[derive(Debug, askama::Template)]
#[template(path = "reward_review.html")]
struct ReviewPage {
    frame: Frame,
    rows: Vec<QueueRow>,
    one: Option<Open>,
    fields: Fields,
    problems: Problems,
}

#[derive(Debug)]
struct QueueRow {
    id: String,
    name: String,
    reward: String,
    day: String,
    href: String,
    is_open: bool,
}

/// The open claim.
#[derive(Debug)]
struct Open {
    id: String,
    affiliate: String,
    name: String,
    reward_id: String,
    reward: String,
    gift: String,
    earned_by: Option<String>,
    period: String,
    links: Vec<String>,
    repeats_link: bool,
    note: Option<String>,
    has_file: bool,
    /// Why it couldn't be given before.
    cause: Option<String>,
    day: String,
    place: String,
    earlier: Option<String>,
    later: Option<String>,
}

/// `GET /dashboard/rewards/review`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 400 naming a parameter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    query.text("organization");
    let chosen = query.text("claim").and_then(|id| id.parse().ok());
    query.finish()?;
    let page = load(&state, &session, (organization, chosen), Fields::default(), Problems::default()).await?;
    Ok(Html(page).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, chosen): (OrganizationId, Option<RewardClaimId>),
    fields: Fields,
    problems: Problems,
) -> Result<ReviewPage> {
    let frame = Frame::load(state, session, organization, dashboard::HERE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let waiting = claim_store::Filter {
        state: Some(ClaimState::Submitted),
        oldest: true,
        limit: SHOWN,
        ..claim_store::Filter::default()
    };
    let claims = claim_store::list(&mut tx, &waiting).await?;
    let mut known = Vec::with_capacity(claims.len());
    for claim in claims {
        let reward = decide::known_reward(&mut tx, claim.reward).await?;
        known.push((claim, reward));
    }
    tx.commit().await?;
    let open = known.iter().position(|(claim, _)| Some(claim.id) == chosen).unwrap_or_default();
    let href = |claim: &Claim| address(organization).with("claim", claim.id).to_string();
    let near = |index: Option<usize>| index.and_then(|index| known.get(index)).map(|(claim, _)| href(claim));
    let one = known.get(open).map(|(claim, reward)| Open {
        place: format!("{} of {}", open + 1, known.len()),
        earlier: near(open.checked_sub(1)),
        later: near(open.checked_add(1)),
        ..Open::of(claim, reward, &frame.zone)
    });
    let row = |(index, (claim, reward)): (usize, &(Claim, Reward))| QueueRow {
        id: claim.id.to_string(),
        name: claim.affiliate_name.clone(),
        reward: reward.title.clone(),
        day: frame.zone.date(claim.submitted_at),
        href: href(claim),
        is_open: index == open,
    };
    Ok(ReviewPage { rows: known.iter().enumerate().map(row).collect(), one, frame, fields, problems })
}

fn address(organization: OrganizationId) -> Address {
    Address::of(format!("{}/review", dashboard::HERE), organization)
}

impl Open {
    fn of(claim: &Claim, reward: &Reward, zone: &Zone) -> Self {
        let t = Texts::default();
        let value = claim.value.zip(reward.goal()).map(|(value, goal)| words::value(t, goal, value));
        Self {
            id: claim.id.to_string(),
            affiliate: claim.affiliate.to_string(),
            name: claim.affiliate_name.clone(),
            reward_id: reward.id.to_string(),
            reward: reward.title.clone(),
            gift: words::given(t, &reward.gift, claim.amount),
            earned_by: value.map(|value| match claim.place {
                Some(place) => format!("Place {place}, with {value}"),
                None => value,
            }),
            period: claim.period.clone(),
            links: claim.links.clone(),
            repeats_link: claim.repeats_link,
            note: claim.note.clone(),
            has_file: claim.file.is_some(),
            cause: claim.reason.clone(),
            day: zone.full(claim.submitted_at),
            place: String::new(),
            earlier: None,
            later: None,
        }
    }
}

/// `POST /dashboard/rewards/claims/{id}`: approves a claim, or rejects it with a reason.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer; 503 if the database is unavailable. What is refused is shown on the
/// page.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, id): (OrganizationId, RewardClaimId) = (member.organization, parse_id(&id)?);
    match enact(&state, &member, id, &fields).await {
        Ok(done) => Ok(Flash::done(done).redirect(&address(organization).to_string())),
        Err(error) if is_mistake(&error) => {
            let problems = Problems::of_error(&error);
            let page = load(&state, &session, (organization, Some(id)), fields, problems).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn enact(state: &AppState, member: &Member, id: RewardClaimId, fields: &Fields) -> Result<String> {
    let (now, who) = (state.clock.now(), member.actor.who.as_str());
    let mut tx = state.db.tenant(member.organization).await?;
    let name = decide::known_claim(&mut tx, id).await?.affiliate_name;
    let (entries, done) = match fields.text("decision") {
        "approve" => (decide::approve(&mut tx, state, id, who).await?, format!("Reward given to {name}")),
        "reject" => {
            let reason = reason::checked(fields.raw("reason"))?;
            (vec![decide::reject(&mut tx, state, id, (who, &reason)).await?], format!("Claim of {name} rejected"))
        }
        _ => return Err(Error::field("decision", "decision must be approve or reject")),
    };
    for entry in entries {
        audit::record(&mut tx, &member.actor, now, entry).await?;
    }
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(member.organization));
    Ok(done)
}

/// `GET /dashboard/rewards/claims/{id}/file`: the file of a proof.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the storage or the database is unavailable.
pub async fn proof(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let claim = decide::known_claim(&mut tx, parse_id(&id)?).await?;
    let kept = claim.file.ok_or_else(Error::not_found)?;
    let row = file::store::read(&mut tx, kept).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let bytes = file::keep::open(&state, organization, kept, &row).await?;
    let mut response = (StatusCode::OK, bytes).into_response();
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let how = if row.content_type.starts_with("image/") { "inline" } else { "attachment" };
    let name = format!("{how}; filename=\"proof.{}\"", kind::ending(&row.content_type));
    for (header, value) in [(CONTENT_DISPOSITION, name.as_str()), (CONTENT_TYPE, row.content_type.as_str())] {
        let value = HeaderValue::from_str(value).map_err(|error| Error::internal(error))?;
        response.headers_mut().insert(header, value);
    }
    Ok(response)
}
