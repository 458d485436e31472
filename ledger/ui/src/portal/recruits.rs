//! `/a/recruits`: an affiliate's links to recruit others, whom they recruited, and what they earned by them.

use std::collections::BTreeMap;

use axum::{extract::State, response::Response};

use super::recruits_store;
use axum::response::IntoResponse;
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use programs::sub_affiliate::{recruits::RECRUITS_MAX, store};
use rules::commission::compute::percent;

const HERE: &str = "/a/recruits";

#[derive(Debug, askama::Template)]
#[template(path = "portal_recruits.html")]
struct RecruitsPage {
    t: Texts,
    frame: Frame,
    organization: String,
    links: Vec<RecruitLink>,
    recruits: Vec<Recruit>,
    /// What all recruits earned the affiliate, one per currency.
    earned: Vec<String>,
}

/// The link to a program's page that remembers the affiliate as the recruiter.
#[derive(Debug)]
struct RecruitLink {
    program: String,
    offer: String,
    url: String,
}

#[derive(Debug)]
struct Recruit {
    /// Only of those who agreed.
    name: String,
    since: String,
    earned: Vec<String>,
}

/// `GET /a/recruits`.
pub async fn show(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    let t = session.t;
    let mut tx = state.db.tenant(session.organization).await?;
    let slug = recruits_store::slug(&mut tx, session.affiliate).await?;
    let offers = recruits_store::offers(&mut tx, state.clock.now()).await?;
    let rows = store::recruits(&mut tx, session.affiliate, RECRUITS_MAX).await?;
    tx.commit().await?;
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (currency, amount) in rows.iter().flat_map(|row| &row.earned) {
        let sum = sums.entry(currency.clone()).or_default();
        *sum = sum.saturating_add(*amount);
    }
    let links = offers.into_iter().map(|offer| RecruitLink {
        offer: t
            .say("portal-recruits-offer")
            .with("percent", t.percentage(&percent(offer.percent_ppm)))
            .with("program", &offer.program)
            .to_string(),
        url: format!("{}/p/{}?by={slug}", state.config.public_url, offer.handle),
        program: offer.program,
    });
    let recruits = rows.into_iter().map(|row| Recruit {
        name: if row.shows_name { row.name } else { t.say("portal-recruits-someone").to_string() },
        since: session.zone.date_in(t, row.since),
        earned: row.earned.iter().map(|(currency, amount)| t.money(*amount, currency)).collect(),
    });
    let page = RecruitsPage {
        t,
        links: links.collect(),
        recruits: recruits.collect(),
        earned: sums.iter().map(|(currency, amount)| t.money(*amount, currency)).collect(),
        frame: session.frame(HERE),
        organization: session.organization_name,
    };
    Ok(Html(page).into_response())
}
