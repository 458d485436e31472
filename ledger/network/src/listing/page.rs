//! `/network/{handle}`: a listed program, with what it pays, its rules, and how punctually it pays.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use kit::{
    db::Holder,
    error::{Error, Result},
    page::{
        PageError,
        address::Address,
        language::{PageLanguage, Translation},
    },
    state::AppState,
    text::Texts,
};
use programs::program::offer::sentences;
use recruiting::program_page::{country, settings::is_handle};
use rules::network::{AudienceBand, ChannelKind, Format, Topic, figures::EarningsBand};
use serde_json::json;

use super::{answer, filter::PATH, open, public_store, search, store::Row};
use crate::words;

#[derive(Debug, askama::Template)]
#[template(path = "network_program.html")]
pub(crate) struct ProgramPage {
    t: Texts,
    public_url: String,
    path: String,
    translations: Vec<Translation>,
    /// The search, in the visitor's language.
    search: String,
    apply: String,
    row: Row,
    /// One sentence for each part of the plan.
    lines: Vec<String>,
    topics: Vec<(String, String)>,
    facts: Vec<(String, String)>,
    figures: Vec<Figure>,
    description: String,
    /// Empty for a program of another installation, whose own page has it.
    json_ld: String,
    foreign: Option<Foreign>,
}

/// The installation that a program of somewhere else is of.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub host: String,
    /// The program's page there.
    pub page: String,
    /// The path of its page here.
    pub path: String,
    /// Where a creator of this installation applies to it; `None` if its own takes no applications from others.
    pub send: Option<String>,
}

/// A figure in its band, with what it means.
#[derive(Debug)]
pub(super) struct Figure {
    pub name: String,
    pub band: String,
    meaning: String,
}

/// `GET /network/{handle}`.
///
/// # Errors
/// 404 if no such program is listed; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    Path(handle): Path<String>,
    language: PageLanguage,
    headers: HeaderMap,
) -> std::result::Result<Response, PageError> {
    let row = listed(&state, &handle).await?;
    Ok(answer::page(&page(&state, row, language, None), &headers)?)
}

/// A program of another installation, as ours are shown.
///
/// # Errors
/// 500 if the template can't be rendered.
pub(crate) fn of_peer(
    state: &AppState,
    row: Row,
    foreign: Foreign,
    language: PageLanguage,
    headers: &HeaderMap,
) -> Result<Response> {
    answer::page(&page(state, row, language, Some(foreign)), headers)
}

/// # Errors
/// 404 if no such program is listed.
async fn listed(state: &AppState, handle: &str) -> Result<Row> {
    open(state)?;
    if !is_handle(handle) {
        return Err(Error::not_found());
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    let row = public_store::one(&mut tx, handle).await?;
    tx.commit().await?;
    row.ok_or_else(Error::not_found)
}

fn page(state: &AppState, row: Row, language: PageLanguage, foreign: Option<Foreign>) -> ProgramPage {
    let t = language.t;
    let path = foreign.as_ref().map_or_else(|| format!("{PATH}/{}", row.handle), |foreign| foreign.path.clone());
    let address = Address::new(path);
    let lines = sentences(&row.pays.0, t);
    let topics = row.topics.iter().filter_map(|name| Topic::parse(name)).map(|topic| {
        let href = language.keep(Address::new(PATH).with("topic", topic.as_str())).to_string();
        (words::topic(t, topic), href)
    });
    let description = if row.summary.is_empty() { lines.join(". ") } else { row.summary.clone() };
    ProgramPage {
        t,
        topics: topics.collect(),
        facts: facts(t, &row),
        figures: figures(t, &row),
        json_ld: match &foreign {
            Some(_) => String::new(),
            None => json_ld(&state.config.public_url, t, &row, &lines),
        },
        public_url: state.config.public_url.clone(),
        path: language.keep(address.clone()).to_string(),
        translations: language.translations(&address),
        search: language.keep(Address::new(PATH)).to_string(),
        apply: match &foreign {
            Some(foreign) => foreign.page.clone(),
            None => language.keep(Address::new(format!("/a{PATH}/apply/{}", row.handle))).to_string(),
        },
        lines,
        description,
        row,
        foreign,
    }
}

/// The rules and what is wanted, as names with values; what is open to all says so.
fn facts(t: Texts, row: &Row) -> Vec<(String, String)> {
    let list = |names: Vec<String>, what: &str| {
        if names.is_empty() { t.say("network-any").with("what", what).to_string() } else { names.join(", ") }
    };
    let countries = row.countries.iter().filter_map(|code| country::named(code)).map(|one| one.name(t)).collect();
    let languages = row.languages.iter().map(|code| words::language_name(code).to_owned()).collect();
    let channels = row.channel_kinds.iter().filter_map(|kind| ChannelKind::parse(kind));
    let formats = row.formats.iter().filter_map(|format| Format::parse(format));
    let audience = AudienceBand::parse(&row.audience_min).filter(|band| *band != AudienceBand::Under1k);
    let fact = |key: &str, value: String| (t.say("network-fact").with("fact", key).to_string(), value);
    vec![
        fact("window", t.say("network-window").with("days", row.window_days).to_string()),
        fact("hold", t.say("network-hold").with("days", row.hold_days).to_string()),
        fact("payouts", t.say("network-rhythm").with("rhythm", row.payout_rhythm.as_str()).to_string()),
        fact("currency", row.currency.clone()),
        fact("countries", list(countries, "countries")),
        fact("languages", list(languages, "languages")),
        fact("channels", list(channels.map(|kind| words::channel(t, kind)).collect(), "channels")),
        fact("formats", list(formats.map(|format| words::format(t, format)).collect(), "formats")),
        fact("audience", list(audience.map(|band| words::audience(t, band)).into_iter().collect(), "audience")),
    ]
}

/// The figures that the brand shares and that there is enough data for.
pub(super) fn figures(t: Texts, row: &Row) -> Vec<Figure> {
    let figure = |key: &str, band: String| Figure {
        name: t.say("network-figure").with("figure", key).to_string(),
        band,
        meaning: t.say("network-figure-meaning").with("figure", key).to_string(),
    };
    let earned = row.epc_band.as_deref().and_then(EarningsBand::parse).map(|band| {
        let money = |minor: i64| t.short_money(minor, &row.currency);
        let text = match band.limits() {
            (0, Some(to)) => t.say("network-earned-under").with("to", money(to)),
            (from, Some(to)) => t.say("network-earned-between").with("from", money(from)).with("to", money(to)),
            (from, None) => t.say("network-earned-over").with("from", money(from)),
        };
        figure("earned", text.to_string())
    });
    let approval = row.approval_band.as_deref();
    let approval = approval.map(|band| figure("approval", t.say("network-approval").with("band", band).to_string()));
    let payout = row.payout_band.as_deref();
    let payout = payout.map(|band| figure("payout", t.say("network-punctuality").with("band", band).to_string()));
    [earned, approval, payout].into_iter().flatten().collect()
}

impl ProgramPage {
    fn paragraphs<'a>(&self, text: &'a str) -> Vec<&'a str> {
        text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect()
    }

    fn updated(&self) -> String {
        self.t.date(self.row.updated_at)
    }
}

/// The program as structured data for search engines.
fn json_ld(public_url: &str, t: Texts, row: &Row, lines: &[String]) -> String {
    let organization = json!({"@type": "Organization", "name": row.brand, "url": row.site});
    let url = format!("{public_url}{PATH}/{}", row.handle);
    search::in_html(&json!({
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "WebPage", "@id": url, "url": url, "name": row.title, "description": row.summary,
                "inLanguage": t.tag(), "dateModified": row.updated_at, "about": organization,
                "mainEntity": {
                    "@type": "Offer", "name": row.title, "description": lines.join(". "), "offeredBy": organization,
                    "eligibleRegion": row.countries,
                },
            },
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": 1, "name": t.say("network-title").to_string(),
                     "item": format!("{public_url}{PATH}")},
                    {"@type": "ListItem", "position": 2, "name": row.title, "item": url},
                ],
            },
        ],
    }))
}
