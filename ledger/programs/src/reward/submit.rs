//! `/a/rewards/{id}`: hands in a proof for a bounty. Nothing that it links to is opened here.

use axum::{
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::MethodRouter,
};
use kit::route::get;
use rules::reward::link;
use serde_json::json;
use shared::id::RewardId;

use super::{Proof, Reward, Rule, calendar, claim_store, portal, proof_store, store, words};
use crate::asset::kind::{self, Kind};
use identity::{
    audit::{self, Entry},
    portal::{frame::Frame, session::AffiliateSession},
};
use kit::{
    api::path::parse_id,
    error::{Code, Error, Result},
    file,
    form::{Fields, Problems, Upload},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

const NOTE_MAX: usize = 2_000;
/// Proofs of an affiliate, for all rewards together.
const A_DAY_MAX: i64 = 10;
/// The file and the fields that are sent with it.
const UPLOAD_MAX: usize = kind::SIZE_MAX + 64 * 1024;

#[derive(Debug, askama::Template)]
#[template(path = "reward_submit.html")]
struct SubmitPage {
    t: Texts,
    frame: Frame,
    organization: String,
    id: String,
    title: String,
    description: Option<String>,
    gift: String,
    proof: Proof,
    fields: Fields,
    problems: Problems,
}

impl SubmitPage {
    fn given(&self, name: &str) -> &str {
        self.fields.raw(name)
    }

    fn links_max(&self) -> i64 {
        i64::from(self.proof.links_max)
    }

    fn hosts(&self) -> String {
        self.proof.hosts.join(", ")
    }
}

/// The route, with a larger body limit than other forms have.
pub fn route() -> MethodRouter<AppState> {
    get(show).post(send).layer(DefaultBodyLimit::max(UPLOAD_MAX))
}

/// # Errors
/// 404 for what isn't an open bounty of theirs; 503 if the database is unavailable.
async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(id): Path<String>,
) -> std::result::Result<Response, PageError> {
    let (reward, proof) = bounty(&state, &session, parse_id(&id)?).await?;
    Ok(Html(SubmitPage::of(&session, &reward, proof, Fields::default(), Problems::default())).into_response())
}

/// # Errors
/// 404 for what isn't an open bounty of theirs; 409 if a proof waits already; 429 if there were too many today; 503 if the
/// storage or the database is unavailable. Mistakes are shown next to their field.
async fn send(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(id): Path<String>,
    sent: Upload,
) -> std::result::Result<Response, PageError> {
    let (reward, proof) = bounty(&state, &session, parse_id(&id)?).await?;
    match Input::read(session.t, &proof, &sent) {
        Ok(input) => keep(&state, &session, &reward, &input, &sent.file).await?,
        Err(problems) => {
            let page = SubmitPage::of(&session, &reward, proof, sent.fields, problems);
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    }
    drop(state.news.send(session.organization));
    Ok(Redirect::to("/a/rewards?done=sent").into_response())
}

impl SubmitPage {
    fn of(session: &AffiliateSession, reward: &Reward, proof: Proof, fields: Fields, problems: Problems) -> Self {
        Self {
            t: session.t,
            frame: session.frame("/a/rewards"),
            organization: session.organization_name.clone(),
            id: reward.id.to_string(),
            title: reward.title.clone(),
            description: reward.description.clone(),
            gift: words::offered(session.t, &reward.gift),
            proof,
            fields,
            problems,
        }
    }
}

async fn bounty(state: &AppState, session: &AffiliateSession, id: RewardId) -> Result<(Reward, Proof)> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(session.organization).await?;
    let filter = store::Filter { id: Some(id), limit: 1, ..store::Filter::default() };
    let found = store::list(&mut tx, &filter).await?;
    let is_theirs = !portal::offered(&mut tx, session.affiliate, &found, now).await?.is_empty();
    tx.commit().await?;
    let reward = found.into_iter().next().filter(|_| is_theirs).ok_or_else(Error::not_found)?;
    match &reward.rule {
        Rule::Bounty(proof) => {
            let proof = proof.clone();
            Ok((reward, proof))
        }
        _ => Err(Error::not_found()),
    }
}

/// A proof, validated.
#[derive(Debug)]
struct Input {
    /// Addresses, and their forms for comparison.
    links: Vec<(String, String)>,
    note: Option<String>,
    kind: Option<Kind>,
}

impl Input {
    fn read(t: Texts, proof: &Proof, sent: &Upload) -> std::result::Result<Self, Problems> {
        let mut problems = Problems::default();
        let links = problems.take(links(t, proof, sent.fields.raw("links")));
        let note = sent.fields.text("note").replace("\r\n", "\n");
        let is_plain = |character: char| !character.is_control() || character == '\n' || character == '\t';
        if note.chars().count() > NOTE_MAX || !note.chars().all(is_plain) || (proof.text && note.is_empty()) {
            problems.add("note", t.say("portal-rewards-note-wrong").with("max", NOTE_MAX));
        }
        let has_file = proof.file && (sent.too_large || !sent.file.is_empty());
        let kind = if has_file { kind::of(&sent.file).ok().filter(|_| !sent.too_large) } else { None };
        if proof.file && kind.is_none() {
            problems.add("file", t.say("portal-rewards-file-wrong"));
        }
        if problems.is_empty() {
            Ok(Self { links, note: Some(note).filter(|note| !note.is_empty()), kind })
        } else {
            Err(problems)
        }
    }
}

/// One address per line.
fn links(t: Texts, proof: &Proof, text: &str) -> std::result::Result<Vec<(String, String)>, Problems> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let most = usize::from(proof.links_max);
    if lines.len() > most || (most > 0 && lines.is_empty()) {
        return Err(Problems::at("links", t.say("portal-rewards-links-wrong").with("max", most)));
    }
    let mut links: Vec<(String, String)> = Vec::new();
    for line in lines {
        let url = link::read(line)
            .filter(|url| proof.hosts.is_empty() || proof.hosts.iter().any(|host| link::is_on(url, host)))
            .ok_or_else(|| Problems::at("links", t.say("portal-rewards-link-wrong").with("link", line)))?;
        let key = link::key(&url);
        if links.iter().all(|(_, known)| *known != key) {
            links.push((url.to_string(), key));
        }
    }
    Ok(links)
}

async fn keep(
    state: &AppState,
    session: &AffiliateSession,
    reward: &Reward,
    input: &Input,
    bytes: &[u8],
) -> Result<()> {
    let (organization, affiliate, now) = (session.organization, session.affiliate, state.clock.now());
    let window = calendar::current(reward, &session.zone, now).ok_or_else(|| closed(session.t))?;
    let period = window.period.key;
    let mut tx = state.db.tenant(organization).await?;
    if proof_store::submitted_since(&mut tx, affiliate, now.plus_days(-1)).await? >= A_DAY_MAX {
        let message = session.t.say("portal-rewards-too-many").with("count", A_DAY_MAX);
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, message).retry_after(3_600));
    }
    let own = claim_store::Filter {
        reward: Some(reward.id),
        affiliate: Some(affiliate),
        limit: 100,
        ..claim_store::Filter::default()
    };
    let claims = claim_store::list(&mut tx, &own).await?;
    tx.commit().await?;
    let before = claims.iter().find(|claim| claim.period == period);
    if !portal::can_submit(before) {
        return Err(closed(session.t));
    }
    let stored = match input.kind {
        Some(kind) => Some(file::keep::put_own(state, organization, bytes, kind.content_type).await?),
        None => None,
    };
    let mut tx = state.db.tenant(organization).await?;
    if let Some(file) = stored
        && !file::store::stored(&mut tx, file, now).await?
    {
        return Err(Error::unavailable("the upload took too long"));
    }
    let proof = proof_store::Proof {
        id: state.new_id(),
        reward: reward.id,
        program: reward.program,
        affiliate,
        period: &period,
        amount: reward.gift.amount(),
        note: input.note.as_deref(),
        file: stored,
        links: &input.links,
    };
    let claim = proof_store::submit(&mut tx, &proof, now).await?.ok_or_else(|| closed(session.t))?;
    if let Some(old) = before.and_then(|claim| claim.file) {
        file::store::destroy(&mut tx, old, now).await?;
    }
    let entry = Entry::new("reward_claim.submitted", claim).after(json!({"rewardId": reward.id, "period": period}));
    audit::record(&mut tx, &session.actor, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

fn closed(t: Texts) -> Error {
    Error::new(StatusCode::CONFLICT, Code::RewardClosed, t.say("portal-rewards-closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(proof: &Proof, fields: &[(&str, &str)], file: &[u8]) -> std::result::Result<Input, Problems> {
        let sent = Upload { fields: fields.iter().copied().collect(), file: file.to_vec(), too_large: false };
        Input::read(Texts::default(), proof, &sent)
    }

    #[test]
    fn a_proof_has_what_the_bounty_asks_for() {
        let proof = Proof { links_max: 2, hosts: vec!["youtube.com".to_owned()], text: true, file: false };
        let lines = "https://youtube.com/watch?v=1\r\n\r\nhttp://www.youtube.com/watch?v=1#t";
        let input = read(&proof, &[("links", lines), ("note", " My video ")], b"").unwrap();
        assert_eq!((input.links.len(), input.note.as_deref()), (1, Some("My video")), "the same video twice");
        for (fields, at) in [
            (&[("links", ""), ("note", "x")][..], "links"),
            (&[("links", "https://vimeo.com/1"), ("note", "x")], "links"),
            (&[("links", "javascript:alert(1)"), ("note", "x")], "links"),
            (
                &[("links", "https://youtube.com/1\nhttps://youtube.com/2\nhttps://youtube.com/3"), ("note", "x")],
                "links",
            ),
            (&[("links", "https://youtube.com/1"), ("note", "")], "note"),
        ] {
            assert!(read(&proof, fields, b"").unwrap_err().of(at).is_some(), "{fields:?}");
        }
        let picture = Proof { file: true, ..Proof::default() };
        assert!(read(&picture, &[], b"<svg/>").unwrap_err().of("file").is_some());
        assert!(read(&picture, &[], b"\x89PNG\r\n\x1a\n").unwrap().kind.is_some());
    }
}
