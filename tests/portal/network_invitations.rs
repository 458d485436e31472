//! Goal: an invitation can be accepted for as long as it says, also while its brand pauses the listing or a change of it is
//! in review; no one else can apply then, and what the operator hides stays hidden.
//! Method: the brand lists, changes and pauses its program by API, the operator decides on their page, and creators answer
//! in browsers of their own.

use serde_json::json;
use world::{World, client::dashboard::Marketer, network_fixture as network};

use crate::fixture::page;

const APPLY: &str = "/a/network/apply/acme";
const FORM: [(&str, &str); 4] =
    [("f_name", "Known Name"), ("f_website", "site.blog"), ("terms", "yes"), ("terms_version", "1")];

/// Acme saves its listing, which then has this status.
async fn save(world: &World, summary: &str, status: &str) {
    let texts = json!({"title": "Partners", "summary": summary, "topics": ["Developers"], "searchesCreators": true});
    let path = format!("/programs/{}/network-listing", world.acme.program);
    let saved = network::put(&world.api(), &path, &texts).await.expect_status(200).json();
    assert_eq!(saved["status"], status, "{saved}");
}

/// Acme does something with its listing, which then has this status.
async fn has_after(world: &World, step: &str, status: &str) {
    let path = format!("/programs/{}/network-listing/{step}", world.acme.program);
    let listing = world.api().post(&path, &json!({})).await.expect_status(200).json();
    assert_eq!(listing["status"], status, "{listing}");
}

/// The affiliate that the creator became by accepting.
async fn joined(world: &World, creator: &str) -> String {
    let found = world.api().all(&format!("/network/contacts?creatorId={creator}")).await;
    assert!(found.len() == 1 && found[0]["status"] == "Joined", "{found:?}");
    found[0]["affiliateId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_outlasts_a_pause_and_a_review() {
    let world = World::start().await;
    let mut operator = Marketer::new(&world.ledger.base());
    operator.sign_in(&world.demo["owner"]).await.expect_status(303);
    save(&world, "Tools for small shops.", "Draft").await;
    has_after(&world, "submit", "Submitted").await;
    network::approve(&world.acme, &mut operator).await.expect_status(303);
    let (mut nina, reviewed) = network::creator(&world, "Nina Berg").await;
    let (mut cleo, paused) = network::creator(&world, "Cleo Ray").await;
    let (mut dora, suspended) = network::creator(&world, "Dora Lind").await;
    let (mut ben, _) = network::creator(&world, "Ben Ode").await;
    for creator in [&reviewed, &paused, &suspended] {
        network::invite(&world, creator).await.expect_status(201);
    }

    save(&world, "Tools for little shops.", "Submitted").await;
    ben.browser.get(APPLY).await.expect_status(404);
    ben.submit(APPLY, &FORM).await.expect_status(404);
    let own = page(&mut nina, "/a/network/invitations").await;
    assert!(own.contains(APPLY) && !own.contains("href=\"/network/acme\""), "{own}");
    nina.browser.get(APPLY).await.expect_status(200);
    nina.submit(APPLY, &FORM).await.expect_status(303);
    let affiliate = joined(&world, &reviewed).await;
    let terms = world.api().all(&format!("/consents?affiliateId={affiliate}")).await;
    let evidence = terms[0]["evidence"].as_str().unwrap();
    assert!(
        terms.len() == 1 && evidence.contains("when applying to") && evidence.ends_with(" in the network"),
        "{terms:?}"
    );

    network::approve(&world.acme, &mut operator).await.expect_status(303);
    has_after(&world, "pause", "Paused").await;
    ben.submit(APPLY, &FORM).await.expect_status(404);
    cleo.submit(APPLY, &FORM).await.expect_status(303);
    joined(&world, &paused).await;

    // What the operator hides stays so until they approve it.
    has_after(&world, "submit", "Listed").await;
    let pause = format!("/network/operator/{}/{}/pause", world.acme.organization, world.acme.program);
    operator.submit(&pause, &[("reason", "Creators complained.")]).await.expect_status(303);
    for step in [None, Some("submit")] {
        if let Some(step) = step {
            has_after(&world, step, "Submitted").await;
        }
        let own = page(&mut dora, "/a/network/invitations").await;
        assert!(own.contains("You can’t accept right now") && !own.contains(APPLY), "{own}");
        dora.submit(APPLY, &FORM).await.expect_status(404);
    }
    network::approve(&world.acme, &mut operator).await.expect_status(303);
    dora.submit(APPLY, &FORM).await.expect_status(303);
    joined(&world, &suspended).await;
    world.finish().await;
}
