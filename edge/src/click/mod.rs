//! `GET /{slug}`: the redirect.
//!
//! Two paths share the same decision ([`follow`]). [`fast`] answers from this isolate's memory without waiting for
//! anything, and works on text alone; what it can't answer (a link not seen lately, an unknown one, a page) goes to
//! [`answer`], which may look things up. Neither ever waits for the queue or the ledger's intake.

pub mod page;

pub use edge_click::{cookie, destination, follow, record, visit, visitor};

use shared::{
    config::{HostRecord, Record, host_key, is_slug, link_key},
    timestamp::Timestamp,
    via,
};
use worker::Env;

use crate::{
    address::form_pairs,
    answer::Answer,
    config::{self, cache::Found},
    forward::{self, buffer::Pushed},
    limit::What,
    network,
    worker_state::{self, Settings},
};
use follow::{Followed, Moment};
use visit::{Place, Visit};
use visitor::Agent;

/// The fast path: returns the response as one text, which `edge/entry.mjs` splits; `None` passes the request to
/// [`answer`]. The request's id is only in it if it isn't the one that the entry module passed.
///
/// What it costs: `docs/contributing/benchmarks.md`.
pub fn fast(packed: &str, agent: Agent) -> Option<String> {
    let settings = worker_state::known_settings()?;
    let visit = Visit::unpack(packed)?;
    let place = Place::of(visit.url).filter(|place| is_slug(place.slug))?;
    let now = worker_state::now();
    let key = link_key(&place.parts.host(), place.slug);
    let found = worker_state::cache(|cache| cache.fresh(&key, now.millis()))?;
    let followed = followed(&settings, &found, &visit, agent, &place, now)?;
    let flush = match pushed(&followed, &found) {
        Pushed::Waits => "0",
        Pushed::First => "1",
        Pushed::Full => "2",
    };
    let cookie = followed.set_cookie.unwrap_or_default();
    let request_id = followed.recorded.as_ref().map_or(visit.request_id, |recorded| &recorded.request_id);
    let other_id = if request_id == visit.request_id { "" } else { request_id };
    Some([flush, other_id, "\n", &cookie, "\n", &followed.location].concat())
}

fn pushed(followed: &Followed<'_>, found: &Found) -> Pushed {
    followed.recorded.as_ref().map_or(Pushed::Waits, |recorded| forward::click(recorded, &found.fixed))
}

fn followed<'a>(
    settings: &Settings,
    found: &'a Found,
    visit: &Visit<'a>,
    agent: Agent,
    place: &Place<'_>,
    now: Timestamp,
) -> Option<Followed<'a>> {
    let (Record::Link(link), Some(destination)) = (&found.record, &found.destination) else { return None };
    let moment = Moment {
        tokens: &settings.tokens,
        visitors: &settings.visitors,
        now,
        random: worker_state::random(),
        network: network::of(visit.address),
    };
    let mut followed = follow::follow(link, destination, visit, agent, place.deep, place.parts.query, &moment);
    // When one network clicks too often, its clicks are redirected like all others but not counted.
    if followed.recorded.is_some() && !worker_state::counts(|counts| counts.may_count(moment.network, now.millis())) {
        followed.recorded = None;
    }
    Some(followed)
}

/// The ordinary path. Returns the response, and whether the caller must flush the buffer afterwards.
pub async fn answer(env: &Env, settings: &Settings, visit: &Visit<'_>, user_agent: &str) -> (Answer, Pushed) {
    let named;
    let Some(mut place) = Place::of(visit.url) else { return (page::not_found(None), Pushed::Waits) };
    if let Some(answer) = page::well_known(place.parts.path) {
        return (answer, Pushed::Waits);
    }
    // Another platform's link, on a domain that now leads here: `go.brand.com/?fpr=lauren` is `go.brand.com/lauren`.
    if matches!(place.parts.path, "" | "/") {
        named = via::slug(form_pairs(place.parts.query)).unwrap_or_default();
        place.slug = &named;
    }
    let host = place.parts.host();
    if is_slug(place.slug)
        && let Ok(Some(found)) =
            config::find_below(env, settings, &link_key(&host, place.slug), Some(&host_key(&host)), visit.address).await
        && let Some(followed) = followed(settings, &found, visit, Agent::of(user_agent), &place, worker_state::now())
    {
        let pushed = pushed(&followed, &found);
        let mut answer = page::redirect(followed.location);
        if let Some(cookie) = followed.set_cookie {
            answer = answer.with("Set-Cookie", cookie);
        }
        return (answer, pushed);
    }
    let _ = worker_state::counts(|counts| counts.stranger(What::Slug, visit.address, worker_state::now().millis()));
    (unknown(env, settings, &host, visit.address).await, Pushed::Waits)
}

async fn unknown(env: &Env, settings: &Settings, host: &str, address: &str) -> Answer {
    let found = config::find(env, settings, &host_key(host), address).await.ok().flatten();
    match found.as_deref() {
        Some(Found { record: Record::Host(_), destination: Some(destination), .. }) => {
            page::redirect(destination.plain())
        }
        Some(Found { record: Record::Host(HostRecord { brand_name, .. }), .. }) => page::not_found(Some(brand_name)),
        _ => page::not_found(None),
    }
}
