//! `/a/links`: an affiliate's links with their figures, and a form to link to any page of the brand's site.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::id::LinkId;
use url::Url;

use super::{
    coupons::{self, Coupons},
    deep,
    earns::{self, Earns},
    links_store::{self, Own},
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
use programs::link::{create::check_destination, read::link_scheme, share::Share};
use rules::figures;

pub const HERE: &str = "/a/links";

#[derive(Debug, askama::Template)]
#[template(path = "portal_links.html")]
pub struct LinksPage {
    t: Texts,
    frame: Frame,
    organization: String,
    links: Vec<LinkView>,
    pub(super) coupons: Coupons,
    /// The sites to which the links lead, as a list.
    sites: String,
    earns: Vec<Earns>,
    address: Address,
    chosen: Span,
    builder: Builder,
    /// The link to share.
    shown: Option<Share>,
    done: bool,
    /// Whether the affiliate just chose a code.
    code_chosen: bool,
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
    pub link: Option<Share>,
    /// Whether the page belongs to the brand, so that a new link can be created.
    pub fits: bool,
    /// The start of the preview of a named link.
    pub host: String,
}

/// Where an affiliate's links lead, for the form that finds the link to a page.
#[derive(Debug)]
pub struct Targets {
    /// The sites, as a list.
    pub sites: String,
    /// Each link, and the page to which it leads, without its scheme.
    pub links: Vec<(String, String)>,
}

impl Targets {
    pub fn of(context: Context<'_>, own: &[Own]) -> Self {
        let links = own.iter().map(|link| (context.base(link), leads_to(link))).collect();
        Self { sites: hosts(context.t, own), links }
    }
}

/// What links are built with.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub t: Texts,
    pub brand: &'a str,
    pub scheme: &'static str,
    pub development: bool,
}

impl<'a> Context<'a> {
    pub fn of(state: &AppState, session: &'a AffiliateSession) -> Self {
        Self {
            t: session.t,
            brand: &session.organization_name,
            scheme: link_scheme(&state.config),
            development: state.config.environment.is_development(),
        }
    }

    /// Returns the link that leads to a page, if one of the affiliate's does.
    pub fn ready(self, own: &[Own], page: &Url) -> Option<Share> {
        let below = |link: &Own| {
            let url = deep::below(&self.base(link), &link.destination, page)?;
            Some(Share::of(self.t, self.brand, url, link.id, Some(page.as_str())))
        };
        let exact = || own.iter().find(|link| link.destination == page.as_str());
        own.iter().find_map(below).or_else(|| exact().map(|link| self.share(link)))
    }

    /// A link as it is.
    fn share(self, link: &Own) -> Share {
        Share::of(self.t, self.brand, self.base(link), link.id, None)
    }

    fn base(self, link: &Own) -> String {
        format!("{}://{}", self.scheme, link.place())
    }
}

/// `GET /a/links`: shows the page; with `?page=https://…` the link to a page, with `?link=lnk_…` one of the links to share.
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
    let requested: Option<LinkId> = query.id("link")?;
    let done = query.text("done");
    let is_done = |what: &str| done.as_deref() == Some(what);
    query.finish()?;
    let (organization, affiliate) = (session.organization, session.affiliate);
    let mut tx = state.db.tenant(organization).await?;
    let own = links_store::links(&mut tx, affiliate, Some(&chosen)).await?;
    let earns = earns::of(&mut tx, t, affiliate, &own, state.clock.now()).await?;
    let slug = lookup_store::affiliate(&mut tx, affiliate).await?.map(|known| known.slug).unwrap_or_default();
    let coupons = coupons::load(&mut tx, session, &slug, state.clock.now()).await?;
    tx.commit().await?;
    let context = Context::of(state, session);
    let scheme = context.scheme;
    let mut builder = match filters {
        Some(page) => built(context, &own, page.trim()),
        None => tried,
    };
    builder.host = own.first().map(|link| format!("{scheme}://{}", link.host)).unwrap_or_default();
    Ok(LinksPage {
        t,
        frame: session.frame(HERE),
        organization: session.organization_name.clone(),
        links: own.iter().map(|link| LinkView::of(t, link, scheme)).collect(),
        sites: hosts(t, &own),
        shown: own.iter().find(|link| Some(link.id) == requested).map(|link| context.share(link)),
        coupons,
        earns,
        address: chosen.on(Address::new(HERE)),
        chosen,
        builder,
        done: is_done("made"),
        code_chosen: is_done("code"),
        slug,
    })
}

/// Answers the form for a page.
fn built(context: Context<'_>, own: &[Own], page: &str) -> Builder {
    let given = Builder { page: page.to_owned(), ..Builder::default() };
    match checked(context.t, own, page, context.development) {
        Ok(url) => Builder { link: context.ready(own, &url), fits: true, ..given },
        Err(problem) => Builder { problems: Problems::at("page", problem), ..given },
    }
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

/// Without the scheme.
fn leads_to(link: &Own) -> String {
    let rest = link.destination.split_once("://").map_or(link.destination.as_str(), |(_, rest)| rest);
    rest.trim_end_matches('/').to_owned()
}

impl LinkView {
    fn of(t: Texts, link: &Own, scheme: &str) -> Self {
        let (clicks, sales) = (link.clicks.max(0).unsigned_abs(), link.sales.max(0).unsigned_abs());
        let rate = figures::conversion_rate(link.first_sales, link.clicks).map(|rate| t.percentage(&rate.number()));
        Self {
            id: link.id.to_string(),
            url: format!("{scheme}://{}", link.place()),
            program: link.program_name.clone(),
            leads_to: leads_to(link),
            clicks,
            sales,
            rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::id::ProgramId;

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

    const CONTEXT: Context<'_> =
        Context { t: Texts::new(kit::text::Language::En), brand: "Acme", scheme: "https", development: false };

    #[test]
    fn a_page_becomes_a_link_where_it_can() {
        let made = built(CONTEXT, &own(), "acme.test/pricing");
        assert_eq!(made.link.unwrap().url, "https://go.acme.test/lauren/pricing");
        let elsewhere = built(CONTEXT, &own(), "https://shop.acme.test/hats");
        assert!(elsewhere.link.is_none() && elsewhere.fits, "it needs a link of its own");
        let exact = vec![Own { destination: "https://acme.test/?plan=pro".to_owned(), ..own().remove(0) }];
        assert_eq!(
            built(CONTEXT, &exact, "https://acme.test/?plan=pro").link.unwrap().url,
            "https://go.acme.test/lauren"
        );
        for bad in ["https://evil.test/", "javascript:alert(1)", "not a page"] {
            let refused = built(CONTEXT, &own(), bad);
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
