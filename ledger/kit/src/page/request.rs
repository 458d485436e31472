//! What templates know about the request that they answer, without a field for it in every page: the theme that the
//! reader chose, the columns of lists, and the message of the action that led to the page.

use std::cell::Cell;

use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, SET_COOKIE},
    },
    response::Response,
};
use shared::keys::KeyRing;

use super::{
    columns, cookie,
    flash::{self, Flash},
};

/// The cookie with the theme: `light` or `dark`. Without it pages follow the system.
const THEME: &str = "__Host-rekomi_theme";
/// The cookie with the columns that lists show.
const COLUMNS: &str = "__Host-rekomi_columns";
const COLUMNS_BYTES_MAX: usize = 500;
const CHOICE_SECONDS: i64 = 365 * 86_400;

tokio::task_local! {
    static REQUEST: Known;
}

/// What is known about a request.
#[derive(Debug)]
pub struct Known {
    theme: Option<&'static str>,
    columns: String,
    flash: Option<Flash>,
    /// Whether a page has shown the message, so that no other page shows it again.
    is_shown: Cell<bool>,
    /// Whether the page is this reader's own, so that no cache keeps it for others.
    is_personal: Cell<bool>,
    /// Signs messages for the next page.
    keys: KeyRing,
}

impl Known {
    pub fn of(headers: &HeaderMap, keys: &KeyRing) -> Self {
        Self {
            theme: cookie::read(headers, THEME).and_then(theme_of),
            columns: cookie::read(headers, COLUMNS).filter(|text| is_columns(text)).unwrap_or_default().to_owned(),
            flash: cookie::read(headers, flash::COOKIE).and_then(|value| Flash::read(keys, value)),
            is_shown: Cell::new(false),
            is_personal: Cell::new(false),
            keys: keys.clone(),
        }
    }

    /// Runs what answers the request.
    pub async fn during(self, answer: impl Future<Output = Response>) -> Response {
        REQUEST
            .scope(self, async {
                let mut response = answer.await;
                if of_request(|known| known.is_personal.get()) {
                    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                }
                if of_request(|known| known.is_shown.get()) {
                    response.headers_mut().extend(cookie::set(flash::COOKIE, "", 0).map(|gone| (SET_COOKIE, gone)));
                }
                response
            })
            .await
    }

    /// Notes that what is given to the page depends on its reader.
    fn with_reader<T>(&self, given: Option<T>) -> Option<T> {
        self.is_personal.set(self.is_personal.get() || given.is_some());
        given
    }
}

/// Outside of a request there is nothing to know: no theme, no message.
fn of_request<T: Default>(read: impl FnOnce(&Known) -> T) -> T {
    REQUEST.try_with(read).unwrap_or_default()
}

fn theme_of(text: &str) -> Option<&'static str> {
    ["light", "dark"].into_iter().find(|known| *known == text)
}

/// The theme that the reader chose; `None` if pages follow the system.
pub fn theme() -> Option<&'static str> {
    of_request(|known| known.with_reader(known.theme))
}

fn is_columns(text: &str) -> bool {
    text.len() <= COLUMNS_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'~'))
}

/// The optional columns that the reader chose for a list; `None` if they chose none yet.
pub fn columns(list: &str) -> Option<Vec<String>> {
    of_request(|known| columns::read(&known.columns, list))
}

/// The cookie that remembers the columns of one list besides those of the others; `None` if it makes no sense.
pub fn columns_cookie(list: &str, keys: &[&str]) -> Option<HeaderValue> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_word(list) || !keys.iter().all(|key| is_word(key)) {
        return None;
    }
    let text = columns::with(&of_request(|known| known.columns.clone()), list, keys);
    if is_columns(&text) { cookie::set(COLUMNS, &text, CHOICE_SECONDS) } else { None }
}

/// The value of `<meta name="color-scheme">`.
pub fn color_scheme() -> &'static str {
    theme().unwrap_or("light dark")
}

/// The color of the browser's own bar, if the reader chose a theme: the background of pages, as in
/// `assets/css/tokens.css`.
pub fn bar_color() -> Option<&'static str> {
    theme().map(|theme| if theme == "dark" { "#131614" } else { "#f7fbf9" })
}

/// The cookie that remembers the chosen theme, or forgets it if the text names none.
pub fn theme_cookie(text: &str) -> Option<HeaderValue> {
    match theme_of(text) {
        Some(theme) => cookie::set(THEME, theme, CHOICE_SECONDS),
        None => cookie::set(THEME, "", 0),
    }
}

/// The message of the action that led here, for the one page that shows it.
pub fn flash() -> Option<Flash> {
    of_request(|known| {
        known.is_shown.set(known.flash.is_some());
        known.with_reader(known.flash.clone())
    })
}

/// The cookie that carries a message to the next page.
pub(super) fn flash_cookie(flash: &Flash) -> Option<HeaderValue> {
    of_request(|known| cookie::set(flash::COOKIE, &flash.signed(&known.keys)?, flash::SECONDS))
}

#[cfg(test)]
mod tests {
    use axum::{
        http::header::COOKIE,
        response::{Html, IntoResponse},
    };
    use shared::keys::Purpose;

    use super::*;

    fn keys() -> KeyRing {
        KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Pages).unwrap()
    }

    fn known(cookies: &str) -> Known {
        Known::of(&HeaderMap::from_iter([(COOKIE, cookies.parse().unwrap())]), &keys())
    }

    fn set_cookie(response: &Response) -> String {
        response.headers().get(SET_COOKIE).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[tokio::test]
    async fn a_theme_is_what_the_cookie_names() {
        for (cookies, expected) in
            [(format!("{THEME}=dark"), "dark"), (format!("{THEME}=\"><x"), "light dark"), (String::new(), "light dark")]
        {
            let page = async { ([(CACHE_CONTROL, "public")], Html(color_scheme())).into_response() };
            let page = known(&cookies).during(page).await;
            assert_eq!(page.headers()[CACHE_CONTROL], if expected == "dark" { "no-store" } else { "public" });
            let body = axum::body::to_bytes(page.into_body(), 100).await.unwrap();
            assert_eq!(body, expected, "{cookies}");
        }
        assert_eq!((theme(), color_scheme(), bar_color()), (None, "light dark", None));
        assert!(theme_cookie("light").unwrap().to_str().unwrap().contains("=light; Path=/; Max-Age=31536000"));
        assert!(theme_cookie("system").unwrap().to_str().unwrap().contains("=; Path=/; Max-Age=0"));
    }

    #[tokio::test]
    async fn columns_are_remembered_for_each_list() {
        let page = async {
            assert_eq!(columns("customers"), Some(vec!["since".to_owned()]));
            let cookie = columns_cookie("conversions", &["event"]).unwrap();
            assert!(cookie.to_str().unwrap().contains("=customers.since~conversions.event; Path=/"));
            Html("").into_response()
        };
        known(&format!("{COLUMNS}=customers.since")).during(page).await;
        for bad in [("Odd list", vec![]), ("customers", vec!["a;b"]), ("", vec!["since"])] {
            assert!(columns_cookie(bad.0, &bad.1).is_none(), "{bad:?}");
        }
        assert!(!is_columns("a;b") && !is_columns(&"a".repeat(600)) && columns("customers").is_none());
    }

    #[tokio::test]
    async fn a_message_is_shown_on_one_page() {
        let action = async { Flash::done("Saved").undo("/dashboard/undo/1").redirect("/dashboard") };
        let done = known("").during(action).await;
        assert_eq!((done.status().as_u16(), &done.headers()["location"]), (303, &"/dashboard".parse().unwrap()));
        let cookie = set_cookie(&done).split(';').next().unwrap().to_owned();
        let page = async {
            let flash = flash().unwrap();
            assert_eq!((flash.text.as_str(), flash.undo.as_deref()), ("Saved", Some("/dashboard/undo/1")));
            Html("").into_response()
        };
        assert!(set_cookie(&known(&cookie).during(page).await).contains("Max-Age=0"));
        // What shows no message leaves it for the next page.
        assert_eq!(set_cookie(&known(&cookie).during(async { Html("").into_response() }).await), "");
        let forged = known(&cookie.replace("rekomi_flash=", "rekomi_flash=A"));
        assert_eq!(forged.flash.map(|flash| flash.text), None);
    }
}
