//! `/a/links`: an affiliate's links with their figures, and a form to link to any page of the brand's site.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use url::Url;

use super::{
    deep,
    earns::{self, Earns},
    links_store::{self, Code, Own},
};
use engine::lookup_store;
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::query::Query,
    error::Result,
    form::Problems,
    page::{Html, PageError, address::Address, span::Span},
    state::AppState,
    text::Texts,
};
use programs::link::{create::check_destination, read::link_scheme};
use rules::figures;

pub const HERE: &str = "/a/links";

#[derive(Debug, askama::Template)]
#[template(path = "portal_links.html")]
pub struct LinksPage {
    t: Texts,
    frame: Frame,
    organization: String,
    links: Vec<LinkView>,
    coupons: Vec<Code>,
    /// The sites to which the links lead, as a list.
    sites: String,
    earns: Vec<Earns>,
    address: Address,
    chosen: Span,
    builder: Builder,
    done: bool,
    slug: String,
}

#[derive(Debug)]
struct LinkView {
    id: String,
    url: String,
    program: String,
    leads_to: String,
    clicks: u64,
    sales: u64,
    rate: Option<String>,
}

/// The form that creates a link to a page.
#[derive(Debug, Default)]
pub struct Builder {
    pub page: String,
    pub label: String,
    pub problems: Problems,
    /// A link that leads to the page without creating a new one.
    pub link: Option<Ready>,
    /// Whether the page belongs to the brand, so that a new link can be created.
    pub fits: bool,
    /// The start of the preview of a named link.
    pub host: String,
}

/// A link to a page, as text and as a QR code.
#[derive(Debug)]
pub struct Ready {
    url: String,
    picture: Address,
    file: Address,
}

/// `GET /a/links?page=https://…`: shows the page.
///
/// # Errors
/// 400 for an invalid date range; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let page = load(&state, &session, query, Builder::default()).await?;
    let status = if page.builder.problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    Ok((status, Html(page)).into_response())
}

/// Loads the page, with what was entered into the form.
pub async fn load(state: &AppState, session: &AffiliateSession, mut query: Query, tried: Builder) -> Result<LinksPage> {
    let t = session.t;
    let chosen = Span::read(&mut query, &session.zone, state.clock.now())?.in_language(t);
    let filters = query.text("page").filter(|page| !page.trim().is_empty());
    let done = query.text("done").as_deref() == Some("made");
    query.finish()?;
    let (organization, affiliate) = (session.organization, session.affiliate);
    let mut tx = state.db.tenant(organization).await?;
    let own = links_store::links(&mut tx, affiliate, (chosen.from(), chosen.to())).await?;
    let coupons = links_store::coupons(&mut tx, affiliate).await?;
    let earns = earns::of(&mut tx, t, affiliate, &own, state.clock.now()).await?;
    let slug = lookup_store::affiliate(&mut tx, affiliate).await?;
    tx.commit().await?;
    let scheme = link_scheme(&state.config);
    let development = state.config.environment.is_development();
    let mut builder = match filters {
        Some(page) => built(t, &own, scheme, page.trim(), development),
        None => tried,
    };
    builder.host = own.first().map(|link| format!("{scheme}://{}", link.host)).unwrap_or_default();
    Ok(LinksPage {
        t,
        frame: session.frame(HERE),
        organization: session.organization_name.clone(),
        links: own.iter().map(|link| LinkView::of(t, link, scheme)).collect(),
        sites: hosts(t, &own),
        coupons,
        earns,
        address: chosen.on(Address::new(HERE)),
        chosen,
        builder,
        done,
        slug: slug.map(|known| known.slug).unwrap_or_default(),
    })
}

/// Answers the form for a page.
fn built(t: Texts, own: &[Own], scheme: &str, page: &str, development: bool) -> Builder {
    let given = Builder { page: page.to_owned(), ..Builder::default() };
    let url = match checked(t, own, page, development) {
        Ok(url) => url,
        Err(problem) => return Builder { problems: Problems::at("page", problem), ..given },
    };
    let link = own.iter().find_map(|link| {
        let made = deep::below(&format!("{scheme}://{}", link.place()), &link.destination, &url)?;
        let picture = Address::new("/a/links/qr.svg").with("link", link.id).with("page", &url);
        Some(Ready { url: made, file: picture.clone().with("save", "yes"), picture })
    });
    Builder { link, fits: true, ..given }
}

/// Validates that a typed page belongs to the brand.
pub fn checked(t: Texts, own: &[Own], page: &str, development: bool) -> std::result::Result<Url, String> {
    let whole = if page.contains("://") { page.to_owned() } else { format!("https://{page}") };
    let url = check_destination("page", &whole, development).map_err(|_| t.say("portal-links-not-url").to_string())?;
    let known = own.iter().flat_map(|link| link.origins.iter().map(String::as_str).chain([link.destination.as_str()]));
    if deep::is_of_brand(&url, known) {
        return Ok(url);
    }
    Err(t.say("portal-links-other-site").with("hosts", hosts(t, own)).to_string())
}

/// The sites to which the affiliate's links lead: `acme.com or acme.shop`.
fn hosts(t: Texts, own: &[Own]) -> String {
    let urls = own.iter().filter_map(|link| Url::parse(&link.destination).ok());
    let mut hosts: Vec<String> = urls.filter_map(|url| url.host_str().map(str::to_owned)).collect();
    hosts.sort();
    hosts.dedup();
    let any = || t.say("portal-links-any-site").to_string();
    let or = |list: String, last: String| t.say("common-list-or").with("list", list).with("last", last).to_string();
    hosts.into_iter().reduce(or).unwrap_or_else(any)
}

impl LinkView {
    fn of(t: Texts, link: &Own, scheme: &str) -> Self {
        let (clicks, sales) = (link.clicks.max(0).unsigned_abs(), link.sales.max(0).unsigned_abs());
        let rate = figures::conversion_rate(link.first_sales, link.clicks).map(|rate| t.percentage(&rate.number()));
        let leads_to = link.destination.split_once("://").map_or(link.destination.as_str(), |(_, rest)| rest);
        Self {
            id: link.id.to_string(),
            url: format!("{scheme}://{}", link.place()),
            program: link.program_name.clone(),
            leads_to: leads_to.trim_end_matches('/').to_owned(),
            clicks,
            sales,
            rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::id::{LinkId, ProgramId};

    use super::*;

    fn own() -> Vec<Own> {
        vec![Own {
            id: LinkId::v7(1, &[1; 10]),
            program: ProgramId::v7(1, &[1; 10]),
            program_name: "Partners".to_owned(),
            host: "go.acme.test".to_owned(),
            slug: "lauren".to_owned(),
            destination: "https://acme.test/".to_owned(),
            origins: vec!["https://shop.acme.test".to_owned()],
            clicks: 200,
            sales: 3,
            first_sales: 2,
        }]
    }

    #[test]
    fn a_page_becomes_a_link_where_it_can() {
        let made = built(Texts::default(), &own(), "https", "acme.test/pricing", false);
        assert_eq!(made.link.unwrap().url, "https://go.acme.test/lauren/pricing");
        let elsewhere = built(Texts::default(), &own(), "https", "https://shop.acme.test/hats", false);
        assert!(elsewhere.link.is_none() && elsewhere.fits, "it needs a link of its own");
        for bad in ["https://evil.test/", "javascript:alert(1)", "not a page"] {
            let refused = built(Texts::default(), &own(), "https", bad, false);
            assert!(refused.problems.of("page").is_some() && !refused.fits, "{bad}");
        }
    }

    #[test]
    fn figures_have_a_rate_where_there_is_one() {
        assert_eq!(LinkView::of(Texts::default(), &own()[0], "https").rate.as_deref(), Some("1.0%"));
        let unseen = Own { clicks: 0, ..own().remove(0) };
        assert_eq!(LinkView::of(Texts::default(), &unseen, "https").rate, None);
    }
}
