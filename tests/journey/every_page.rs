//! Goal: every page that a brand, an affiliate and a creator can open is sound: no serious finding of axe-core, nothing wider than
//! the window, no complaint of the browser, less than 100 KB of HTML; on a wide screen and at a phone's width, in light
//! and in dark.
//! Method: a real Chromium (`tests/pages/walk.mjs`) opens each page that the router lists, with the demo's data.

use std::process::Command;

use serde_json::json;
use world::{
    World,
    billing_fixture::BillingFixture,
    client::{
        dashboard::Marketer,
        mailbox::{link, token},
    },
    copilot_fixture::{PLACE, ask, connected},
    fakes::{
        FakeServer,
        model::{Model, Say},
    },
    http::Request,
    mcp_fixture::{Assistant, connect},
    organization_fixture::owner,
    settings,
};

/// Routes under GET that are no page of their own, each with its reason.
const NO_PAGES: &[(&str, &str)] = &[
    ("/", "leads on"),
    ("/verify", "needs an email's token"),
    ("/reset", "needs an email's token"),
    ("/account/email/confirm", "needs an email's token"),
    ("/signup/sent", "is shown after a form"),
    ("/forgot/sent", "is shown after a form"),
    ("/login", "is looked at before signing in"),
    ("/login/code", "needs a sign-in that has begun"),
    ("/signup", "is looked at before signing in"),
    ("/forgot", "is looked at before signing in"),
    ("/oauth/authorize", "needs an app's request"),
    ("/status", "is looked at before signing in"),
    ("/security", "is looked at before signing in"),
    ("/a/link", "is looked at before signing in"),
    ("/a/link/sent", "is shown after a form"),
    ("/a/enter", "needs an email's token"),
    ("/a/open", "leads on"),
    ("/a/payouts/setup/go", "leads to Stripe"),
    ("/a/payouts/setup/onboard", "leads to Stripe"),
    ("/a/payouts/setup/return", "comes from Stripe"),
    ("/a/payouts/setup/dashboard", "leads to Stripe"),
    ("/dashboard/events", "never ends"),
    ("/dashboard/live", "is a part of a page"),
    ("/dashboard/palette.json", "is data for a script"),
    ("/dashboard/pick.json", "is data for a script"),
    ("/dashboard/search.json", "is data for a script"),
    ("/dashboard/gateways/live", "is a part of a page"),
    ("/dashboard/settings/link-hosts/live", "is a part of a page"),
    ("/dashboard/copilot/export", "is a file"),
    ("/dashboard/settings/export", "is a file"),
    ("/dashboard/settings/audit-log/export", "is a file"),
    ("/favicon.ico", "is a picture"),
    ("/a/links/qr.svg", "is a picture"),
    ("/a/links/qr.png", "is a picture"),
    ("/a/assets/kit.zip", "is a file"),
    ("/a/sw.js", "is a script"),
    ("/network/sitemap.xml", "is a file"),
    ("/network/join", "is looked at before signing in"),
    ("/network/join/sent", "is shown after a form"),
    ("/network/enter", "needs an email's token"),
    ("/network/v1/programs", "is data for installations"),
    ("/.well-known/rekomi-network", "is data for installations"),
    ("/a/network/data/export", "is a file"),
    ("/a/manifest.webmanifest", "is data for a browser"),
];

fn pages() -> Vec<String> {
    let source = settings::router_source(true);
    let mut found = Vec::new();
    for route in source.split(".route(").skip(1) {
        let path = route.split('"').nth(1).expect("a path");
        let is_page = route.contains("get(") && !path.contains('{') && !path.ends_with(".csv");
        let leads_back = route.contains("privacy::page::back");
        if is_page && !leads_back && !NO_PAGES.iter().any(|(other, _)| *other == path) {
            found.push(path.to_owned());
        }
    }
    assert!(found.len() > 24, "{found:?}");
    found
}

/// The page where a person decides about an app on their own device.
async fn authorization(base: &str) -> String {
    let app = json!({"client_name": "Claude", "redirect_uris": ["http://127.0.0.1/cb"]}).to_string();
    let made = Request::post("/oauth/register", app).send(base).await.unwrap().expect_status(201).json();
    format!(
        "/oauth/authorize?response_type=code&client_id={}&redirect_uri=http://127.0.0.1:4000/cb&scope=rekomi:write\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        made["client_id"].as_str().unwrap()
    )
}

/// The page where a person confirms what an assistant requested.
async fn confirmation(world: &World) -> String {
    let (_, token) = connect(world, &mut owner(world).await, "Helper", "change").await;
    let gift = json!({"id": world.acme.partner.affiliate.to_string(), "programId": world.acme.program.to_string(),
                      "amountCents": 5_000, "currency": "USD", "reason": "for the launch"});
    Assistant::new(world.ledger.base(), &token).to_confirm("give_bonus", gift).await
}

/// A conversation with the co-pilot that has a table and a card.
async fn conversation(world: &World, fake: &FakeServer<Model>) -> String {
    let partner = world.acme.partner.affiliate.to_string();
    fake.say([
        Say::Calls("Let me look.".to_owned(), vec![("open_tools".to_owned(), json!({"set": "people"}))]),
        Say::call("list_affiliates", json!({})),
        Say::call("change_affiliate", json!({"id": partner, "name": "Mia Sato-Berg"})),
        Say::text(
            "## Done\n\n| Who | Earned |\n|---|---|\n| Mia | `$19.80` |\n\n- Confirm the **card**.\n\n```\ncode\n```",
        ),
    ]);
    ask(world, &mut owner(world).await, PLACE, "Rename our partner").await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_whole_in_both_colors_and_at_both_widths() {
    // With billing, whose page exists only then.
    let fixture = BillingFixture::trialing().await;
    let world = &fixture.world;
    let (base, text) =
        (world.ledger.base(), |who: &str, field: &str| world.demo[who][field].as_str().unwrap().to_owned());
    let affiliate = text("affiliate", "email");
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", &affiliate)]).await.expect_status(303);
    let entry = format!("{base}/a/enter?token={}", token(&link(&base, &affiliate, "affiliate_link").await));
    let mut paths = pages();
    let page = format!("/dashboard/programs/{}/page", world.acme.program);
    paths.extend([format!("{page}/preview"), page, "/p/acme".to_owned(), "/p/acme/thanks".to_owned()]);
    let program = format!("/dashboard/programs/{}", world.acme.program);
    let of_program = [
        "",
        "/plan",
        "/plan/edit",
        "/simulate",
        "/links",
        "/coupons",
        "/discount",
        "/tracking",
        "/sub-affiliates",
        "/network",
    ];
    paths.extend(of_program.map(|page| format!("{program}{page}")));
    for (list, place) in [
        ("commissions", "/dashboard/commissions"),
        ("conversions", "/dashboard/conversions"),
        ("customers", "/dashboard/customers"),
        ("affiliates", "/dashboard/affiliates"),
    ] {
        let found = world.api().all(&format!("/{list}")).await;
        paths.extend(found.first().map(|one| format!("{place}/{}", one["id"].as_str().unwrap())));
    }
    let partner = world.acme.partner.affiliate.to_string();
    paths.push(format!("/dashboard/affiliates/{partner}/statement"));
    paths.push("/dashboard/settings/emails/affiliate_invited?lang=de".to_owned());
    paths.push(authorization(&base).await);
    paths.push(confirmation(world).await);
    let fake = connected(world, "anthropic", "figures").await;
    paths.push(conversation(world, &fake).await);
    let may_ask = "insert into portal_assistants (organization_id, enabled, tokens_per_affiliate, tokens_per_day, changed_by, changed_at)
                   select organization_id, true, 20000, 200000, 'system', now() from copilot_connections";
    world.database.run(may_ask).await;
    let pictures = settings::folder();
    let walk = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/walk.mjs"))
        .args([&base, &text("owner", "email"), &text("owner", "password"), &entry])
        .arg(&pictures)
        .args(&paths)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .output()
        .unwrap();
    let message = format!("{}{}", String::from_utf8_lossy(&walk.stdout), String::from_utf8_lossy(&walk.stderr));
    assert!(walk.status.success(), "pictures in {}:\n{message}", pictures.display());
    fixture.finish().await;
}
