//! `POST /api/v1/track/click`: the script saw a visitor arrive with a link's parameter.
//!
//! This is the same touch as a redirect's, reported by the page. A visitor who came through a redirect brings its token
//! in `rk`: then nothing new is recorded, and the response only says whose link it was, and which token counts.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use shared::{
    config::{LinkRecord, Record, SiteRecord, is_slug, program_key, via_key},
    error::ErrorBody,
    event::ClickSource,
    fields,
    id::{ClickId, LinkId, ProgramId},
    token::ClickToken,
};
use worker::Env;

use super::{origin, pixel::not_allowed};
use crate::{
    address::Parts,
    answer::Answer,
    click::{
        cookie,
        follow::{self, Holding, Moment, Touch},
        record::{Fixed, Recorded},
        visit::Visit,
        visitor::{self, Agent},
    },
    config::{self, cache::Found},
    forward::{self, buffer::Pushed},
    http_adapter::{self, Inbound, USER_AGENT_HEADER},
    limit::{self, What},
    network,
    worker_state::{self, Settings},
};

const BODY_MAX: usize = 4 * 1024;

struct ReportedClick {
    program: ProgramId,
    via: String,
    url: String,
    referrer: String,
    token: Option<String>,
    /// The token that the page held so far: what the cookie holds where we are on the brand's domain.
    previous: String,
}

/// Returns the response, and whether the caller must flush the buffer afterwards.
pub async fn answer(env: &Env, settings: &Settings, inbound: &Inbound) -> (Answer, Pushed) {
    if let Err(answer) = limit::page(env, inbound, What::Track).await {
        return (answer, Pushed::Waits);
    }
    let body = match inbound.body(BODY_MAX).await {
        Ok(body) => body,
        Err(answer) => return (answer, Pushed::Waits),
    };
    let report = match fields::object(&body).and_then(|map| report(&map)) {
        Ok(report) => report,
        Err(error) => return (Answer::invalid(&error), Pushed::Waits),
    };
    let found = match config::find(env, settings, &program_key(report.program), &inbound.address).await {
        Ok(found) => found,
        Err(config::Unavailable) => return (Answer::lookup_failed(), Pushed::Waits),
    };
    let Some(Found { record: Record::Site(site), .. }) = found.as_deref() else {
        let refusal = unknown("unknown_program", "This program doesn't exist.", "programId");
        return (limit::stranger(env, inbound, refusal).await, Pushed::Waits);
    };
    let origin = origin::of(&inbound.header_or_empty("Origin"), &inbound.header_or_empty("Referer"));
    let Some(origin) = origin.filter(|origin| origin::is_allowed(origin, &site.allowed_origins)) else {
        return (not_allowed(), Pushed::Waits);
    };
    let link = config::find(env, settings, &via_key(report.program, &report.via), &inbound.address).await;
    let (answer, pushed) = match link.as_ref().map(|found| found.as_deref()) {
        Ok(Some(Found { record: Record::Link(link), .. })) => record(settings, inbound, site, link, &report),
        Ok(_) => (limit::stranger(env, inbound, unknown_affiliate()).await, Pushed::Waits),
        Err(config::Unavailable) => (Answer::lookup_failed(), Pushed::Waits),
    };
    let readable = answer.header("Access-Control-Allow-Origin").is_some();
    (if readable { answer } else { origin::readable(answer, &origin) }, pushed)
}

fn unknown_affiliate() -> Answer {
    unknown("unknown_affiliate", "No affiliate of this program has this slug.", "via")
}

fn record(
    settings: &Settings,
    inbound: &Inbound,
    site: &SiteRecord,
    link: &LinkRecord,
    report: &ReportedClick,
) -> (Answer, Pushed) {
    let packed = inbound.packed_click();
    // The request is the script's own fetch; the visit is that of the page around it. Our own cookie comes first.
    let fetched = http_adapter::visit(&packed);
    let cookies = [fetched.cookie, ";", cookie::COOKIE, "=", &report.previous].concat();
    let visit = Visit { head: false, referrer: &report.referrer, destination: "", cookie: &cookies, ..fetched };
    // If nothing may be kept, the page gets no affiliate and keeps nothing either.
    if link.is_untracked(visit.private) {
        return (unknown_affiliate(), Pushed::Waits);
    }
    let carried = report
        .token
        .as_deref()
        .and_then(|text| ClickToken::decode(text, &settings.tokens).ok().map(|token| (text, token)));
    if let Some((text, token)) = carried.filter(|(_, token)| cookie::within(token, link.window_days, inbound.now)) {
        // If the first click counts, the redirect made this token only if its host holds none.
        let first = Holding::of(link, &visit, &settings.tokens, inbound.now).first;
        let first = first.filter(|held| held.token.clicked_at <= token.clicked_at);
        let (text, token) = first.map_or((text, token), |held| (held.text, held.token));
        return (described((text, token.click_id), token.link_id, site, link), Pushed::Waits);
    }
    let moment = Moment {
        tokens: &settings.tokens,
        visitors: &settings.visitors,
        now: inbound.now,
        random: worker_state::random(),
        network: network::of(visit.address),
    };
    let agent = Agent::of(&inbound.header_or_empty(USER_AGENT_HEADER));
    let (touch, recorded) = touched(link, &visit, agent, report, &moment);
    let pushed = forward::click(&recorded, &Fixed::of(link));
    let mut answer = described((&touch.token, touch.click), touch.link, site, link);
    if touch.keep {
        answer = answer.with("Set-Cookie", cookie::set(&touch.token, link.window_days));
    }
    (answer, pushed)
}

fn touched<'a>(
    link: &LinkRecord,
    visit: &Visit<'a>,
    agent: Agent,
    report: &'a ReportedClick,
    moment: &Moment<'_>,
) -> (Touch, Recorded<'a>) {
    let touch = Touch::of(link, visit, visitor::class(visit, agent), moment);
    let landing = landing(&report.url).map(Cow::Borrowed);
    let recorded = follow::record(link, visit, agent, &touch, ClickSource::Script, landing, moment);
    (touch, recorded)
}

/// The path of the page's URL. Anyone can send any text: one with control characters isn't a URL, and Postgres couldn't
/// even store U+0000.
fn landing(url: &str) -> Option<&str> {
    Parts::of(url).map(|parts| parts.path).filter(|path| !path.bytes().any(|byte| byte.is_ascii_control()))
}

/// The affiliate has the fields of `Rewardful.affiliate`, besides ours: pages that were written for it find the same ones.
/// The token is a click's of the link `clicked`.
fn described((token, click): (&str, ClickId), clicked: LinkId, site: &SiteRecord, link: &LinkRecord) -> Answer {
    // A coupon credits its affiliate, who may be another one than the token's.
    let coupon = link.coupon.as_deref().filter(|_| clicked == link.link_id);
    let name = link.name.as_deref();
    let (first_name, last_name) = name.and_then(|name| name.split_once(' ')).unzip();
    Answer::json(
        200,
        &json!({
            "clickToken": token,
            "clickId": click,
            "affiliate": {
                "id": link.affiliate_id, "slug": link.slug, "token": link.slug, "coupon": coupon,
                "name": name, "first_name": first_name.or(name), "last_name": last_name,
            },
            "campaign": { "id": site.program_id, "slug": site.program_slug, "name": site.program_name },
            // What the script may keep, and for how long.
            "cookieWindowDays": link.window_days,
            "ignoresGpc": !link.is_private(true),
        }),
    )
}

fn report(map: &Map<String, Value>) -> Result<ReportedClick, ErrorBody> {
    let required = |name: &str| fields::text(map, name)?.ok_or_else(|| ErrorBody::field(name, "is required"));
    // A long or invalid URL is no reason to refuse a click: it is left out. So is an invalid previous token.
    let lenient = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let program = required("programId")?
        .parse::<ProgramId>()
        .map_err(|error| ErrorBody::field("programId", error.to_string()))?;
    let via = required("via")?;
    if !is_slug(&via) {
        return Err(ErrorBody::field("via", "must be 3 to 64 letters, digits, hyphens or underscores"));
    }
    Ok(ReportedClick {
        program,
        via,
        url: lenient("url"),
        referrer: lenient("referrer"),
        token: fields::text(map, "clickToken")?,
        previous: lenient("previousToken"),
    })
}

fn unknown(code: &str, message: &str, field: &str) -> Answer {
    Answer::error(404, &ErrorBody::new(code, message).with_field(field))
}

#[cfg(test)]
mod tests {
    use shared::{
        config::{AttributionModel, GpcMode},
        id::{AffiliateId, OrganizationId},
    };

    use super::*;

    fn run(json: &str) -> Result<ReportedClick, ErrorBody> {
        report(&fields::object(json.as_bytes())?)
    }

    #[test]
    fn the_page_learns_whose_link_it_was() {
        let organization_id = OrganizationId::from_bytes([1; 16]);
        let program_id = ProgramId::from_bytes([2; 16]);
        let site = SiteRecord {
            organization_id,
            program_id,
            program_slug: "partners".into(),
            program_name: "Partners".into(),
            allowed_origins: Vec::new(),
            window_days: 60,
            attribution_model: AttributionModel::LastTouch,
        };
        let link = LinkRecord {
            organization_id,
            program_id,
            affiliate_id: AffiliateId::from_bytes([3; 16]),
            link_id: LinkId::from_bytes([4; 16]),
            slug: "lauren".into(),
            destination: "https://brand.com".into(),
            window_days: 60,
            attribution_model: AttributionModel::LastTouch,
            gpc: GpcMode::default(),
            coupon: Some("LAUREN20".into()),
            name: Some("Lauren de Vale".into()),
        };
        let answer = described(("rkc_x", ClickId::from_bytes([5; 16])), link.link_id, &site, &link);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let expected = json!({
            "id": link.affiliate_id, "slug": "lauren", "token": "lauren", "coupon": "LAUREN20",
            "name": "Lauren de Vale", "first_name": "Lauren", "last_name": "de Vale",
        });
        assert_eq!(body["affiliate"], expected);
        let named = |name: Option<&str>| {
            let link = LinkRecord { name: name.map(str::to_owned), ..link.clone() };
            let answer = described(("rkc_x", ClickId::from_bytes([5; 16])), LinkId::from_bytes([6; 16]), &site, &link);
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            ["coupon", "name", "first_name", "last_name"].map(|field| body["affiliate"][field].clone())
        };
        assert_eq!(named(Some("katlifts")), [json!(null), json!("katlifts"), json!("katlifts"), json!(null)]);
        assert_eq!(named(None), [json!(null), json!(null), json!(null), json!(null)]);
    }

    #[test]
    fn only_a_path_that_can_be_stored_is_recorded() {
        assert_eq!(landing("https://b.com/p/\u{fc}?x=1#y"), Some("/p/\u{fc}"));
        for url in ["", "/p", "https://b.com/\0", "https://b.com/p\n", "https://b.com/\u{7f}?x"] {
            assert_eq!(landing(url), None, "{url:?}");
        }
    }

    #[test]
    fn what_the_script_tells() {
        let program = ProgramId::from_bytes([2; 16]);
        let report =
            run(&format!(r#"{{"programId":"{program}","via":"lauren","url":"https://b.com/p","referrer":7}}"#))
                .unwrap();
        assert_eq!(
            (report.program, report.via.as_str(), report.url.as_str(), report.referrer.as_str()),
            (program, "lauren", "https://b.com/p", "")
        );
        for (json, field) in [
            (r#"{"via":"lauren"}"#.to_owned(), "programId"),
            (r#"{"programId":"prog_1","via":"lauren"}"#.to_owned(), "programId"),
            (r#"{"programId":7,"via":"lauren"}"#.to_owned(), "programId"),
            (format!(r#"{{"programId":"{program}"}}"#), "via"),
            (format!(r#"{{"programId":"{program}","via":"a/b"}}"#), "via"),
        ] {
            assert_eq!(run(&json).err().and_then(|error| error.field).as_deref(), Some(field), "{json}");
        }
    }
}
