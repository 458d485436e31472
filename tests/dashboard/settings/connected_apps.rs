//! Goal: people see the apps that act for them and disconnect them; owners do so for the whole team, and no one else.
//! Routes: `/dashboard/settings/connected-apps`, `/dashboard/settings/connected-apps/{id}/disconnect`
//! Method: apps are connected on the page that an app sends a person to; the list is read and its form is sent.

use serde_json::json;
use world::{World, client::dashboard::Marketer, http::Request, organization_fixture::owner, team_fixture};

const PLACE: &str = "/dashboard/settings/connected-apps";

async fn connect(world: &World, person: &mut Marketer, name: &str) {
    let body = json!({"client_name": name, "redirect_uris": ["https://app.test/cb"]}).to_string();
    let made = Request::post("/oauth/register", body).send(&world.ledger.base()).await.unwrap().json();
    let organization = world.acme.organization.to_string();
    let fields = [
        ("response_type", "code"),
        ("client_id", made["client_id"].as_str().unwrap()),
        ("redirect_uri", "https://app.test/cb"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("organization", organization.as_str()),
        ("decision", "allow"),
    ];
    person.submit("/oauth/authorize", &fields).await.expect_status(303);
}

/// The id of the app with that name.
fn id(page: &str, name: &str) -> String {
    let after = page.split_once(&format!("Disconnect {name}?")).unwrap_or_else(|| panic!("{name}: {page}")).1;
    let target = after.split_once("/dashboard/settings/connected-apps/").unwrap().1;
    target.split_once("/disconnect").unwrap().0.to_owned()
}

#[tokio::test]
async fn apps_are_listed_and_disconnected() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let empty = owner.browser.get(PLACE).await.expect_status(200).text();
    assert!(empty.contains("No apps connected.") && empty.contains("/mcp</code>"), "{empty}");
    let [hers, his] = ["ann@acme.test", "ben@acme.test"].map(|email| world.own(email));
    let mut ann = team_fixture::joined(&world, &mut owner, &hers, "viewer").await;
    let mut ben = team_fixture::joined(&world, &mut owner, &his, "admin").await;
    connect(&world, &mut ann, "Notes").await;
    connect(&world, &mut owner, "Claude").await;
    let page = ann.browser.get(PLACE).await.expect_status(200).text();
    assert!(page.contains("Notes") && page.contains("app.test") && !page.contains("Claude"), "{page}");
    let all = owner.browser.get(PLACE).await.expect_status(200).text();
    assert!(all.contains("Claude") && all.contains(&format!("by {hers}")), "{all}");
    assert!(ben.browser.get(PLACE).await.text().contains("No apps connected."), "an admin sees their own");

    let organization = world.acme.organization.to_string();
    let form = [("organization", organization.as_str())];
    let (notes, claude) = (format!("{PLACE}/{}/disconnect", id(&all, "Notes")), id(&all, "Claude"));
    ben.submit(&notes, &form).await.expect_status(404);
    ann.submit(&format!("{PLACE}/{claude}/disconnect"), &form).await.expect_status(404);
    ann.submit(&notes, &form).await.expect_status(303);
    assert!(ann.browser.get(PLACE).await.text().contains("No apps connected."));
    ann.submit(&notes, &form).await.expect_status(303);
    let ended = "select count(*) from audit_log where action = 'app.disconnected'";
    assert_eq!(world.database.count(ended).await, 1, "once more changes nothing");
    let foreign = world.globex.organization.to_string();
    let other = owner.submit(&format!("{PLACE}/{claude}/disconnect"), &[("organization", foreign.as_str())]).await;
    assert_eq!(other.status, 404);
    owner.submit(&format!("{PLACE}/{claude}/disconnect"), &form).await.expect_status(303);
    let log = owner.browser.get("/dashboard/settings/audit-log").await.expect_status(200).text();
    assert!(log.contains("the app Claude"), "{log}");
    world.finish().await;
}
