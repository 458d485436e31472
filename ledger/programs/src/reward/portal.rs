//! `/a/rewards`: the rewards that an affiliate can earn, with their progress, what they earned, and the leaderboards.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use rules::reward::State as ClaimState;
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{
    Goal, Reward, Rule, calendar,
    claim_store::{self, Claim},
    leaderboard::{self, Board},
    leaderboard_store, ranking,
    score_store::{self, Of},
    store, words,
};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::query::Query,
    db::TenantTx,
    error::Result,
    form::Problems,
    page::{Html, PageError, zone::Zone},
    state::AppState,
    text::Texts,
};

const HERE: &str = "/a/rewards";
/// The newest claims; older ones are in the affiliate's earnings.
const CLAIMS: i64 = 50;

#[derive(Debug, askama::Template)]
#[template(path = "rewards_portal.html")]
pub struct RewardsPage {
    t: Texts,
    frame: Frame,
    organization: String,
    done: Option<String>,
    open: Vec<Offer>,
    claims: Vec<Own>,
    boards: Vec<Board>,
    /// The name that others see on leaderboards, if the affiliate agreed.
    shown_as: Option<String>,
    /// What the field starts with.
    own_name: String,
    problems: Problems,
}

/// A reward that can be earned.
#[derive(Debug)]
struct Offer {
    id: String,
    title: String,
    description: Option<String>,
    gift: String,
    /// "3 sales to go, by 31 Mar 2026".
    progress: Option<String>,
    /// Whether there are more sales than can be counted in time to find the place.
    is_uncounted: bool,
    /// The value and the goal, for a bar.
    bar: Option<(i64, i64)>,
    takes_back: bool,
    /// Whether a proof can be sent now.
    can_submit: bool,
}

#[derive(Debug)]
struct Own {
    title: String,
    gift: String,
    /// The message of its state.
    word: &'static str,
    tone: &'static str,
    day: String,
    reason: Option<String>,
}

/// `GET /a/rewards`.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let done = match query.text("done").as_deref() {
        Some("sent") => Some("portal-rewards-sent"),
        Some("name") => Some("portal-rewards-name-saved"),
        _ => None,
    };
    query.finish()?;
    let done = done.map(|key| session.t.say(key).to_string());
    Ok(Html(load(&state, &session, done, Problems::default()).await?).into_response())
}

/// # Errors
/// 503 if the database is unavailable.
pub async fn load(
    state: &AppState,
    session: &AffiliateSession,
    done: Option<String>,
    problems: Problems,
) -> Result<RewardsPage> {
    let (t, zone, affiliate, now) = (session.t, &session.zone, session.affiliate, state.clock.now());
    let mut tx = state.db.tenant(session.organization).await?;
    let own = claim_store::Filter { affiliate: Some(affiliate), limit: CLAIMS, ..claim_store::Filter::default() };
    let claims = claim_store::list(&mut tx, &own).await?;
    let programs = score_store::programs(&mut tx, affiliate).await?;
    let all = store::list(&mut tx, &store::Filter::default()).await?;
    let offered = offered(&mut tx, affiliate, &all, now).await?;
    let mut open = Vec::new();
    for reward in &offered {
        open.push(offer(&mut tx, (t, zone), affiliate, (reward, &claims), now).await?);
    }
    let mut leaderboards = leaderboard_store::list(&mut tx).await?;
    leaderboards.retain(|leaderboard| programs.contains(&leaderboard.program));
    let shown_as = leaderboard_store::names(&mut tx, &[affiliate]).await?.remove(&affiliate);
    // Places are found last, because counting that takes too long ends the transaction.
    let mut tx = Some(tx);
    for (reward, offer) in offered.into_iter().zip(&mut open) {
        place(&mut tx, (t, zone), affiliate, (reward, offer), now).await?;
    }
    let mut boards = Vec::new();
    for leaderboard in leaderboards {
        boards.push(leaderboard::board(&mut tx, (t, zone), affiliate, leaderboard, now).await?);
    }
    if let Some(tx) = tx {
        tx.commit().await?;
    }
    let title = |claim: &Claim| all.iter().find(|reward| reward.id == claim.reward);
    Ok(RewardsPage {
        t,
        frame: session.frame(HERE),
        organization: session.organization_name.clone(),
        done,
        open,
        claims: claims.iter().filter_map(|claim| Some(Own::of(t, zone, claim, title(claim)?))).collect(),
        boards,
        own_name: shown_as.clone().unwrap_or_else(|| session.name.clone()),
        shown_as,
        problems,
    })
}

/// The rewards that are open for this affiliate: in a program that they promote, and for their segment.
pub async fn offered<'a>(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    all: &'a [Reward],
    now: Timestamp,
) -> Result<Vec<&'a Reward>> {
    let programs = score_store::programs(tx, affiliate).await?;
    let segment = score_store::segment(tx, affiliate, now).await?;
    let is_for_them = |reward: &&Reward| {
        reward.is_open(now)
            && programs.contains(&reward.program)
            && (reward.segments.is_empty() || segment.as_ref().is_some_and(|own| reward.segments.contains(own)))
    };
    Ok(all.iter().filter(is_for_them).collect())
}

async fn offer(
    tx: &mut TenantTx,
    (t, zone): (Texts, &Zone),
    affiliate: AffiliateId,
    (reward, claims): (&Reward, &[Claim]),
    now: Timestamp,
) -> Result<Offer> {
    let window = calendar::current(reward, zone, now);
    let period = window.as_ref().map(|window| window.period.key.clone()).unwrap_or_default();
    let claim = claims.iter().find(|claim| claim.reward == reward.id && claim.period == period);
    let until = window.as_ref().and_then(|window| window.ends).map(|ends| zone.date_in(t, ends.plus_millis(-1)));
    let mut offer = Offer {
        id: reward.id.to_string(),
        title: reward.title.clone(),
        description: reward.description.clone(),
        gift: words::offered(t, &reward.gift),
        progress: until.clone().map(|day| t.say("portal-rewards-until").with("day", day).to_string()),
        is_uncounted: false,
        bar: None,
        takes_back: reward.takes_back(),
        can_submit: matches!(reward.rule, Rule::Bounty(_)) && can_submit(claim),
    };
    if let (Some(goal), Some(window), Rule::Milestone { .. }) = (reward.goal(), window, &reward.rule) {
        let of = Of { affiliate: Some(affiliate), least: 0, ..Of::goal(reward, goal) };
        let own = score_store::values(tx, &of, std::slice::from_ref(&window), now).await?.pop();
        let reached = own.map_or(0, |own| own.value);
        offer.bar = Some((reached.clamp(0, goal.value), goal.value));
        offer.progress = Some(progress(t, goal, reached, until));
    }
    Ok(offer)
}

/// Adds the affiliate's place if it's a contest. Counting that takes too long ends the transaction.
async fn place(
    tx: &mut Option<TenantTx>,
    (t, zone): (Texts, &Zone),
    affiliate: AffiliateId,
    (reward, offer): (&Reward, &mut Offer),
    now: Timestamp,
) -> Result<()> {
    let (Rule::Contest { goal, .. }, Some(window)) = (&reward.rule, calendar::current(reward, zone, now)) else {
        return Ok(());
    };
    let of = Of { least: 1, ..Of::goal(reward, goal) };
    let Some(all) = ranking::places(tx, &of, &window, now).await? else {
        offer.is_uncounted = true;
        return Ok(());
    };
    if let Some(own) = all.iter().find(|one| one.affiliate == affiliate) {
        let progress = match window.ends.map(|ends| zone.date_in(t, ends.plus_millis(-1))) {
            Some(day) => t.say("portal-rewards-place-until").with("day", day),
            None => t.say("portal-rewards-place"),
        };
        let value = words::value(t, goal, own.value);
        offer.progress = Some(progress.with("place", own.place).with("value", value).to_string());
    }
    Ok(())
}

fn progress(t: Texts, goal: &Goal, reached: i64, until: Option<String>) -> String {
    let left = goal.value.saturating_sub(reached);
    if left <= 0 {
        return t.say("portal-rewards-reached").to_string();
    }
    let rest = words::value(t, goal, left);
    match until {
        Some(day) => t.say("portal-rewards-to-go-until").with("rest", rest).with("day", day).to_string(),
        None => t.say("portal-rewards-to-go").with("rest", rest).to_string(),
    }
}

/// Whether a proof can be sent, after this claim in the same period.
pub fn can_submit(claim: Option<&Claim>) -> bool {
    claim.is_none_or(|claim| claim.state == ClaimState::Rejected && claim.attempts < super::proof_store::ATTEMPTS_MAX)
}

impl Own {
    fn of(t: Texts, zone: &Zone, claim: &Claim, reward: &Reward) -> Self {
        let (word, tone) = match claim.state {
            ClaimState::Submitted => ("portal-rewards-waiting", "wait"),
            ClaimState::Approved => ("portal-rewards-approved", "info"),
            ClaimState::Rejected => ("portal-rewards-rejected", "off"),
            ClaimState::Paid => ("portal-rewards-given", "good"),
            ClaimState::TakenBack => ("portal-rewards-taken-back", "off"),
        };
        Self {
            title: reward.title.clone(),
            gift: words::given(t, &reward.gift, claim.amount),
            word,
            tone,
            day: zone.date_in(t, claim.given_at.or(claim.decided_at).unwrap_or(claim.submitted_at)),
            // What keeps a claim from being given is for the brand.
            reason: claim.reason.clone().filter(|_| claim.state == ClaimState::Rejected),
        }
    }
}
