//! The command palette's content: `GET /dashboard/palette.json` lists the pages and actions, and
//! `GET /dashboard/search.json?q=…` finds what the search page finds.

use axum::{
    Json,
    extract::State,
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::id::OrganizationId;

use super::{CHARS_MAX, CHARS_MIN, SearchQuery};
use identity::{
    access::{
        member::Choice,
        session::{Session, SignedOut},
    },
    organization,
};
use kit::{
    access::role::{Right, Role},
    api::{etag, query::Query},
    error::Error,
    page::zone::Zone,
    state::AppState,
};

#[derive(Debug, Serialize)]
struct Content {
    groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
struct Group {
    title: &'static str,
    items: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    name: String,
    /// Other words for it.
    #[serde(skip_serializing_if = "str::is_empty")]
    words: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    href: String,
}

/// Path, name, and other words for each page.
const PAGES: [(&str, &str, &str); 43] = [
    ("/dashboard", "Overview", "home figures charts dashboard analytics"),
    ("/dashboard/analysis", "Forecast", "analysis payable hold future weeks"),
    ("/dashboard/analysis/cohorts", "Cohorts", "analysis retention lifetime customers churn"),
    ("/dashboard/analysis/leaderboard", "Leaderboard", "analysis best top affiliates ranking"),
    ("/dashboard/payouts", "Payouts", "pay money payable owed"),
    ("/dashboard/inquiries", "Missing-sale claims", "inquiries uncredited sales"),
    ("/dashboard/affiliates", "Affiliates", "partners people creators"),
    ("/dashboard/affiliates?status=Pending", "Applications", "pending approve reject"),
    ("/dashboard/recruit", "Recruit", "invite"),
    ("/dashboard/recruit/invites", "Invitations", "invited pending"),
    ("/dashboard/imports", "Imports", "csv migrate"),
    ("/dashboard/conversions", "Conversions", "sales orders leads refund renewals"),
    ("/dashboard/commissions", "Commissions", "earnings release deny hold"),
    ("/dashboard/customers", "Customers", "buyers"),
    ("/dashboard/review", "Review", "fraud risk suspicious"),
    ("/dashboard/troubles", "Events that need attention", "errors failed unprocessed gateway"),
    ("/dashboard/programs", "Programs", "plan rates offer links coupons"),
    ("/dashboard/assets", "Assets", "banners media images"),
    ("/dashboard/install", "Install", "script snippet tracking pixel"),
    ("/dashboard/gateways", "Gateways", "stripe paddle braintree shopify dodo creem events payment"),
    ("/dashboard/crms", "CRMs", "mailchimp klaviyo brevo newsletter contacts"),
    ("/dashboard/settings/webhooks", "Webhooks", "events endpoint callback"),
    ("/dashboard/settings/api-keys", "API keys", "token secret developer"),
    ("/dashboard/settings/ai-assistants", "AI assistants", "mcp claude chatgpt cursor agent token"),
    ("/dashboard/settings/connected-apps", "Connected apps", "oauth claude chatgpt disconnect access"),
    ("/dashboard/settings", "Settings", "organization profile name general timezone delete"),
    ("/dashboard/settings/branding", "Branding", "color logo brand look"),
    ("/dashboard/settings/team", "Team", "members roles people"),
    ("/dashboard/settings/emails", "Emails", "sender reply subject template texts"),
    ("/dashboard/settings/link-hosts", "Link domains", "dns cname host"),
    ("/dashboard/settings/audit-log", "Audit log", "history changes who"),
    ("/dashboard/settings/privacy", "Privacy", "erase gdpr retention"),
    ("/dashboard/payouts/runs", "Payout runs", "batch paypal wise export"),
    ("/dashboard/payouts/accounts", "Payout accounts", "bank iban paypal method"),
    ("/dashboard/payouts/tax", "Tax forms", "w9 w8 1099 vat"),
    ("/dashboard/payouts/reconciliation", "Reconciliation", "differences books"),
    ("/dashboard/payouts/connection", "Stripe connection", "payouts connect key"),
    ("/dashboard/payouts/settings", "Payout settings", "minimum schedule currency"),
    ("/dashboard/test-mode", "Test mode", "try sandbox sample data"),
    ("/dashboard/organizations", "Your organizations", "switch create brand"),
    ("/account", "Your account", "password email sessions"),
    ("/account/notifications", "Notifications", "emails mute"),
    ("/account/two-factor", "Two-step sign-in", "2fa totp authenticator security"),
];

/// As [`PAGES`], for what people do there, with the right that it takes.
const ACTIONS: [(&str, &str, &str, Right); 16] = [
    ("/dashboard/affiliates?status=Pending", "Review applications", "approve reject", Right::Operate),
    ("/dashboard/payouts/pay", "Pay affiliates", "payout run", Right::Operate),
    ("/dashboard/affiliates/new", "Add affiliate", "create new", Right::Operate),
    ("/dashboard/recruit", "Invite affiliates", "recruit email", Right::Operate),
    ("/dashboard/imports", "Import affiliates", "csv migrate", Right::Operate),
    ("/dashboard/conversions/new", "Add sale", "manual order conversion new", Right::Operate),
    ("/dashboard/programs/new", "Create program", "new plan", Right::Operate),
    ("/dashboard/settings/api-keys", "Create API key", "new token", Right::Configure),
    ("/dashboard/settings/webhooks", "Add webhook", "new endpoint", Right::Configure),
    ("/dashboard/settings/link-hosts", "Add link domain", "dns cname new", Right::Configure),
    ("/dashboard/gateways", "Connect a gateway", "stripe paddle braintree shopify dodo creem", Right::Configure),
    ("/dashboard/settings/team", "Invite a team member", "new colleague", Right::Govern),
    ("/dashboard/affiliates.csv", "Export affiliates as CSV", "download", Right::View),
    ("/dashboard/conversions.csv", "Export conversions as CSV", "download sales", Right::View),
    ("/dashboard/commissions.csv", "Export commissions as CSV", "download earnings", Right::View),
    ("/dashboard/payouts.csv", "Export payouts as CSV", "download", Right::View),
];

/// `GET /dashboard/palette.json`.
///
/// # Errors
/// 401 if no one is signed in, 404 if they aren't a member of the organization.
pub async fn show(
    State(state): State<AppState>,
    session: Result<Session, SignedOut>,
    choice: Choice,
    requested: HeaderMap,
) -> Result<Response, Error> {
    let session = session.map_err(SignedOut::for_script)?;
    let member = session.member(choice.named(), Right::View)?;
    let has_docs = state.config.docs.is_some();
    let groups = fixed(member.organization, member.role, session.verified, has_docs);
    let body = serde_json::to_vec(&Content { groups }).map_err(|error| Error::internal(error))?;
    let tag = etag::tag(&body);
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, value);
    }
    if etag::is_known(requested.get(IF_NONE_MATCH), &tag) {
        return Ok(etag::not_modified(headers));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok((headers, body).into_response())
}

/// `GET /dashboard/search.json`: a text that the search page would refuse finds nothing.
///
/// # Errors
/// As [`show`], and 503 if the database is unavailable.
pub async fn search(
    State(state): State<AppState>,
    session: Result<Session, SignedOut>,
    choice: Choice,
    mut query: Query,
) -> Result<Response, Error> {
    let session = session.map_err(SignedOut::for_script)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    let typed = query.text("q").unwrap_or_default().trim().to_owned();
    let mut groups = Vec::new();
    if (CHARS_MIN..=CHARS_MAX).contains(&typed.chars().count()) {
        let mut tx = state.db.tenant(organization).await?;
        let profile = organization::store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
        let zone = Zone::named(&profile.time_zone);
        let requested = SearchQuery { organization, typed: &typed, lower: typed.to_lowercase(), zone: &zone };
        groups = requested.find(&mut tx).await?;
        tx.commit().await?;
    }
    let item = |hit: super::Hit| Item { name: hit.title, words: "", note: hit.note, href: hit.href };
    let group = |found: super::Group| Group { title: found.title, items: found.hits.into_iter().map(item).collect() };
    let content = Content { groups: groups.into_iter().map(group).collect() };
    Ok(([(CACHE_CONTROL, "private, no-store")], Json(content)).into_response())
}

/// What is the same for everyone with this role.
fn fixed(organization: OrganizationId, role: Role, is_verified: bool, has_docs: bool) -> Vec<Group> {
    let item = |path: &str, name: &str, words: &'static str| {
        let sign = if path.contains('?') { '&' } else { '?' };
        let href = format!("{path}{sign}organization={organization}");
        Item { name: name.to_owned(), words, note: String::new(), href }
    };
    let may = |right: Right| right == Right::View || (is_verified && role.may(right));
    let actions = ACTIONS.into_iter().filter(|(.., right)| may(*right));
    let docs =
        [("/docs", "Documentation", "help guide"), ("/docs/api", "API reference", "developer endpoints openapi")];
    let docs = docs.into_iter().filter(|(path, ..)| has_docs || *path != "/docs");
    vec![
        Group { title: "Go to", items: PAGES.into_iter().map(|(path, name, words)| item(path, name, words)).collect() },
        Group { title: "Actions", items: actions.map(|(path, name, words, _)| item(path, name, words)).collect() },
        Group { title: "Docs", items: docs.map(|(path, name, words)| item(path, name, words)).collect() },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_is_offered_what_a_viewer_may_do() {
        let names = |role, is_verified| -> Vec<String> {
            let groups = fixed(OrganizationId::v7(1, &[1; 10]), role, is_verified, true);
            groups.into_iter().flat_map(|group| group.items).map(|item| item.name).collect()
        };
        let has = |names: &[String], name: &str| names.iter().any(|known| known == name);
        let (owner, viewer) = (names(Role::Owner, true), names(Role::Viewer, true));
        assert!(has(&owner, "Invite a team member") && has(&owner, "Create program") && has(&owner, "Documentation"));
        assert!(!has(&viewer, "Create program") && has(&viewer, "Programs") && has(&viewer, "Export payouts as CSV"));
        assert!(!has(&names(Role::Owner, false), "Create program"), "only once the email is confirmed");
    }
}
