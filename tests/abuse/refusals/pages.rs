//! Pages by role, and for nobody.

use std::sync::LazyLock;

use super::person;
use world::{
    World,
    client::dashboard::Marketer,
    http::{Request, Response},
    settings,
};

/// The pages, as the router lists them.
static ROUTER: LazyLock<String> = LazyLock::new(|| settings::router_source(true));

/// Open to everybody who asks from our own pages. May only shrink.
const OPEN: &[(&str, &str)] = &[
    ("GET", "/"),
    // To become somebody.
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/signup"),
    ("POST", "/signup"),
    ("GET", "/signup/sent"),
    ("GET", "/forgot"),
    ("POST", "/forgot"),
    ("GET", "/forgot/sent"),
    // Anyone who has the link of an email, on any device.
    ("GET", "/unsubscribe/{token}"),
    ("POST", "/unsubscribe/{token}"),
    ("GET", "/verify"),
    ("POST", "/verify"),
    ("GET", "/reset"),
    ("POST", "/reset"),
    ("GET", "/account/email/confirm"),
    ("POST", "/account/email/confirm"),
    ("GET", "/invites/{token}"),
    ("POST", "/invites/{token}"),
    // Of the installation, and of nobody.
    ("GET", "/status"),
    ("GET", "/security"),
    // A reload after a form leads to its page, and from there to the sign-in.
    ("GET", "/dashboard/settings/privacy/erase"),
    ("GET", "/dashboard/settings/privacy/export"),
    ("GET", "/dashboard/settings/privacy/find"),
    ("GET", "/dashboard/settings/privacy/gpc"),
    ("GET", "/dashboard/settings/privacy/retention"),
    // Affiliates sign in by emails.
    ("GET", "/a"),
    ("POST", "/a/leave"),
    ("GET", "/a/open"),
    ("POST", "/a/switch"),
    ("POST", "/a/terms"),
    ("GET", "/a/links"),
    ("POST", "/a/links"),
    ("POST", "/a/links/quick"),
    ("POST", "/a/coupons"),
    ("GET", "/a/ask"),
    ("POST", "/a/ask"),
    ("GET", "/a/links/qr.svg"),
    ("GET", "/a/links/qr.png"),
    // An app without a connection, which is nobody's; its name is the brand's, for those who are signed in.
    ("GET", "/a/offline"),
    ("GET", "/a/sw.js"),
    ("GET", "/a/manifest.webmanifest"),
    ("GET", "/a/page"),
    ("POST", "/a/page"),
    ("GET", "/a/sales"),
    ("GET", "/a/sales.csv"),
    ("GET", "/a/payouts.csv"),
    ("GET", "/a/sales/statement.csv"),
    ("GET", "/a/sales/{id}"),
    ("GET", "/a/clicks"),
    ("GET", "/a/assets"),
    ("GET", "/a/assets/kit.zip"),
    ("GET", "/a/assets/{id}/file"),
    ("GET", "/a/rewards"),
    ("POST", "/a/rewards/name"),
    ("GET", "/a/recruits"),
    ("GET", "/a/inquiries"),
    ("GET", "/a/inquiries/new"),
    ("POST", "/a/inquiries/new"),
    ("GET", "/a/settings"),
    ("POST", "/a/settings/{what}"),
    ("GET", "/a/payouts"),
    ("GET", "/a/payouts/{id}"),
    ("GET", "/a/payouts/{id}/receipt.pdf"),
    ("GET", "/a/payouts/year/{year}"),
    ("GET", "/a/payouts/year/{year}/statement.csv"),
    ("GET", "/a/payouts/year/{year}/statement.pdf"),
    ("GET", "/a/payouts/setup"),
    ("POST", "/a/payouts/setup/stripe"),
    ("GET", "/a/payouts/setup/go"),
    ("GET", "/a/payouts/setup/onboard"),
    ("GET", "/a/payouts/setup/return"),
    ("GET", "/a/payouts/setup/dashboard"),
    ("POST", "/a/payouts/setup/over"),
    ("POST", "/a/payouts/setup/method"),
    ("GET", "/a/enter"),
    ("POST", "/a/enter"),
    ("GET", "/a/link"),
    ("POST", "/a/link"),
    ("GET", "/a/link/sent"),
    ("GET", "/a/tax"),
    ("POST", "/a/tax/forms/{id}/file"),
    ("GET", "/a/tax/{kind}"),
    ("POST", "/a/tax/{kind}"),
    ("GET", "/a/tax/{kind}/upload"),
    ("POST", "/a/tax/{kind}/upload"),
    // Everybody may look at a program's page and apply.
    ("GET", "/p/{handle}"),
    ("POST", "/p/{handle}"),
    ("GET", "/p/{handle}/thanks"),
    ("GET", "/p/{handle}/style.css"),
    ("GET", "/p/{handle}/logo"),
    ("GET", "/p/{handle}/offer.json"),
    // And at the page of an affiliate who switched it on.
    ("GET", "/l/{handle}/{slug}"),
    // Creators sign in by emails.
    ("GET", "/network/join"),
    ("POST", "/network/join"),
    ("GET", "/network/join/sent"),
    ("GET", "/network/enter"),
    ("POST", "/network/enter"),
    ("POST", "/network/continue"),
    ("POST", "/network/leave"),
    ("GET", "/a/network/profile"),
    ("POST", "/a/network/profile"),
    ("POST", "/a/network/profile/channels"),
    ("POST", "/a/network/profile/channels/{channel}/verify"),
    ("POST", "/a/network/profile/channels/{channel}/remove"),
    ("GET", "/a/network/visibility"),
    ("POST", "/a/network/visibility/list"),
    ("POST", "/a/network/visibility/pause"),
    ("POST", "/a/network/visibility/choices"),
    ("POST", "/a/network/visibility/emails"),
    ("POST", "/a/network/visibility/hide"),
    ("POST", "/a/network/visibility/unhide"),
    ("GET", "/a/network/brands"),
    ("POST", "/a/network/brands/open"),
    ("GET", "/a/network/data"),
    ("GET", "/a/network/data/export"),
    ("POST", "/a/network/data/erase"),
    ("GET", "/a/network/apply/{handle}"),
    ("POST", "/a/network/apply/{handle}"),
    ("GET", "/a/network/applications"),
    ("GET", "/a/network/invitations"),
    ("POST", "/a/network/invitations/stop"),
    ("GET", "/a/network/contacts/{id}"),
    ("POST", "/a/network/contacts/{id}/{what}"),
    ("GET", "/a/network"),
    ("GET", "/a/network/send/{host}/{program}"),
    ("POST", "/a/network/send/{host}/{program}"),
    ("GET", "/a/network/applications/elsewhere"),
    ("POST", "/a/network/applications/elsewhere/{id}/withdraw"),
    // The network is there to be found by everybody.
    ("GET", "/network"),
    ("GET", "/network/{handle}"),
    ("GET", "/network/sitemap.xml"),
    // Other installations read what is listed anyway, and everybody finds what they list.
    ("GET", "/.well-known/rekomi-network"),
    ("GET", "/network/v1/programs"),
    ("GET", "/network/from/{host}/{program}"),
    // A message carries its sender's signature.
    ("POST", "/network/v1/inbox"),
    // An email's link says itself whose emails it ends.
    ("GET", "/unsubscribe/invitations/{token}"),
    ("POST", "/unsubscribe/invitations/{token}"),
    ("GET", "/unsubscribe/messages/{token}"),
    ("POST", "/unsubscribe/messages/{token}"),
    // A file's link says itself whom it is for.
    ("GET", "/files/{token}"),
    ("GET", "/assets/{version}/{name}"),
    // A color, and nothing of whose it is.
    ("GET", "/assets/brand/{name}"),
    // A logo that affiliates see.
    ("GET", "/assets/logo/{organization}"),
    // The same of an icon.
    ("GET", "/assets/icon/{name}"),
    ("GET", "/favicon.ico"),
];
/// Owners and admins only; what else stands under these is theirs too.
const CONFIGURE: &[&str] = &[
    "/dashboard/crms/new",
    "/dashboard/crms/{id}/disconnect",
    "/dashboard/crms/{id}/programs",
    "/dashboard/crms/{id}/reconnect",
    "/dashboard/crms/{id}/settings",
    "/dashboard/crms/{id}/switch",
    "/dashboard/crms/{id}/tags",
    "/dashboard/crms/{id}/test",
    "/dashboard/first-steps/host",
    "/dashboard/gateways",
    "/dashboard/payouts/accounts/{id}/details",
    "/dashboard/payouts/connection",
    "/dashboard/programs/{id}/sub-affiliates",
    "/dashboard/payouts/tax/forms/{id}",
    "/dashboard/payouts/tax/{year}/1099-nec.csv",
    "/dashboard/payouts/settings",
    "/dashboard/settings",
    "/dashboard/test-mode",
];
/// Of these, what managers do too.
const OPERATE: &[&str] = &["/dashboard/crms/{id}/resync"];
/// What every member has for themselves: views of lists, which only those who operate may share (`tests/dashboard/views.rs`),
/// a token that undoes what they did, with the right that they have by then (`tests/dashboard/undo.rs`), and conversations
/// with the co-pilot, which does what they may (`tests/dashboard/copilot.rs`).
const OWN: &[&str] = &[
    "/dashboard/copilot",
    "/dashboard/copilot/delete-all",
    "/dashboard/copilot/{id}",
    "/dashboard/copilot/{id}/delete",
    "/dashboard/views",
    "/dashboard/views/{id}/delete",
    "/dashboard/undo/{token}",
    "/dashboard/settings/connected-apps/{id}/disconnect",
];
/// Reads that ask for more than looking.
const CONFIGURE_TO_READ: &[&str] =
    &["/dashboard/settings/audit-log/export", "/dashboard/settings/billing", "/dashboard/settings/export"];
/// Reads that viewers may not.
const OPERATE_TO_READ: &[&str] =
    &["/dashboard/confirm", "/dashboard/confirm/{id}", "/dashboard/copilot/plan", "/dashboard/payouts/tax/forms/{id}"];
/// A person's own, whatever they may in an organization. May only shrink.
const PERSONAL: &[&str] = &[
    "/dashboard/organizations",
    "/dashboard/organizations/new",
    "/dashboard/organizations/undo",
    "/dashboard/settings/team/leave",
];

fn routes() -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    for route in ROUTER.split(".route(").skip(1) {
        let path = route.split('"').nth(1).expect("a path");
        let handlers = &route[path.len() + 2..];
        if handlers.contains("get(") {
            found.push(("GET", path));
        }
        if handlers.contains("post(") {
            found.push(("POST", path));
        }
    }
    assert!(found.len() >= 70, "{found:?}");
    found
}

fn nowhere(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect::<Vec<_>>().join("/")
}

async fn ask(marketer: &mut Marketer, method: &str, path: &str, organization: &str) -> Response {
    let target = nowhere(path);
    match method {
        // Its answer never ends.
        "GET" if path == "/dashboard/events" => {
            marketer.browser.send(Request::new("HEAD", &format!("{target}?organization={organization}"))).await
        }
        "GET" => marketer.browser.get(&format!("{target}?organization={organization}")).await,
        _ => marketer.submit(&target, &[("organization", organization)]).await,
    }
}

fn to_login(response: &Response) -> bool {
    response.status == 401
        || (response.status == 303
            && response.header("location").is_some_and(|location| location.starts_with("/login")))
}

#[tokio::test]
async fn nobody_is_sent_to_sign_in() {
    let world = World::start().await;
    let organization = world.acme.organization.to_string();
    let mut open = Vec::new();
    for (method, path) in routes() {
        let mut nobody = Marketer::new(&world.ledger.base());
        let response = ask(&mut nobody, method, path, &organization).await;
        assert!(response.status < 500, "{method} {path}: {}", response.text());
        if !to_login(&response) {
            open.push((method, path));
        }
    }
    open.sort_unstable();
    let mut known = OPEN.to_vec();
    known.sort_unstable();
    assert_eq!(open, known, "a door that is open to everybody needs a line, and a reason");
    world.finish().await;
}

#[tokio::test]
async fn nothing_is_changed_from_another_site() {
    let world = World::start().await;
    for (method, path) in routes() {
        if method == "GET" {
            continue;
        }
        let mut owner = Marketer::new(&world.ledger.base());
        owner.sign_in(&world.demo["owner"]).await.expect_status(303);
        for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.test"), ("Origin", "null")] {
            let request = Request::post(&nowhere(path), "organization=x")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header(name, value);
            assert_eq!(owner.browser.send(request).await.status, 403, "{path} with {name}: {value}");
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn each_role_sees_all_and_changes_what_it_may() {
    let world = World::start().await;
    let own = world.acme.organization.to_string();
    let theirs = world.globex.organization.to_string();
    let mut wrong = Vec::new();
    for role in ["viewer", "manager"] {
        let mut marketer = person(&world, &world.acme, role).await;
        for (method, path) in routes() {
            if !path.starts_with("/dashboard") || PERSONAL.contains(&path) || OPEN.contains(&(method, path)) {
                continue;
            }
            let response = ask(&mut marketer, method, path, &own).await;
            let refused = response.status == 403;
            let configures = CONFIGURE.iter().any(|start| path.starts_with(start)) && !OPERATE.contains(&path);
            let unread = method == "GET" && role == "viewer" && OPERATE_TO_READ.contains(&path);
            let shut = CONFIGURE_TO_READ.contains(&path)
                || unread
                || method == "POST" && (role == "viewer" || configures) && !OWN.contains(&path);
            if refused != shut || response.status >= 500 {
                wrong.push(format!("{method} {path} as {role}: {}", response.status));
            }
            let response = ask(&mut marketer, method, path, &theirs).await;
            if response.status != 404 {
                wrong.push(format!("{method} {path} of another organization as {role}: {}", response.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    world.finish().await;
}
