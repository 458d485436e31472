//! Goal: where a program approves applicants itself, the confirmation of their email address puts them into the CRM within
//! seconds, and without it a CRM gets nothing: nobody signs up someone else's address.
//! Method: an application on the program's page. Its sync is compared with the approval, transaction by transaction, while the
//! connection rests; then the connection works, and the clock doesn't move.

use std::time::Instant;

use serde_json::json;
use world::{
    client::{dashboard::Marketer, mailbox},
    crm_fixture::{CrmFixture, text},
    program_page_fixture::{affiliates, fresh},
    wait,
};

const EMAIL: &str = "ada@creators.test";

#[tokio::test(flavor = "multi_thread")]
async fn who_confirms_their_address_is_in_the_crm_and_nobody_else() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let (world, crm) = (&fixture.world, fixture.crm("activecampaign"));
    let program = format!("/programs/{}", world.acme.program);
    let changed = fixture.api().patch(&program, &json!({"autoApprove": true})).await.expect_status(200).json();
    assert_eq!(changed["autoApprove"], true);
    let mut visitor = Marketer::new(&world.ledger.base());
    let token = fresh(&mut visitor, "acme").await;
    let sent = [("shown", token.as_str()), ("f_email", EMAIL), ("f_name", "Ada Moss"), ("terms", "yes")];
    visitor.submit("/p/acme", &sent).await.expect_status(303);
    let email = mailbox::read_email(&world.ledger.base(), EMAIL, "application_confirm").await;
    let ada = affiliates(world, EMAIL).await.remove(0);
    let id = text(&ada["id"]);
    assert_eq!(ada["status"], "Pending");
    // Everyone is synced anew, but not an address that anybody could have typed.
    let resync = format!("/connections/{}/resync", crm.connection);
    fixture.api().post(&resync, &json!({})).await.expect_status(202);
    world.ledger.run_jobs().await;
    assert!(crm.contact(EMAIL).is_none() && fixture.syncs(crm, &id).await.is_empty());

    world.database.run("update crm_connections set status = 'paused'").await;
    let link = email["links"].as_array().unwrap().iter().find_map(|link| link.as_str()?.split_once("/a/enter?token="));
    visitor.submit("/a/enter", &[("token", link.unwrap().1)]).await.expect_status(303);
    assert_eq!(affiliates(world, EMAIL).await[0]["status"], "Approved");
    let together = "select count(*) from crm_syncs s
                    join affiliate_statuses t using (organization_id, affiliate_id)
                    where s.xmin::text = t.xmin::text and t.status = 'Approved' and s.reason = 'approved'
                      and s.state = 'Queued' and s.next_at <= now()";
    assert_eq!(world.database.count(together).await, 1, "queued by the transaction that approved them, and due");
    world.database.run("update crm_connections set status = 'active'").await;
    let started = Instant::now();
    fixture.arrive(&id).await;
    assert!(started.elapsed() < wait::patience(30), "{:?}", started.elapsed());
    assert_eq!(crm.holds(EMAIL).first_name.as_deref(), Some("Ada"));
    assert_eq!(fixture.syncs(crm, &id).await.len(), 1);
    fixture.finish().await;
}
