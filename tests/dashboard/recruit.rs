//! Goal: a member invites people on the dashboard, sees who is left out and why and who has joined, sends an invitation
//! again or cancels it; people who opted out get none.
//! An invited person has no link and is no affiliate until they accept.
//! Method: an owner's browser and the mailbox.

use serde_json::{Value, json};
use world::{
    World,
    client::{
        browser::Browser,
        dashboard::Marketer,
        mailbox::{read_email, read_emails},
    },
    http::Request,
};

pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) owner: Marketer,
    pub(crate) organization: String,
    pub(crate) program: String,
}

impl Fixture {
    /// In a world that other tests use, too.
    pub(crate) async fn open() -> Self {
        Self::within(World::shared().await).await
    }

    async fn alone() -> Self {
        Self::within(World::start().await).await
    }

    async fn within(world: World) -> Self {
        let mut owner = Marketer::new(&world.ledger.base());
        owner.sign_in(&world.demo["owner"]).await.expect_status(303);
        let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
        Self { world, owner, organization, program }
    }

    pub(crate) async fn page(&mut self, path: &str) -> String {
        let sign = if path.contains('?') { '&' } else { '?' };
        let target = format!("{path}{sign}organization={}", self.organization);
        self.owner.browser.get(&target).await.expect_status(200).text()
    }

    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)], status: u16) -> String {
        let (organization, program) = (self.organization.clone(), self.program.clone());
        let own = [("organization", organization.as_str()), ("program", program.as_str())];
        let fields: Vec<(&str, &str)> = own.into_iter().chain(fields.iter().copied()).collect();
        self.owner.submit(path, &fields).await.expect_status(status).text()
    }

    async fn affiliate(&self, email: &str) -> Value {
        self.world.api().all(&format!("/affiliates?email={email}")).await.pop().unwrap()
    }

    async fn links(&self, affiliate: &Value) -> Vec<Value> {
        self.world.api().all(&format!("/links?affiliateId={}", affiliate["id"].as_str().unwrap())).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_list_to_who_has_come() {
    let mut fixture = Fixture::alone().await;
    let base = fixture.world.ledger.base();
    let empty = fixture.page("/dashboard/recruit/invites").await;
    assert!(empty.contains("No open invitations."), "{empty}");
    let form = fixture.page("/dashboard/recruit").await;
    assert!(form.contains("value=\"https://acme.test/\""), "where the program's links lead: {form}");

    // A preview creates no one and sends no email.
    let list = "Ada Moss <ada@new.test>\nben@new.test, Ben, 75\nada@new.test\nlauren@creators.test\nno address\n";
    let expected = [
        ("list", list),
        ("destination", "https://acme.test/pricing"),
        ("bounty", "50"),
        ("currency", "usd"),
        ("note", "We met in Lisbon.\nCome along!"),
    ];
    let with = |step| [("step", step)].into_iter().chain(expected).collect::<Vec<_>>();
    let preview = fixture.submit("/dashboard/recruit", &with("preview"), 200).await;
    for message in [
        "2 people can be invited, 3 can’t",
        "Invite 2 people",
        "$75.00",
        "$50.00",
        "Already an affiliate",
        "Duplicate",
        "Not a valid email address.",
        // The email, before it is sent: the program, what it pays with the bounty, and the message.
        "This is what ada@new.test gets.",
        "Acme SaaS invited you to join Partner program",
        "$50 for a customer’s first sale",
        "We met in Lisbon.",
        "Accept invitation",
    ] {
        assert!(preview.contains(message), "{message} in {preview}");
    }
    assert_eq!(fixture.world.database.count("select count(*) from affiliates where email like '%@new.test'").await, 0);

    let sent = fixture.submit("/dashboard/recruit", &with("send"), 200).await;
    assert!(sent.contains("2 people invited") && sent.contains("Skipped"), "{sent}");
    let plans = "select count(*) from plan_versions where affiliate_id in (select id from affiliates where email like '%@new.test')";
    assert_eq!(fixture.world.database.count(plans).await, 2, "each has a bounty of their own");
    let invited = read_email(&base, "ada@new.test", "affiliate_invited").await;
    let text = invited["text"].as_str().unwrap();
    for message in ["invited you to join Partner program", "- $50 for a customer’s first sale", "We met in Lisbon."] {
        assert!(text.contains(message), "{message} in {text}");
    }
    assert!(!text.contains("/ada-moss"), "there is no link yet: {text}");
    assert_eq!(invited["subject"], "Acme SaaS invited you to its affiliate program");
    let ada = fixture.affiliate("ada@new.test").await;
    assert_eq!((&ada["status"], fixture.links(&ada).await.len()), (&json!("Invited"), 0));
    let waiting = fixture.page(&format!("/dashboard/affiliates/{}", ada["id"].as_str().unwrap())).await;
    assert!(waiting.contains("Not accepted yet.") && !waiting.contains("Ban…"), "{waiting}");
    let early = json!({"status": "Approved"});
    let path = format!("/affiliates/{}", ada["id"].as_str().unwrap());
    assert_eq!(fixture.world.api().patch(&path, &early).await.status, 409, "only they accept");
    fixture.world.api().post(&format!("{path}/approve"), &json!({})).await.expect_status(409);
    assert_eq!(fixture.world.database.count("select count(*) from crm_syncs").await, 0);

    // A mistake appears next to its field, and the input stays.
    let refused = fixture
        .submit("/dashboard/recruit", &[("list", "x@new.test"), ("bounty", "much"), ("step", "send")], 400)
        .await;
    assert!(refused.contains("Enter an amount such as 50 or 49.90.") && refused.contains("x@new.test"), "{refused}");

    // One joins; the other gets a second email a day later and not before.
    let entry = invited["links"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|link| link.as_str())
        .find(|link| link.contains("/a/enter"));
    let token = entry.unwrap().split_once("token=").unwrap().1.to_owned();
    let mut visitor = Marketer::new(&base);
    visitor.submit("/a/enter", &[("token", &token)]).await.expect_status(303);
    let joined = fixture.affiliate("ada@new.test").await;
    let links = fixture.links(&joined).await;
    assert_eq!((&joined["status"], links.len()), (&json!("Approved"), 1));
    assert_eq!(links[0]["destination"], "https://acme.test/pricing");
    assert!(links[0]["url"].as_str().unwrap().ends_with("/ada-moss"), "{links:?}");
    let logged = fixture.world.api().all(&format!("/audit-log?target={}", joined["id"].as_str().unwrap())).await;
    assert!(logged.iter().any(|line| line["action"] == "invite.accepted"), "{logged:?}");
    let open = fixture.page("/dashboard/recruit/invites").await;
    assert!(open.contains("ben@new.test") && !open.contains("ada@new.test") && !open.contains("Resend"), "{open}");
    // Used links are deleted in time; the fact that someone joined isn't.
    fixture.world.database.run("delete from affiliate_links where used_at is not null").await;
    assert!(fixture.page("/dashboard/recruit/invites?show=all").await.contains("Joined"));
    let ben = open.split("data-row=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let early = fixture.submit(&format!("/dashboard/recruit/invites/{ben}/resend"), &[], 429).await;
    assert!(early.contains("within the last 24 hours"), "{early}");
    Request::post("/dev/clock", r#"{"advanceDays":2}"#).send(&base).await.unwrap().expect_status(200);
    let first = |page: &str| {
        let cell = page.split("data-label=\"Invited\">").nth(1)?;
        cell.split('<').next().map(str::to_owned)
    };
    let invited_at = first(&open);
    // What is sent again leads back to the same list, and the day of the invitation stays.
    let organization = fixture.organization.clone();
    let resend = [("organization", organization.as_str()), ("show", "all")];
    let resent = fixture.owner.submit(&format!("/dashboard/recruit/invites/{ben}/resend"), &resend).await;
    let back = resent.expect_status(303).header("location").unwrap().to_owned();
    assert!(back.contains("show=all") && back.contains("done=resent"), "{back}");
    let open = fixture.page("/dashboard/recruit/invites").await;
    assert!(invited_at.is_some() && first(&open) == invited_at && open.contains("2 emails"), "{open}");
    let early = fixture.submit(&format!("/dashboard/recruit/invites/{ben}/resend"), &[("show", "all")], 429).await;
    assert!(early.contains("All invitations"), "{early}");
    assert_eq!(read_emails(&base, "ben@new.test").await.len(), 2);
    let file = fixture.page("/dashboard/recruit/invites.csv?show=all").await;
    assert!(file.contains("\"ada@new.test\"") && file.contains("\"Joined\""), "{file}");

    // A cancelled invitation is archived and no longer open.
    fixture.submit(&format!("/dashboard/recruit/invites/{ben}/cancel"), &[], 303).await;
    let archived = "select count(*) from affiliates where email = 'ben@new.test' and status = 'Archived'";
    assert_eq!(fixture.world.database.count(archived).await, 1);
    fixture.submit(&format!("/dashboard/recruit/invites/{ben}/cancel"), &[], 409).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_invitations_gets_none() {
    let mut fixture = Fixture::alone().await;
    let base = fixture.world.ledger.base();
    fixture.submit("/dashboard/recruit", &[("list", "dora@new.test"), ("step", "send")], 200).await;
    let invited = read_email(&base, "dora@new.test", "affiliate_invited").await;
    let led = "select i.destination from invites i join affiliates a on a.id = i.affiliate_id where a.email = 'dora@new.test'";
    assert_eq!(fixture.world.database.texts(led).await, [["https://acme.test/"]], "as the program says");
    let url = invited["unsubscribe"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
    assert!(invited["text"].as_str().unwrap().contains(&url) && !url.contains("dora"), "{invited}");

    // Opening the page changes nothing; one click opts out, also a mail program's, which comes from no page.
    let mut dora = Browser::new(&base);
    assert!(dora.get(&url).await.expect_status(200).text().contains("Stop invitations"));
    assert_eq!(fixture.world.database.count("select count(*) from mail_suppressions").await, 0);
    for _ in 0..2 {
        let click = Request::post(&url, "List-Unsubscribe=One-Click");
        let message = click.header("Content-Type", "application/x-www-form-urlencoded").send(&base).await.unwrap();
        assert!(message.expect_status(200).text().contains("You won’t get any more invitations"));
    }
    assert_eq!(fixture.world.database.count("select count(*) from mail_suppressions").await, 1);
    dora.get("/unsubscribe/invitations/rksealed_x").await.expect_status(404);

    // Whichever brand invites, and by whichever way.
    let (other, theirs) = (fixture.world.other_api(), fixture.world.globex.program.to_string());
    let body = serde_json::json!({"programId": theirs, "affiliates": [{"email": "Dora@new.test"}]});
    let result = other.post("/affiliates/bulk-invite", &body).await.expect_status(200).json();
    assert_eq!((result["invited"].as_i64(), &result["rows"][0]["reason"]), (Some(0), &serde_json::json!("opted_out")));
    fixture.world.finish().await;
}
