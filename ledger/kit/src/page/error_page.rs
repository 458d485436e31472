//! Error pages, with ways to go on: back to the page before, to the start of the same area, and to the search.

use askama::Template;
use axum::{
    extract::Request,
    http::{
        Extensions, HeaderMap, Method, Uri,
        header::{HOST, REFERER},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use shared::id::OrganizationId;
use url::{Position, Url, form_urlencoded};

use super::{Html, address::Address};
use crate::text::Texts;

/// What an error page says. The response carries it, so that it can be said in another language or with more links.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) t: Texts,
    pub(super) title: String,
    pub(super) message: String,
}

/// A link: its address and its text.
type Way = (String, String);

#[derive(Debug, Template)]
#[template(path = "message.html")]
struct MessagePage {
    t: Texts,
    title: String,
    message: String,
    ways: Vec<Way>,
}

impl Message {
    /// A page that doesn't know where the reader was.
    pub(super) fn page(self) -> Response {
        let ways = home_of(Area::Other, self.t, None);
        self.with_ways(ways)
    }

    fn with_ways(self, ways: Vec<Way>) -> Response {
        let Self { t, title, message } = self.clone();
        let mut response = Html(MessagePage { t, title, message, ways }).into_response();
        response.extensions_mut().insert(self);
        response
    }

    pub(super) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }
}

/// Shows the ways on from an error page that fit the request.
pub async fn lead_back(request: Request, next: Next) -> Response {
    let place = Place::of(request.method(), request.uri(), request.headers());
    let response = next.run(request).await;
    let Some(message) = Message::of(response.extensions()).cloned() else { return response };
    let ways = place.ways(message.t);
    let page = message.with_ways(ways);
    Response::from_parts(response.into_parts().0, page.into_body())
}

/// Who reads the pages there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    Dashboard,
    Portal,
    Other,
}

impl Area {
    fn of(path: &str) -> Self {
        let is_below =
            |area: &str| path.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if is_below("/dashboard") || is_below("/account") {
            Self::Dashboard
        } else if is_below("/a") {
            Self::Portal
        } else {
            Self::Other
        }
    }
}

/// Where the request led, and the page that it came from, if that is one of ours.
#[derive(Debug)]
struct Place {
    area: Area,
    organization: Option<OrganizationId>,
    before: Option<String>,
}

impl Place {
    fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let area = Area::of(uri.path());
        let from = referrer(headers).filter(|from| Area::of(from.path()) == area);
        let organization = organization(uri.query()).or_else(|| organization(from.as_ref()?.query()));
        let before = from.map(|from| from[Position::BeforePath..Position::AfterQuery].to_owned());
        // A refused form leads back to its page; a page doesn't lead to itself.
        let is_other = |before: &String| *method != Method::GET || Some(before.as_str()) != path(uri);
        Self { area, organization, before: before.filter(is_other) }
    }

    fn ways(self, t: Texts) -> Vec<Way> {
        let before = self.before.map(|before| (before, t.say("program-error-back").to_string()));
        before.into_iter().chain(home_of(self.area, t, self.organization)).collect()
    }
}

fn path(uri: &Uri) -> Option<&str> {
    uri.path_and_query().map(|path| path.as_str())
}

/// Where an area begins.
fn home_of(area: Area, t: Texts, organization: Option<OrganizationId>) -> Vec<Way> {
    let way = |path: &str, key: &'static str| {
        (Address::new(path).maybe("organization", organization).to_string(), t.say(key).to_string())
    };
    let dashboard = || way("/dashboard", "program-error-dashboard");
    let portal = || ("/a".to_owned(), t.say("program-error-portal").to_string());
    match area {
        Area::Dashboard => vec![dashboard(), way("/dashboard/search", "program-error-search")],
        Area::Portal => vec![portal()],
        Area::Other => vec![dashboard(), portal()],
    }
}

/// The page that the request came from, if it is on the same host. A path that begins with two slashes would lead to
/// another one.
fn referrer(headers: &HeaderMap) -> Option<Url> {
    let from = Url::parse(headers.get(REFERER)?.to_str().ok()?).ok()?;
    let host = headers.get(HOST)?.to_str().ok()?;
    let is_ours = from.scheme().starts_with("http")
        && &from[Position::BeforeHost..Position::AfterPort] == host
        && !from.path().starts_with("//");
    is_ours.then_some(from)
}

fn organization(query: Option<&str>) -> Option<OrganizationId> {
    let named = form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "organization");
    named.and_then(|(_, id)| id.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(method: Method, path: &str, referrer: &str) -> Vec<String> {
        let headers =
            HeaderMap::from_iter([(HOST, "rekomi.test:8080".parse().unwrap()), (REFERER, referrer.parse().unwrap())]);
        let place = Place::of(&method, &path.parse().unwrap(), &headers);
        place.ways(Texts::default()).into_iter().map(|(href, _)| href).collect()
    }

    #[test]
    fn an_error_leads_back_within_its_area() {
        let (list, own) = ("http://rekomi.test:8080/dashboard/affiliates?q=x", OrganizationId::v7(1, &[1; 10]));
        let here = ["/dashboard/affiliates?q=x", "/dashboard", "/dashboard/search"];
        assert_eq!(ways(Method::GET, "/dashboard/affiliates/aff_1", list), here);
        assert_eq!(ways(Method::GET, "/dashboard/affiliates?q=x", list), here[1..], "not to itself");
        assert_eq!(ways(Method::POST, "/dashboard/affiliates?q=x", list), here);
        assert_eq!(ways(Method::GET, "/a/sales/1", list), ["/a"], "an affiliate has no dashboard");
        assert_eq!(ways(Method::GET, "/nowhere", "http://rekomi.test:8080//evil.test"), ["/dashboard", "/a"]);
        for other in [
            "http://evil.test/dashboard/x",
            "http://rekomi.test/dashboard/x",
            "ftp://rekomi.test:8080/dashboard/x",
            "x",
        ] {
            assert_eq!(ways(Method::GET, "/dashboard/y", other), here[1..], "{other}");
        }
        let named = format!("/dashboard/y?organization={own}");
        assert_eq!(ways(Method::GET, &named, "x")[0], format!("/dashboard?organization={own}"));
    }
}
