//! Goal: when an affiliate's email address changes, their contact gets the new one where the CRM can, and else none stays
//! behind that looks like an affiliate, unless another affiliate has its address by then. An applicant doesn't count. A deletion
//! leaves no contact under either address.
//! Method: Brevo and Mailchimp, whose APIs can change an address, the latter in each audience, and Loops and Keap, where the
//! old contact is marked; the address is changed by the API, and changed back.

use serde_json::{Value, json};
use world::{
    crm_fixture::{ConnectedCrm, CrmFixture, text},
    wait,
};

const OLD: &str = "mara@creators.test";
const NEW: &str = "van-vale@creators.test";

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_leaves_no_affiliate_behind() {
    let fixture = CrmFixture::of(&["brevo", "mailchimp", "loops"]).await;
    let loops = fixture.crm("loops");
    let affiliate = fixture.approve_once("Lauren Vale", OLD).await;
    fixture.arrive(&affiliate).await;
    for (from, to) in [(OLD, NEW), (NEW, OLD)] {
        let path = format!("/affiliates/{affiliate}");
        fixture.api().patch(&path, &json!({"email": to})).await.expect_status(200);
        wait::until("the old contact to be marked", 30, async || {
            let syncs = fixture.syncs(loops, &affiliate).await;
            let marked = loops.contact(from).is_some_and(|contact| !contact.tags.contains("Rekomi affiliate"));
            (marked && syncs.iter().all(|sync| sync["finishedAt"].is_string())).then_some(())
        })
        .await;
        loops.holds_tags(to);
        assert_eq!(loops.contact(from).unwrap().status.as_deref(), Some("left"));
        let retired: Vec<_> = fixture.syncs(loops, &affiliate).await;
        assert!(retired.iter().any(|sync| sync["task"] == "retire" && sync["state"] == "Succeeded"), "{retired:?}");
        for mover in ["brevo", "mailchimp"].map(|slug| fixture.crm(slug)) {
            wait::until("the contact to move", 30, async || mover.contact(to).map(|_| ())).await;
            wait::until("its sync to end", 30, async || {
                let syncs = fixture.syncs(mover, &affiliate).await;
                syncs.iter().all(|sync| sync["finishedAt"].is_string()).then_some(())
            })
            .await;
            mover.holds_tags(to);
            assert_eq!(mover.contact(from), None, "{mover:?}");
            assert_eq!(mover.vendor.with(|crm| crm.contacts()), 1, "{mover:?}");
            let syncs = fixture.syncs(mover, &affiliate).await;
            assert!(syncs.iter().all(|sync| sync["task"] == "sync"), "nothing is left behind: {syncs:?}");
        }
    }
    fixture.finish().await;
}

/// An affiliate who is in the CRM and gets another address. The change waits until the connection is active again, so
/// that someone else can have the old one before its contact's turn comes.
async fn move_while_disabled(fixture: &CrmFixture, crm: &ConnectedCrm) -> String {
    let moved = fixture.approve_once("Lauren Vale", OLD).await;
    fixture.arrive(&moved).await;
    set_status(fixture, crm, "disabled").await;
    fixture.api().patch(&format!("/affiliates/{moved}"), &json!({"email": NEW})).await.expect_status(200);
    moved
}

async fn set_status(fixture: &CrmFixture, crm: &ConnectedCrm, status: &str) {
    let connection = format!("/connections/{}", crm.connection);
    fixture.api().patch(&connection, &json!({"status": status})).await.expect_status(200);
}

/// The sync of the contact that was left behind, once it has ended.
async fn retired(fixture: &CrmFixture, crm: &ConnectedCrm, moved: &str) -> Value {
    wait::until("the old contact's sync to end", 30, async || {
        let syncs = fixture.syncs(crm, moved).await;
        syncs.into_iter().find(|sync| sync["task"] == "retire" && sync["finishedAt"].is_string())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_address_that_another_affiliate_has_is_not_marked_as_former() {
    let fixture = CrmFixture::of(&["loops"]).await;
    let crm = fixture.crm("loops");
    let moved = move_while_disabled(&fixture, crm).await;
    let other = fixture.approve_once("Mara Dale", OLD).await;
    set_status(&fixture, crm, "active").await;
    fixture.arrive(&other).await;
    let retired = retired(&fixture, crm, &moved).await;
    assert_eq!((&retired["state"], &retired["code"]), (&json!("Failed"), &json!("superseded")), "{retired}");
    for email in [OLD, NEW] {
        assert_eq!(crm.holds_tags(email).status.as_deref(), Some("approved"), "{email}");
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_address_that_only_an_applicant_has_is_marked_as_former() {
    let fixture = CrmFixture::of(&["loops"]).await;
    let crm = fixture.crm("loops");
    let moved = move_while_disabled(&fixture, crm).await;
    let applicant = json!({"name": "Mara Dale", "email": OLD, "status": "Pending"});
    let applicant = text(&fixture.api().post("/affiliates", &applicant).await.expect_status(201).json()["id"]);
    set_status(&fixture, crm, "active").await;
    let retired = retired(&fixture, crm, &moved).await;
    assert_eq!(retired["state"], "Succeeded", "{retired}");
    let former = crm.contact(OLD).unwrap();
    assert_eq!(former.status.as_deref(), Some("left"));
    assert!(!former.tags.contains("Rekomi affiliate"), "{:?}", former.tags);
    assert_eq!(crm.holds_tags(NEW).status.as_deref(), Some("approved"));
    assert!(fixture.syncs(crm, &applicant).await.is_empty(), "no other sync would do it");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_is_left_behind_loses_what_a_failed_sync_added() {
    let fixture = CrmFixture::of(&["keap"]).await;
    let crm = fixture.crm("keap");
    let affiliate = fixture.approve_once("Lauren Vale", OLD).await;
    fixture.arrive(&affiliate).await;
    // As if only a later sync, which then failed, had added this tag.
    for change in [
        "insert into crm_syncs (organization_id, id, connection_id, affiliate_id, task, reason, state, tags, created_at,
                                finished_at)
         select organization_id, gen_random_uuid(), connection_id, affiliate_id, 'sync', 'changed', 'Failed',
                array['partners'], now(), now() from crm_contacts",
        "update crm_contacts set tags = array_remove(tags, 'partners')",
        "update crm_connections set tags = array_remove(tags, 'partners')",
    ] {
        fixture.world.database.run(change).await;
    }
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"email": NEW})).await.expect_status(200);
    let retired = retired(&fixture, crm, &affiliate).await;
    assert_eq!(retired["state"], "Succeeded", "{retired}");
    let tags = crm.contact(OLD).unwrap().tags;
    assert!(tags.contains("Rekomi former affiliate") && !tags.contains("partners"), "{tags:?}");
    fixture.finish().await;
}

fn forget(crm: &ConnectedCrm, affiliate: &str) -> Value {
    json!({"connectionId": crm.connection, "affiliateId": affiliate, "task": "forget", "confirm": NEW})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_finds_a_contact_whose_new_address_never_arrived() {
    let fixture = CrmFixture::of(&["brevo", "loops"]).await;
    let affiliate = fixture.approve_once("Lauren Vale", OLD).await;
    fixture.arrive(&affiliate).await;
    let set = async |status: &str| {
        fixture.world.database.run(&format!("update crm_connections set status = '{status}'")).await;
    };
    set("paused").await;
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"email": NEW})).await.expect_status(200);
    for crm in &fixture.crms {
        let answer = fixture.api().post("/syncs", &forget(crm, &affiliate)).await.expect_status(202).json();
        let again = fixture.api().post("/syncs", &forget(crm, &affiliate)).await.json();
        assert_eq!(again["id"], answer["id"], "one deletion is open");
    }
    set("active").await;
    fixture.arrive(&affiliate).await;
    for crm in &fixture.crms {
        assert_eq!((crm.contact(OLD), crm.contact(NEW)), (None, None), "{crm:?}");
        let syncs = fixture.syncs(crm, &affiliate).await;
        let deletions: Vec<_> = syncs.iter().filter(|sync| sync["task"] == "forget").collect();
        assert!(deletions.len() == 2 && deletions.iter().all(|sync| sync["state"] == "Succeeded"), "{syncs:?}");
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_finds_a_contact_that_was_left_behind_long_ago() {
    let fixture = CrmFixture::of(&["loops"]).await;
    let crm = fixture.crm("loops");
    let affiliate = fixture.approve_once("Lauren Vale", OLD).await;
    fixture.arrive(&affiliate).await;
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"email": NEW})).await.expect_status(200);
    retired(&fixture, crm, &affiliate).await;
    assert!(crm.contact(OLD).is_some() && crm.contact(NEW).is_some());
    // As after 90 days.
    fixture.world.database.run("delete from crm_syncs").await;
    fixture.api().post("/syncs", &forget(crm, &affiliate)).await.expect_status(202);
    fixture.arrive(&affiliate).await;
    assert_eq!((crm.contact(OLD), crm.contact(NEW)), (None, None));
    fixture.finish().await;
}
