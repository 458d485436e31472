//! Goal: a brand writes its program's listing on the dashboard, submits it, and hides it again.
//! Method: an owner's browser sends the forms as the page has them, rightly and wrongly; a viewer reads and changes nothing.
//! Routes: `/dashboard/programs/{id}/network`

use super::Fixture;

#[tokio::test]
async fn a_listing_is_written_and_submitted() {
    let mut fixture = Fixture::alone().await;
    let page = fixture.page("/network").await;
    for part in
        ["The listing has no topic.", "Only your team can see it.", "20% of every", "Save and submit for approval"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let place = format!("/dashboard/programs/{}/network", fixture.program);
    let organization = fixture.organization.clone();
    let form = |title, topic, action| {
        [
            ("organization", organization.as_str()),
            ("title", title),
            ("summary", "Tables that answer."),
            ("topics", topic),
            ("countries", "DE"),
            ("countries", "FR"),
            ("audienceMin", "From10k"),
            ("sharesFigures", "yes"),
            ("do", action),
        ]
    };
    let refused = fixture.owner.submit(&place, &form("", "Nonsense", "save")).await.expect_status(400).text();
    assert!(refused.contains("There are 2 problems") && refused.contains("Tables that answer."), "{refused}");
    fixture.owner.submit(&place, &form("Acme", "Ai", "save")).await.expect_status(303);
    let saved = fixture.page("/network?done=saved").await;
    for part in ["Saved.", "value=\"Ai\" checked", "value=\"FR\" selected", "value=\"From10k\" selected"] {
        assert!(saved.contains(part), "{part}: {saved}");
    }
    fixture.owner.submit(&place, &form("Acme", "Ai", "submit")).await.expect_status(303);
    let submitted = fixture.page("/network").await;
    assert!(submitted.contains("In review") && !submitted.contains("Save and submit"), "{submitted}");
    let withdraw = [("organization", organization.as_str()), ("do", "withdraw")];
    fixture.owner.submit(&place, &withdraw).await.expect_status(303);
    assert!(fixture.page("/network").await.contains("Only your team can see it."));

    let pause = [("organization", organization.as_str()), ("do", "pause")];
    let refused = fixture.owner.submit(&place, &pause).await.expect_status(409).text();
    assert!(refused.contains("The listing is Draft"), "{refused}");
    let theirs = format!("/dashboard/programs/{}/network", fixture.world.globex.program);
    fixture.owner.browser.get(&format!("{theirs}?organization={organization}")).await.expect_status(404);
    fixture.owner.submit(&theirs, &form("Stolen", "Ai", "save")).await.expect_status(404);
    fixture.world.database.run("set session_replication_role = replica; update memberships set role = 'viewer'").await;
    fixture.owner.submit(&place, &form("Acme", "Ai", "save")).await.expect_status(403);
    let viewer = fixture.page("/network").await;
    assert!(viewer.contains("fieldset class=\"plain stack\" disabled") && !viewer.contains("Save changes"), "{viewer}");
    fixture.world.finish().await;
}
