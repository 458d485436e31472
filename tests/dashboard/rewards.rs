//! Goal: a brand creates each kind of reward with a form, sees its mistakes, changes what can change, and archives it.
//! Method: the demo's owner uses the pages; another organization's reward isn't there.
//! Routes: `/dashboard/rewards` `/dashboard/rewards/new` `/dashboard/rewards/{id}` `/dashboard/rewards/{id}/archive`
//! Elsewhere: tests/portal/rewards.rs: `/dashboard/rewards/leaderboards`, `/dashboard/rewards/review`
//! Elsewhere: tests/portal/rewards.rs: `/dashboard/rewards/claims/{id}`, `/dashboard/rewards/claims/{id}/file`

use world::{World, client::dashboard::Marketer};

#[tokio::test(flavor = "multi_thread")]
async fn a_reward_is_created_changed_and_archived() {
    let world = World::shared().await;
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let mut brand = Marketer::new(&world.ledger.base());
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let list = format!("/dashboard/rewards?organization={organization}");
    assert!(brand.browser.get(&list).await.expect_status(200).text().contains("No rewards yet."));
    for kind in ["Milestone", "Contest", "Bounty"] {
        let form = format!("/dashboard/rewards/new?organization={organization}&kind={kind}");
        let page = brand.browser.get(&form).await.expect_status(200).text();
        // Its script shows what the chosen prize needs.
        assert!(page.contains("<fieldset class=\"plain stack\" data-with=\"prize=Rate\">"), "{page}");
    }
    let whole = [
        ("organization", organization.as_str()),
        ("kind", "Milestone"),
        ("programId", program.as_str()),
        ("title", "Ten sales"),
        ("metric", "Sales"),
        ("goal", "10"),
        ("prize", "Bonus"),
        ("amounts", "50.00"),
        ("currency", "USD"),
        ("repeats", "Month"),
    ];
    let refused = brand.submit("/dashboard/rewards/new", &whole[..4]).await.expect_status(400).text();
    assert!(refused.contains("Ten sales") && refused.contains("metric-problem"), "{refused}");
    let made = brand.submit("/dashboard/rewards/new", &whole).await.expect_status(303);
    let path = made.header("location").unwrap().to_owned();
    let shown = brand.browser.get(&path).await.expect_status(200).text();
    assert!(shown.contains("10 sales") && shown.contains("$50.00"), "{shown}");
    let page = path.split('?').next().unwrap().to_owned();
    let own = ("organization", organization.as_str());
    brand.submit(&page, &[own, ("title", ""), ("budgetCents", "x")]).await.expect_status(400);
    brand.submit(&page, &[own, ("title", "Ten big sales"), ("budgetCents", "1,000")]).await.expect_status(303);
    assert!(brand.browser.get(&list).await.text().contains("Ten big sales"));
    let theirs = world.globex.organization.to_string();
    brand.submit(&page, &[("organization", &theirs), ("title", "Mine")]).await.expect_status(404);
    brand.submit(&format!("{page}/archive"), &[own]).await.expect_status(303);
    assert!(brand.browser.get(&list).await.text().contains("No rewards yet."));
    world.finish().await;
}
