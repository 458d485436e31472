//! The ways to Stripe's own pages: links to the onboarding and to the small dashboard, and these pages themselves, as far
//! as somebody who tries everything by hand needs them.

use serde_json::json;

use super::{
    super::Answer,
    account::{Account, Link},
    platform::Platform,
    refusal,
    schema::one,
};

/// Stripe says "a few minutes".
const LINK_SECONDS: i64 = 300;
/// What a person who leaves something open leaves open.
pub(super) const LEFT_OPEN: &str = "individual.verification.document";

/// `POST /v1/account_links`.
pub(super) fn link(
    platform: &mut Platform,
    form: &[(String, String)],
    key: &str,
    base: &str,
    token: String,
    now: i64,
) -> Answer {
    let text = |name: &str| one(form, name).unwrap_or_default();
    for name in ["refresh_url", "return_url"] {
        if text(name).is_empty() {
            return refusal::missing(name);
        }
        if !url::Url::parse(text(name)).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return refusal::of(400, "Not a valid URL").code("url_invalid").param(name).answer();
        }
    }
    let Some(account) = platform.accounts.get_mut(text("account")) else {
        return refusal::no_access(key, text("account"));
    };
    if text("type") == "account_update" {
        let message = "You cannot create `account_update` type Account Links for this account.";
        return refusal::of(400, message).param("type").answer();
    }
    let expires_at = now + LINK_SECONDS;
    let url = format!("{base}/setup/{}/{token}", account.id);
    let (refresh_url, return_url) = (text("refresh_url").to_owned(), text("return_url").to_owned());
    account.links.insert(token, Link { expires_at, refresh_url, return_url, was_opened: false });
    Answer(200, json!({"object": "account_link", "created": now, "expires_at": expires_at, "url": url}))
}

/// `POST /v1/accounts/{account}/login_links`.
pub(super) fn login(platform: &Platform, id: &str, key: &str, base: &str, now: i64) -> Answer {
    match platform.accounts.get(id) {
        None => refusal::no_access(key, id),
        Some(account) if !account.details_submitted => {
            refusal::of(400, "Cannot create a login link for an account that has not completed onboarding.").answer()
        }
        Some(account) => {
            let url = format!("{base}/express/{}", account.id);
            Answer(200, json!({"object": "login_link", "created": now, "url": url}))
        }
    }
}

/// What a page leads to.
#[derive(Debug)]
pub(super) enum Page {
    Html(String),
    To(String),
}

/// The onboarding's page, behind a link that opens once.
pub(super) fn open(account: &mut Account, token: &str, now: i64) -> Page {
    let Some(link) = account.links.get_mut(token) else { return Page::Html(page("This link isn't one.", "")) };
    if link.was_opened || link.expires_at < now {
        return Page::To(link.refresh_url.clone());
    }
    link.was_opened = true;
    let due: String = account.currently_due.iter().map(|field| format!("<li><code>{field}</code></li>")).collect();
    let body = format!(
        "<p>Account <code>{}</code> in {}, under the {} agreement. Stripe would ask for:</p><ul>{due}</ul>\
         <form method=\"post\"><button name=\"do\" value=\"complete\">Complete everything</button> \
         <button name=\"do\" value=\"leave\">Leave the identity document open</button> \
         <button name=\"do\" value=\"check\">Complete, and let Stripe check it</button> \
         <button name=\"do\" value=\"cancel\">Go back without doing anything</button></form>",
        account.id, account.country, account.agreement
    );
    Page::Html(page("Stripe stand-in: set up your account", &body))
}

/// What the person did there; and where the browser goes then.
pub(super) fn done(account: &mut Account, token: &str, what: &str) -> Page {
    let Some(back) = account.links.get(token).map(|link| link.return_url.clone()) else {
        return Page::Html(page("This link isn't one.", ""));
    };
    match what {
        "complete" => account.complete(),
        "leave" => account.leave_open(&[LEFT_OPEN]),
        "check" => account.check(LEFT_OPEN),
        _ => {}
    }
    Page::To(back)
}

/// The small dashboard's page.
pub(super) fn dashboard(account: &Account) -> String {
    let lines: String = account.balance.iter().map(|(currency, sum)| format!("<li>{sum} {currency}</li>")).collect();
    let body = format!(
        "<p>Account <code>{}</code>: payouts {}, transfers {}.</p><p>On its balance, in minor units:</p><ul>{lines}</ul>",
        account.id,
        if account.payouts_enabled { "enabled" } else { "disabled" },
        account.capabilities.get("transfers").map_or("not requested", String::as_str),
    );
    page("Stripe stand-in: your dashboard", &body)
}

pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>body{{font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}}\
         button{{font:inherit;padding:.5rem 1rem;margin:.25rem 0}}</style></head><body><h1>{title}</h1>{body}\
         <p><small>This is no page of Stripe's: nothing that happens here leaves this machine.</small></p></body></html>"
    )
}
