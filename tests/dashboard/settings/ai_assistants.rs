//! Goal: owners connect and disconnect AI assistants without a script; a form that is sent twice connects one; everyone
//! else only reads; and those who may confirm what assistants request find where.
//! Method: a browser that follows links and posts forms.
//! Routes: `/dashboard/settings/ai-assistants/{id}/disconnect`, `/dashboard/confirm`

use world::{World, client::mailbox::read_email, organization_fixture::owner};

const PLACE: &str = "/dashboard/settings/ai-assistants";

/// The value of the field with this mark.
fn value(page: &str, mark: &str) -> String {
    let after = page.split_once(mark).unwrap_or_else(|| panic!("{mark}: {page}")).1;
    after.split_once("value=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn connected_and_disconnected_by_hand() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let page = owner.browser.get(PLACE).await.expect_status(200).text();
    assert!(
        page.contains("aria-current=\"page\">AI assistants") && page.contains("No assistants connected."),
        "{page}"
    );
    assert!(page.contains("value=\"read\" checked"), "the least is chosen: {page}");
    let list = format!("/dashboard/confirm?organization={organization}");
    assert!(page.contains(&format!("href=\"{list}\"")), "{page}");
    assert!(owner.browser.get(&list).await.expect_status(200).text().contains("Nothing to confirm."));
    let id = value(&page, "name=\"id\"");
    let form = |name, access| {
        [("organization", organization.as_str()), ("id", id.as_str()), ("name", name), ("access", access)]
    };
    let refused = owner.submit(PLACE, &form(" ", "change")).await.expect_status(400).text();
    assert!(refused.contains("id=\"name-problem\"") && refused.contains("value=\"change\" checked"), "{refused}");
    let refused = owner.submit(PLACE, &form("Claude", "everything")).await.expect_status(400).text();
    assert!(refused.contains("id=\"access-problem\""), "{refused}");

    let made = owner.submit(PLACE, &form("Claude <1>", "change")).await.expect_status(200);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.text();
    assert!(made.contains("Claude &#60;1&#62;: copy the token now") && made.contains("claude mcp add"), "{made}");
    let token = value(&made, "id=\"token\"");
    assert!(token.starts_with("rk_mcp_") && token.len() == 50, "{token}");
    assert_eq!(world.database.count_emails("kind = 'api_key_created'").await, 1);
    let email = read_email(&world.ledger.base(), &world.own("owner@acme.test"), "api_key_created").await;
    assert_eq!(email["subject"], "AI assistant connected to Acme SaaS: Claude <1>");
    let again = owner.submit(PLACE, &form("Claude <1>", "change")).await.expect_status(409).text();
    assert!(again.contains("was already connected") && !again.contains(&token));
    let page = owner.browser.get(PLACE).await.text();
    assert!(!page.contains(&token) && page.contains(&token[..12]) && page.contains("Read and change"), "{page}");
    assert!(!owner.browser.get("/dashboard/settings/api-keys").await.text().contains(&token[..12]));

    // Ten at most.
    for number in 1..10 {
        let page = owner.browser.get(PLACE).await.text();
        let (id, name) = (value(&page, "name=\"id\""), format!("number {number}"));
        let form = [("organization", organization.as_str()), ("id", &id), ("name", &name), ("access", "read")];
        owner.submit(PLACE, &form).await.expect_status(200);
    }
    let page = owner.browser.get(PLACE).await.text();
    let last = value(&page, "name=\"id\"");
    let more = [("organization", organization.as_str()), ("id", &last), ("name", "one more"), ("access", "read")];
    assert!(owner.submit(PLACE, &more).await.expect_status(409).text().contains("At most 10"));
    let target = format!("{PLACE}/{id}/disconnect");
    owner.submit(&target, &[("organization", &organization)]).await.expect_status(303);
    assert!(owner.browser.get(PLACE).await.text().contains("1 disconnected"));
    owner.submit(PLACE, &more).await.expect_status(200);
    let log = owner.browser.get("/dashboard/settings/audit-log").await.expect_status(200).text();
    assert!(log.contains("disconnected") && log.contains("the AI assistant Claude &#60;1&#62;"), "{log}");

    // Others look.
    for role in ["admin", "manager"] {
        world.database.set_member_roles(role).await;
        let page = owner.browser.get(PLACE).await.expect_status(200).text();
        assert!(page.contains("number 9") && !page.contains("action=\"/dashboard/settings/ai-assistants"), "{page}");
        owner.submit(PLACE, &more).await.expect_status(403);
        owner.submit(&target, &[("organization", &organization)]).await.expect_status(403);
    }
    world.finish().await;
}
