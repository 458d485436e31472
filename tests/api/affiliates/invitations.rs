//! Goal: open invitations are listed, sent again and cancelled by API, with the page's limits.
//! Method: the owner invites on the page; the key lists by pages, resends (`/affiliates/invitations/{id}/resend`) too early and
//! a day later, and cancels.

use serde_json::{Value, json};
use world::{
    World,
    client::mailbox::{read_email, read_emails},
    organization_fixture::{owner, pass_days},
};

const PLACE: &str = "/affiliates/invitations";

fn emails(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["email"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn open_invitations_by_api() {
    let world = World::start().await;
    let (api, base) = (world.api(), world.ledger.base());
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let mut owner = owner(&world).await;
    let form = [
        ("organization", organization.as_str()),
        ("program", program.as_str()),
        ("list", "ada@new.test\nben@new.test\ncleo@new.test"),
        ("note", "We met in Lisbon."),
        ("step", "send"),
    ];
    owner.submit("/dashboard/recruit", &form).await.expect_status(200);
    let open = api.all(PLACE).await;
    assert_eq!(open.len(), 3, "{open:?}");
    let ben = open.iter().find(|row| row["email"] == "ben@new.test").unwrap().clone();
    assert_eq!(
        (&ben["status"], &ben["emails"], &ben["note"]),
        (&json!("Open"), &json!(1), &json!("We met in Lisbon."))
    );
    assert_eq!(ben["programId"], json!(program));
    let first = api.get(&format!("{PLACE}?perPage=2")).await.expect_status(200).json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = api.get(&format!("{PLACE}?perPage=2&cursor={cursor}")).await.expect_status(200).json();
    let paged = [first["data"].as_array().unwrap().as_slice(), second["data"].as_array().unwrap()].concat();
    assert_eq!(emails(&paged), emails(&open));

    let own = format!("/affiliates/invitations/{}", ben["affiliateId"].as_str().unwrap());
    let early = api.post(&format!("{own}/resend"), &json!({})).await;
    assert!(early.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().unwrap() > 80_000));
    assert_eq!(early.refusal(), (429, "too_soon".to_owned()));
    pass_days(&world, 2).await;
    let sent = api.post(&format!("{own}/resend"), &json!({})).await.expect_status(200).json();
    assert_eq!((&sent["emails"], &sent["status"], &sent["invitedAt"]), (&json!(2), &json!("Open"), &ben["invitedAt"]));
    assert_eq!(read_emails(&base, "ben@new.test").await.len(), 2);
    read_email(&base, "ben@new.test", "affiliate_invited").await;

    let cancelled = api.delete(&own).await.expect_status(200).json();
    assert_eq!((&cancelled["status"], &cancelled["resendableAt"]), (&json!("Cancelled"), &Value::Null));
    assert_eq!(api.delete(&own).await.refusal(), (409, "already_cancelled".to_owned()));
    assert_eq!(api.post(&format!("{own}/resend"), &json!({})).await.refusal(), (409, "already_cancelled".to_owned()));
    assert_eq!((api.all(PLACE).await.len(), api.all(&format!("{PLACE}?show=all")).await.len()), (2, 3));
    let status = "select status from affiliates where email = 'ben@new.test'";
    assert_eq!(world.database.texts(status).await, [["Archived"]]);
    let log = "select action from audit_log where action in ('invite.resent', 'invite.cancelled') order by id";
    assert_eq!(world.database.texts(log).await, [["invite.resent"], ["invite.cancelled"]]);

    // They have never been approved: other systems welcome them now.
    let ben = ben["affiliateId"].as_str().unwrap();
    api.patch(&format!("/affiliates/{ben}"), &json!({"status": "Approved"})).await.expect_status(200);
    let messages = format!("select kind from messages where data::json ->> 'id' = '{ben}' order by id desc limit 1");
    assert_eq!(world.database.texts(&messages).await, [["affiliate_approved"]]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_not_invited_and_whose_it_is_not() {
    let world = World::shared().await;
    let uninvited = format!("{PLACE}/{}", world.acme.partner.affiliate);
    assert_eq!(world.api().post(&format!("{uninvited}/resend"), &json!({})).await.status, 404);
    assert_eq!(world.api().delete(&uninvited).await.status, 404);
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let form = [
        ("organization", organization.as_str()),
        ("program", program.as_str()),
        ("list", "ada@new.test"),
        ("step", "send"),
    ];
    owner(&world).await.submit("/dashboard/recruit", &form).await.expect_status(200);
    let ada = world.api().all(PLACE).await.remove(0);
    let (other, place) = (world.other_api(), format!("{PLACE}/{}", ada["affiliateId"].as_str().unwrap()));
    assert!(other.all(&format!("{PLACE}?show=all")).await.is_empty());
    assert_eq!(other.delete(&place).await.status, 404);
    assert_eq!(other.post(&format!("{place}/resend"), &json!({})).await.status, 404);
    assert_eq!(world.api().all(PLACE).await[0]["status"], "Open");
    world.finish().await;
}
