//! Decides one click: where the visitor goes, which token they carry, and what is recorded.
//!
//! It does no I/O, and serves the fast path, the ordinary path and the script's clicks alike.

use std::borrow::Cow;

use shared::{
    config::{AttributionModel, LinkRecord},
    event::{ClickClass, ClickSource},
    id::{ClickId, LinkId},
    keys::KeyRing,
    timestamp::Timestamp,
    token::ClickToken,
};

use super::{
    cookie::{self, Held},
    destination::Destination,
    record::Recorded,
    visit::Visit,
    visitor::{self, Agent},
};
use crate::network::Network;

/// Longest path kept as an event's landing page.
const LANDING_MAX: usize = 255;
/// Longer than any of the network's ids; the sender made up anything longer.
const REQUEST_ID_MAX: usize = 64;

/// What a click needs in addition to the request.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    pub tokens: &'a KeyRing,
    pub visitors: &'a KeyRing,
    pub now: Timestamp,
    pub random: [u8; 10],
    /// The network that the click came from; `None` if it is unknown.
    pub network: Option<Network>,
}

/// What a visitor's cookies hold that still counts for a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding<'a> {
    /// The click before this one.
    pub previous: Option<ClickId>,
    /// The token that stays, if the program uses first-click attribution.
    pub first: Option<Held<'a>>,
}

impl<'a> Holding<'a> {
    /// Under FirstTouch, this program's earliest verified token within its window stays. The host's other programs have
    /// first clicks of their own.
    ///
    /// For visitors who request privacy, on links that honor it, no cookie is read.
    pub fn of(link: &LinkRecord, visit: &Visit<'a>, tokens: &KeyRing, now: Timestamp) -> Self {
        let cookies = if link.is_private(visit.private) { "" } else { visit.cookie };
        let within = |held: &Held<'_>| cookie::within(&held.token, link.window_days, now);
        let mut held = cookie::all_held(cookies, tokens).filter(within).peekable();
        let previous = held.peek().map(|held| held.token.click_id);
        let first = match link.attribution_model {
            AttributionModel::FirstTouch => held
                .filter(|held| held.token.click_id.is_of_program(link.program_id))
                .min_by_key(|held| held.token.clicked_at),
            AttributionModel::LastTouch => None,
        };
        Self { previous, first }
    }
}

/// A visitor's touch of a link, and the token that represents it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    pub click: ClickId,
    /// The token the visitor carries from now on: the new click's, or the first one's if the program uses first-click
    /// attribution.
    pub token: String,
    /// The link whose click `token` represents.
    pub link: LinkId,
    /// Whether to set the cookie to `token`.
    pub keep: bool,
    /// The click in the visitor's cookie.
    pub previous: Option<ClickId>,
}

impl Touch {
    /// The new click is recorded even if an earlier one's token stays. For visitors who request privacy, on links that
    /// honor it, no cookie is set.
    pub fn of(link: &LinkRecord, visit: &Visit<'_>, class: ClickClass, moment: &Moment<'_>) -> Self {
        let click = ClickId::of_program(moment.now.millis().unsigned_abs(), &moment.random, link.program_id);
        let Holding { previous, first } = Holding::of(link, visit, moment.tokens, moment.now);
        if let Some(held) = first {
            return Self { click, token: held.text.to_owned(), link: held.token.link_id, keep: false, previous };
        }
        let token = ClickToken { click_id: click, link_id: link.link_id, clicked_at: moment.now }.encode(moment.tokens);
        let keep = class == ClickClass::Human && !link.is_private(visit.private);
        Self { click, token, link: link.link_id, keep, previous }
    }
}

/// What a click's event says. `landing` is the path that the visitor was sent to or seen on, without control characters.
pub fn record<'a>(
    link: &LinkRecord,
    visit: &Visit<'a>,
    agent: Agent,
    touch: &Touch,
    source: ClickSource,
    landing: Option<Cow<'a, str>>,
    moment: &Moment<'_>,
) -> Recorded<'a> {
    let open = !link.is_private(visit.private);
    let named = (1..=REQUEST_ID_MAX).contains(&visit.request_id.len());
    Recorded {
        click: touch.click,
        received_at: moment.now,
        request_id: if named { Cow::Borrowed(visit.request_id) } else { Cow::Owned(touch.click.to_string()) },
        class: visitor::counted_as(visitor::class(visit, agent), visit.asn),
        source,
        country: visitor::country(visit.country).filter(|_| open),
        referrer_host: visitor::referrer_host(visit.referrer).filter(|_| open),
        device: agent.device,
        visitor: moment.network.map(|network| visitor::hash(moment.visitors, link, moment.now, &network, agent.device)),
        previous: touch.previous,
        landing: landing.filter(|path| path.len() <= LANDING_MAX),
    }
}

/// The response to a click, and the event it records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed<'a> {
    pub location: String,
    pub set_cookie: Option<String>,
    /// `None` if the visit isn't recorded.
    pub recorded: Option<Recorded<'a>>,
}

/// Follows a link. `deep` and `query` are the click's own path and parameters, as they came.
pub fn follow<'a>(
    link: &LinkRecord,
    destination: &'a Destination,
    visit: &Visit<'a>,
    agent: Agent,
    deep: &str,
    query: &str,
    moment: &Moment<'_>,
) -> Followed<'a> {
    if link.is_untracked(visit.private) {
        return Followed { location: destination.location("", deep, query, "").url, set_cookie: None, recorded: None };
    }
    let touch = Touch::of(link, visit, visitor::class(visit, agent), moment);
    let location = destination.location(&link.slug, deep, query, &touch.token);
    let set_cookie = touch.keep.then(|| cookie::set(&touch.token, link.window_days));
    let recorded = record(link, visit, agent, &touch, ClickSource::Redirect, Some(location.landing), moment);
    Followed { location: location.url, set_cookie, recorded: Some(recorded) }
}

#[cfg(test)]
mod tests {
    use shared::{config::GpcMode, id::ProgramId, keys::Purpose};

    use super::{super::record::Fixed, *};
    use crate::{network, sample};

    const UA: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
    const NOW: i64 = 1_790_000_000;

    fn ring(purpose: Purpose) -> KeyRing {
        KeyRing::parse(&format!("1:{}", "1".repeat(64)), purpose).unwrap()
    }

    fn link(model: AttributionModel) -> LinkRecord {
        LinkRecord {
            slug: "Lauren".into(),
            destination: "https://brand.com/p".into(),
            attribution_model: model,
            ..sample::link()
        }
    }

    fn visit(cookie: &str) -> Visit<'_> {
        let url = "https://go.brand.com/lauren/a?b=c";
        Visit {
            head: false,
            url,
            cookie,
            referrer: "https://youtube.com/x",
            address: "203.0.113.7",
            country: "DE",
            purpose: "",
            destination: "document",
            asn: "3320",
            private: false,
            request_id: "ray-1",
        }
    }

    fn run<'a>(model: AttributionModel, visit: &Visit<'a>) -> Followed<'a> {
        run_link(&link(model), visit)
    }

    fn run_link<'a>(record: &LinkRecord, visit: &Visit<'a>) -> Followed<'a> {
        run_agent(record, visit, UA)
    }

    fn run_agent<'a>(record: &LinkRecord, visit: &Visit<'a>, user_agent: &str) -> Followed<'a> {
        let (tokens, visitors) = (ring(Purpose::ClickToken), ring(Purpose::Visitor));
        let moment = Moment {
            tokens: &tokens,
            visitors: &visitors,
            now: Timestamp::from_seconds(NOW).unwrap(),
            random: [7; 10],
            network: network::of(visit.address),
        };
        let destination = Destination::parse(&record.destination, &record.slug, false).unwrap();
        let destination: &Destination = Box::leak(Box::new(destination));
        follow(record, destination, visit, Agent::of(user_agent), "a", "b=c", &moment)
    }

    fn click<'a, 'b>(followed: &'b Followed<'a>) -> &'b Recorded<'a> {
        followed.recorded.as_ref().unwrap()
    }

    fn token_made(seconds: i64) -> (ClickToken, String) {
        token_of(sample::link().program_id, seconds)
    }

    fn token_of(program: ProgramId, seconds: i64) -> (ClickToken, String) {
        let clicked_at = Timestamp::from_seconds(seconds).unwrap();
        let click_id = ClickId::of_program(clicked_at.millis().unsigned_abs(), &[9; 10], program);
        let token = ClickToken { click_id, link_id: LinkId::from_bytes([8; 16]), clicked_at };
        (token, token.encode(&ring(Purpose::ClickToken)))
    }

    #[test]
    fn a_click_carries_its_token_everywhere() {
        let followed = run(AttributionModel::LastTouch, &visit(""));
        let token = followed.location.split_once("rk=").unwrap().1;
        assert_eq!(followed.location, format!("https://brand.com/p/a?b=c&via=Lauren&rk={token}"));
        assert_eq!(followed.set_cookie, Some(cookie::set(token, 60)));
        let decoded = ClickToken::decode(token, &ring(Purpose::ClickToken)).unwrap();
        let link = link(AttributionModel::LastTouch);
        assert_eq!((decoded.click_id, decoded.link_id), (click(&followed).click, link.link_id));
        let click = click(&followed);
        assert_eq!(
            (click.class, click.country.as_deref(), click.referrer_host.as_deref(), click.landing.as_deref()),
            (ClickClass::Human, Some("DE"), Some("youtube.com"), Some("/p/a"))
        );
        assert_eq!(click.visitor.as_ref().map(String::len), Some(32));
        assert_eq!(click.request_id, "ray-1");
        assert!(!click.text(&Fixed::of(&link)).contains("203.0.113.7"));
    }

    #[test]
    fn last_touch_replaces_and_first_touch_stays() {
        let (first, text) = token_made(NOW - 86_400);
        let cookies = format!("_rkmi={text}");
        let last = run(AttributionModel::LastTouch, &visit(&cookies));
        assert!(last.set_cookie.is_some() && !last.location.contains(&text));
        assert_eq!(click(&last).previous, Some(first.click_id));
        let stays = run(AttributionModel::FirstTouch, &visit(&cookies));
        assert!(stays.set_cookie.is_none() && stays.location.ends_with(&text));
        assert_eq!(click(&stays).previous, Some(first.click_id));
        assert_ne!(click(&stays).click, first.click_id, "recorded as a click of its own");
    }

    /// A page's token comes after the cookie of the edge, and can be older or younger.
    #[test]
    fn the_earliest_of_several_stays() {
        let (early, late) = (token_made(NOW - 2 * 86_400).1, token_made(NOW - 86_400).1);
        let expired = token_made(NOW - 61 * 86_400).1;
        for (one, other, stays) in [(&early, &late, &early), (&late, &early, &early), (&expired, &late, &late)] {
            let cookies = format!("_rkmi={one};_rkmi={other}");
            let followed = run(AttributionModel::FirstTouch, &visit(&cookies));
            assert!(followed.set_cookie.is_none() && followed.location.ends_with(stays.as_str()));
        }
    }

    #[test]
    fn a_first_touch_of_another_program_is_none() {
        let (other, text) = token_of(ProgramId::from_bytes([5; 16]), NOW - 2 * 86_400);
        let cookies = format!("_rkmi={text}");
        let followed = run(AttributionModel::FirstTouch, &visit(&cookies));
        let token = followed.location.split_once("rk=").unwrap().1;
        assert_eq!(followed.set_cookie, Some(cookie::set(token, 60)), "replaced, as under LastTouch");
        assert_eq!(click(&followed).previous, Some(other.click_id));
        let decoded = ClickToken::decode(token, &ring(Purpose::ClickToken)).unwrap();
        assert!(decoded.click_id.is_of_program(sample::link().program_id), "and stays next time");
        let own = token_made(NOW - 86_400).1;
        let cookies = format!("_rkmi={text};_rkmi={own}");
        assert!(run(AttributionModel::FirstTouch, &visit(&cookies)).location.ends_with(&own));
    }

    #[test]
    fn a_forged_or_expired_first_touch_is_none() {
        let expired = token_made(NOW - 61 * 86_400).1;
        let forged = token_made(NOW - 86_400).1.replace("rkc_A", "rkc_B");
        for text in [expired, forged, "x".into()] {
            let cookies = format!("_rkmi={text}");
            let followed = run(AttributionModel::FirstTouch, &visit(&cookies));
            assert!(followed.set_cookie.is_some());
            assert_eq!(click(&followed).previous, None);
        }
    }

    #[test]
    fn machines_are_redirected_and_classed_but_get_no_cookie() {
        for (visit, user_agent, class) in [
            (Visit { head: true, ..visit("") }, UA, ClickClass::Head),
            (Visit { purpose: "prefetch;prerender", ..visit("") }, UA, ClickClass::Prefetch),
            (Visit { destination: "image", ..visit("") }, UA, ClickClass::Prefetch),
            (visit(""), "Googlebot/2.1", ClickClass::Bot),
            (visit(""), "", ClickClass::Bot),
        ] {
            let followed = run_agent(&link(AttributionModel::LastTouch), &visit, user_agent);
            assert_eq!(click(&followed).class, class);
            assert_eq!(followed.set_cookie, None);
            assert!(followed.location.contains("via=Lauren&rk=rkc_"));
        }
    }

    #[test]
    fn a_datacenters_click_is_not_counted_and_its_sale_still_credited() {
        let followed = run(AttributionModel::LastTouch, &Visit { asn: "16509", ..visit("") });
        assert_eq!(click(&followed).class, ClickClass::Bot);
        assert!(followed.set_cookie.is_some() && followed.location.contains("via=Lauren&rk=rkc_"));
    }

    #[test]
    fn privacy_control_keeps_the_click_and_only_what_counts_it() {
        let cookies = format!("_rkmi={}", token_made(NOW - 86_400).1);
        let followed = run(AttributionModel::LastTouch, &Visit { private: true, ..visit(&cookies) });
        assert_eq!(followed.set_cookie, None);
        let private = click(&followed);
        assert_eq!(private.class, ClickClass::Human);
        assert_eq!((&private.country, &private.referrer_host, private.previous), (&None, &None, None));
        let open = run(AttributionModel::LastTouch, &visit(""));
        assert_eq!(private.visitor, click(&open).visitor, "the same visitor, with it and without");
    }

    #[test]
    fn a_program_decides_what_privacy_control_asks_for() {
        let of = |gpc, private| {
            let link = LinkRecord { gpc, ..link(AttributionModel::LastTouch) };
            let followed = run_link(&link, &Visit { private, ..visit("") });
            (followed.recorded.is_some(), followed.set_cookie.is_some(), followed.location)
        };
        let bare = "https://brand.com/p/a?b=c".to_owned();
        for gpc in [GpcMode::Ignore, GpcMode::NoCookie, GpcMode::NoTracking] {
            let (event, cookie, location) = of(gpc, false);
            assert!(event && cookie && location.contains("rk=rkc_"), "{gpc:?}");
        }
        let (event, cookie, location) = of(GpcMode::Ignore, true);
        assert!(event && cookie && location.contains("rk=rkc_"));
        assert_eq!(of(GpcMode::NoTracking, true), (false, false, bare.clone()));
        for private in [false, true] {
            assert_eq!(of(GpcMode::Untracked, private), (false, false, bare.clone()));
        }
    }
}
