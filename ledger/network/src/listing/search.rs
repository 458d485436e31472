//! `/network`: everyone searches the listed programs, without an account and without a script.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use kit::{
    db::{GlobalTx, Holder},
    error::Result,
    page::{
        PageError,
        address::Address,
        language::{PageLanguage, Translation},
    },
    state::AppState,
    text::Texts,
};
use recruiting::program_page::country;
use rules::network::{Earning, Topic};

use crate::words;

use super::{
    answer,
    filter::{Filter, PATH},
    open,
    public_store::{self, After, Count, Found},
};

const PER_PAGE: usize = 24;

/// A program in the list.
#[derive(Debug)]
pub(super) struct Card {
    title: String,
    brand: String,
    /// The other installation that it is of.
    host: Option<String>,
    summary: String,
    href: String,
    /// What it pays, in the visitor's language.
    offer: String,
    topics: Vec<String>,
    window_days: i32,
}

/// A value of a facet: how many results have it, and the address with it chosen.
#[derive(Debug)]
struct Choice {
    value: String,
    name: String,
    count: i64,
    is_chosen: bool,
}

/// A facet with its values; the first choice of its field is all of them.
#[derive(Debug)]
struct Facet {
    /// The field's name and id.
    name: &'static str,
    choices: Vec<Choice>,
    has_choice: bool,
}

#[derive(Debug, askama::Template)]
#[template(path = "network.html")]
struct SearchPage {
    t: Texts,
    public_url: String,
    /// The page's path, with the language if the visitor chose it.
    path: String,
    translations: Vec<Translation>,
    filter: Filter,
    language: PageLanguage,
    cards: Vec<Card>,
    facets: Vec<Facet>,
    total: i64,
    /// Whether nothing has the words, and these are the programs with similar names.
    is_alike: bool,
    next: Option<String>,
    json_ld: String,
}

impl SearchPage {
    /// The fields that a form without a script has to keep.
    fn kept(&self) -> Vec<(String, String)> {
        let address = self.language.keep(Address::new(PATH));
        address.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn everything(&self) -> String {
        self.language.keep(Address::new(PATH)).to_string()
    }

    fn facet_label(&self, name: &str) -> String {
        self.t.say("network-facet").with("facet", name).to_string()
    }

    fn facet_all(&self, name: &str) -> String {
        self.t.say("network-facet-all").with("facet", name).to_string()
    }
}

/// `GET /network`.
///
/// # Errors
/// 404 if this installation has no network; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    language: PageLanguage,
    headers: HeaderMap,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let filter = Filter::read(query.as_deref().unwrap_or_default());
    let mut tx = state.db.global(Holder::Nothing).await?;
    let federates = state.config.network.federation;
    let mut found = Results::load(&mut tx, &filter, (false, federates)).await?;
    if found.counts_all() == 0 && !filter.search.text.is_empty() {
        found = Results::load(&mut tx, &filter, (true, federates)).await?;
    }
    tx.commit().await?;
    Ok(answer::page(&page(&state, language, filter, found), &headers)?)
}

/// What the database found.
struct Results {
    found: Vec<Found>,
    counts: Vec<Count>,
    is_alike: bool,
}

impl Results {
    async fn load(tx: &mut GlobalTx, filter: &Filter, (is_alike, federates): (bool, bool)) -> Result<Self> {
        let limit = i64::try_from(PER_PAGE).unwrap_or(i64::MAX).saturating_add(1);
        let found = public_store::search(tx, filter, (is_alike, federates), limit).await?;
        let counts = public_store::facets(tx, filter, (is_alike, federates)).await?;
        Ok(Self { found, counts, is_alike })
    }

    fn counts_all(&self) -> i64 {
        self.counts.iter().filter(|count| count.facet == "all").map(|count| count.count).sum()
    }
}

fn page(state: &AppState, language: PageLanguage, filter: Filter, results: Results) -> SearchPage {
    let t = language.t;
    let total = results.counts_all();
    let is_alike = results.is_alike && total > 0;
    let next = results.found.get(PER_PAGE.saturating_sub(1)).filter(|_| results.found.len() > PER_PAGE);
    let next = next.map(|last| {
        let after = After { rank: last.rank, program: last.id };
        filter.address(language).with("after", after.write()).to_string()
    });
    let facets = facets(t, &filter, &results.counts);
    let cards: Vec<Card> = results.found.into_iter().take(PER_PAGE).map(|found| card(language, found)).collect();
    let base = Address::new(PATH);
    SearchPage {
        t,
        json_ld: json_ld(&state.config.public_url, t, &cards),
        public_url: state.config.public_url.clone(),
        path: language.keep(base).to_string(),
        translations: language.translations(&filter.address(language).without("lang")),
        filter,
        language,
        cards,
        facets,
        total,
        is_alike,
        next,
    }
}

fn card(language: PageLanguage, found: Found) -> Card {
    let t = language.t;
    let path = match (&found.handle, &found.host, &found.program) {
        (Some(handle), ..) => format!("{PATH}/{handle}"),
        (None, Some(host), Some(program)) => format!("{PATH}/from/{host}/{program}"),
        (None, ..) => PATH.to_owned(),
    };
    let topics = found.topics.iter().filter_map(|name| Topic::parse(name)).map(|one| words::topic(t, one)).collect();
    Card {
        href: language.keep(Address::new(path)).to_string(),
        host: found.host,
        offer: engine::commission::offer::in_short(t, &found.pays.0),
        title: found.title,
        brand: found.brand,
        summary: found.summary,
        topics,
        window_days: found.window_days,
    }
}

/// The facets with their values, the most frequent first; a program that is open to all countries counts for each.
fn facets(t: Texts, filter: &Filter, counts: &[Count]) -> Vec<Facet> {
    let topic = filter.topic.map(Topic::as_str);
    let earning = filter.earning.map(Earning::as_str);
    vec![
        facet(("topic", topic), counts, |value| Topic::parse(value).map(|one| words::topic(t, one))),
        facet(("country", filter.country), counts, |value| country::named(value).map(|one| one.name(t))),
        facet(("language", filter.language.as_deref()), counts, |value| {
            words::language(value).map(|code| words::language_name(code).to_owned())
        }),
        facet(("earning", earning), counts, |value| Earning::parse(value).map(|one| words::earning(t, one))),
    ]
}

fn facet(
    (name, chosen): (&'static str, Option<&str>),
    counts: &[Count],
    named: impl Fn(&str) -> Option<String>,
) -> Facet {
    let own = || counts.iter().filter(|count| count.facet == name);
    let open: i64 = own().filter(|count| count.value.is_empty()).map(|count| count.count).sum();
    let of = |value: &str, count: i64| {
        let is_chosen = chosen == Some(value);
        named(value).map(|name| Choice { value: value.to_owned(), name, count: count + open, is_chosen })
    };
    let mut choices: Vec<Choice> = own().filter_map(|count| of(&count.value, count.count)).collect();
    // What is chosen stays in the list, even if nothing has it.
    if let Some(value) = chosen.filter(|value| choices.iter().all(|choice| choice.value != *value)) {
        choices.extend(of(value, 0));
    }
    choices.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name)));
    Facet { name, choices, has_choice: chosen.is_some() }
}

/// The list as structured data for search engines.
fn json_ld(public_url: &str, t: Texts, cards: &[Card]) -> String {
    let items: Vec<serde_json::Value> = cards
        .iter()
        .zip(1_u32..)
        .map(|(card, position)| {
            let url = format!("{public_url}{}", card.href);
            serde_json::json!({"@type": "ListItem", "position": position, "name": card.title, "url": url})
        })
        .collect();
    let list = serde_json::json!({
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": t.say("network-title").to_string(),
        "inLanguage": t.tag(),
        "mainEntity": {"@type": "ItemList", "itemListElement": items},
    });
    in_html(&list)
}

/// JSON inside a `script` element, which must not end it. Browsers don't execute it, so the page's policy allows it.
pub(super) fn in_html(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(facet: &str, value: &str, count: i64) -> Count {
        Count { facet: facet.to_owned(), value: value.to_owned(), count }
    }

    #[test]
    fn a_program_for_all_countries_counts_for_each() {
        let counts =
            [count("country", "", 3), count("country", "DE", 2), count("country", "FR", 4), count("topic", "x", 9)];
        let found =
            facet(("country", Some("ES")), &counts, |value| country::named(value).map(|one| one.code.to_owned()));
        let values: Vec<(&str, i64)> = found.choices.iter().map(|one| (one.value.as_str(), one.count)).collect();
        assert_eq!(values, [("FR", 7), ("DE", 5), ("ES", 3)]);
        assert!(found.choices.iter().any(|one| one.value == "ES" && one.is_chosen));
    }

    #[test]
    fn a_title_cannot_leave_its_script() {
        let text = in_html(&serde_json::json!({"name": "</script><script>alert(1)&"}));
        assert!(!text.contains('<') && !text.contains('&'), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["name"], "</script><script>alert(1)&");
    }
}
