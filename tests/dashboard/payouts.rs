//! Goal: a member pays the brand's affiliates on the dashboard alone, and sees who isn't paid and why, what failed,
//! what was paid outside Stripe, each receipt, and that Stripe has the same records.
//! Method: an owner's browser, the fake server of Stripe, and one affiliate of each kind; the links and forms are those
//! of the pages.
//! Routes: `/dashboard/payouts`, `/dashboard/payouts/runs.csv`

mod accounts;
mod approval;
mod connection;
mod files;
mod pay;
mod stopped;
mod tax;

use serde_json::{Value, json};
use world::{
    brand::Partner,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_email, read_emails, token},
    },
    http::Request,
    payout_fixture::PayoutFixture,
    wait,
};

struct Fixture {
    fixture: PayoutFixture,
    owner: Marketer,
    organization: String,
}

impl Fixture {
    async fn open() -> Self {
        let fixture = PayoutFixture::open().await;
        let mut owner = Marketer::new(&fixture.world.ledger.base());
        owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
        let organization = fixture.world.acme.organization.to_string();
        Self { fixture, owner, organization }
    }

    /// A page's text.
    async fn page(&mut self, path: &str) -> String {
        let sign = if path.contains('?') { '&' } else { '?' };
        let target = format!("/dashboard/payouts{path}{sign}organization={}", self.organization);
        self.owner.browser.get(&target).await.expect_status(200).text()
    }

    /// A form of a page, and the page that it leads to.
    async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let organization = self.organization.clone();
        let fields: Vec<(&str, &str)> =
            [("organization", organization.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let to = self.owner.submit(&format!("/dashboard/payouts{path}"), &fields).await.expect_status(303);
        let to = to.header("location").unwrap().to_owned();
        self.owner.browser.get(&to).await.expect_status(200).text()
    }

    /// An affiliate who is paid manually.
    async fn by_hand(&self, name: &str) -> Partner {
        let partner = self.fixture.world.acme.join(&self.fixture.world.database, name).await;
        let details = json!({"rail": "Manual", "holder": name, "account": "DE02 1203 0000 0000 2020 51"});
        let path = format!("/api/v1/affiliates/{}/payout-method", partner.affiliate);
        let request = Request { method: "PUT".to_owned(), ..Request::post(&path, details.to_string()) };
        self.fixture.api().send(request).await.expect_status(200);
        partner
    }

    async fn payout(&self, partner: &Partner) -> Value {
        let of = format!("/payouts?affiliateId={}", partner.affiliate);
        self.fixture.api().all(&of).await.remove(0)
    }
}

/// The ids of a page's rows.
fn rows(page: &str) -> Vec<&str> {
    page.split("data-row=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_proposal_to_the_receipt() {
    let mut fixture = Fixture::open().await;
    let lena = fixture.fixture.payee("lena").await;
    let (robin, otto, little) =
        (fixture.by_hand("robin").await, fixture.by_hand("otto").await, fixture.by_hand("little").await);
    let nowhere = fixture.fixture.world.acme.join(&fixture.fixture.world.database, "nowhere").await;
    for (partner, cents) in [(&lena.partner, 5_000), (&robin, 3_000), (&otto, 2_000), (&little, 400), (&nowhere, 1_500)]
    {
        fixture.fixture.earn(partner, &partner.slug, cents).await;
    }

    // Who could be paid, and who isn't and why.
    let pending = fixture.page("").await;
    for message in ["lena@creators.test", "In the next run", "Not yet", "The balance is below the minimum payout."] {
        assert!(pending.contains(message), "{message} in {pending}");
    }
    let offers = fixture.page("/runs").await;
    for message in ["to 3 affiliates", "Create payout run", "Below the minimum", "No Stripe account"] {
        assert!(offers.contains(message), "{message} in {offers}");
    }
    assert!(!offers.contains("below_minimum") && !offers.contains("no_account"), "{offers}");

    // The portal says the same to each, with the next step.
    for (slug, message, way) in [
        ("lena", "in the next payout", None),
        ("little", "carried over until it reaches", None),
        ("nowhere", "ready: add a payout method to receive it", Some("href=\"/a/payouts/setup\">Set up payouts")),
    ] {
        let page = portal(&fixture, slug).await;
        assert!(page.contains(message) && way.is_none_or(|way| page.contains(way)), "{slug}: {page}");
    }

    let proposed = fixture.submit("/runs", &[("currency", "USD")]).await;
    assert!(proposed.contains("Awaiting approval") && proposed.contains("Below the minimum"), "{proposed}");
    let runs = fixture.page("/runs").await;
    let run = rows(&runs).into_iter().find(|id| id.starts_with("run_")).expect("the run").to_owned();
    assert!(fixture.page(&format!("/runs/{run}")).await.contains("Approve and pay"));
    assert!(fixture.page("/runs.csv").await.contains(&format!("\"{run}\"")), "the run is in the file");
    let report = portal(&fixture, "lena").await;
    assert!(report.contains("in an upcoming payout") && !report.contains("on its way"), "{report}");
    // Payouts that wait for the balance are named, reserved or not.
    let waits = |code: &str| format!("update payouts set reason_code = {code}, reason = {code} where rail = 'Stripe'");
    fixture.fixture.world.database.run(&waits("'balance_insufficient'")).await;
    let overview = fixture.owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(overview.contains("The Stripe balance is too low for 1 payout"), "{overview}");
    fixture.fixture.world.database.run(&waits("null")).await;
    fixture.submit(&format!("/runs/{run}/approve"), &[]).await;

    // One: paid by Stripe, with what happened and its receipt.
    let id = fixture.payout(&lena.partner).await["id"].as_str().unwrap().to_owned();
    let sent = fixture.fixture.until(&id, "Sent").await;
    let overview = fixture.owner.browser.get("/dashboard/live").await.expect_status(200).text();
    let row = overview.split(&format!("data-row=\"{id}\"")).nth(1).expect("the payout is in the live part");
    let row = row.split("</tr>").next().unwrap();
    for text in ["lena", "Stripe", "$50.00", "Paid"] {
        assert!(row.contains(text), "{text}: {row}");
    }
    let paid = fixture.page(&format!("?tab=paid&run={run}")).await;
    assert_eq!(rows(&paid), [id.as_str()], "{paid}");
    assert!(
        paid.contains("Save view") && paid.contains(">Method</th>") && !paid.contains(">Payout run</th>"),
        "{paid}"
    );
    let columns = [("list", "payouts"), ("column", "run"), ("density", "compact"), ("back", "/dashboard")];
    fixture.owner.submit("/account/columns", &columns).await.expect_status(303);
    let chosen = fixture.page("?tab=paid").await;
    assert!(chosen.contains(">Payout run</th>") && chosen.contains("ls-compact"), "{chosen}");
    assert!(!chosen.contains(">Method</th>") && !chosen.contains("title=\"lena@creators.test\""), "{chosen}");
    // An affiliate who is picked from the matches is sent by ID.
    let picked = fixture.page(&format!("?tab=paid&person={}", lena.partner.affiliate)).await;
    assert_eq!(rows(&picked), [id.as_str()], "{picked}");
    let other = fixture.page(&format!("?tab=paid&affiliate={}&from=2020-01-01", nowhere.affiliate)).await;
    assert!(rows(&other).is_empty() && other.contains("data-typeahead"), "{other}");
    let kept = format!("tab=failed&#38;affiliate={}&#38;from=2020-01-01\"", nowhere.affiliate);
    assert!(other.contains(&kept), "the other tabs keep the filters: {other}");
    assert!(other.contains("Affiliate is <strong>") && other.contains("From is <strong>1 Jan 2020<"), "{other}");
    let one = fixture.page(&format!("/{id}")).await;
    for message in ["to lena", sent["transferId"].as_str().unwrap(), "Receipt (PDF)", run.as_str()] {
        assert!(one.contains(message), "{message} in {one}");
    }
    let target = format!("/dashboard/payouts/{id}/receipt.pdf?organization={}", fixture.organization);
    let receipt = fixture.owner.browser.get(&target).await.expect_status(200);
    assert!(receipt.body.starts_with(b"%PDF-"));

    // A manual payout is marked as sent and announced; another is cancelled.
    let by_hand = fixture.payout(&robin).await["id"].as_str().unwrap().to_owned();
    let given_up = fixture.payout(&otto).await["id"].as_str().unwrap().to_owned();
    for id in [&by_hand, &given_up] {
        fixture.fixture.until(id, "Reserved").await;
    }
    let form = fixture.page(&format!("/{by_hand}")).await;
    assert!(form.contains("Mark as paid") && form.contains("name=\"reference\""), "{form}");
    let organization = fixture.organization.clone();
    let early = [("organization", organization.as_str()), ("reference", "bank #118"), ("paidOn", "2999-01-01")];
    let target = format!("/dashboard/payouts/{by_hand}/mark-sent");
    let refused = fixture.owner.submit(&target, &early).await.expect_status(400).text();
    for kept in ["value=\"bank #118\"", "value=\"2999-01-01\"", "as paid?\" open>"] {
        assert!(refused.contains(kept), "{kept}: {refused}");
    }
    assert_eq!(refused.matches("class=\"problem\" role=\"alert\"").count(), 1, "in its form: {refused}");
    let marked = fixture.submit(&format!("/{by_hand}/mark-sent"), &[("reference", "bank transfer #118")]).await;
    assert!(marked.contains("bank transfer #118") && marked.contains("Receipt (PDF)"), "{marked}");
    let base = fixture.fixture.world.ledger.base();
    let report = read_email(&base, "robin@creators.test", "payout_sent").await.to_string();
    assert!(report.contains("30.00") && report.contains(&format!("/a/payouts/{by_hand}")), "{report}");
    let again = fixture.submit(&format!("/{by_hand}/mark-sent"), &[("reference", "bank transfer #118")]).await;
    assert!(again.contains("bank transfer #118"), "{again}");
    let of_robin = read_emails(&base, "robin@creators.test").await;
    assert_eq!(of_robin.iter().filter(|email| email["kind"] == "payout_sent").count(), 1, "told once");
    fixture.submit(&format!("/{given_up}/cancel"), &[]).await;
    let failed = fixture.page("?tab=failed").await;
    assert_eq!(rows(&failed), [given_up.as_str()], "{failed}");
    assert!(fixture.page("?tab=in-progress").await.contains("No payouts in a run."));
    assert_eq!(fixture.fixture.balances(otto.affiliate).await, [2_000, 0, 0, 0]);
    // A payout that a person cancelled raises no alert; a failed one does until the person dismisses it.
    let failed = async |fixture: &mut Fixture, change: &str| {
        fixture.fixture.world.database.run(&format!("update payouts set {change} where status = 'Failed'")).await;
        let overview = fixture.owner.browser.get("/dashboard").await.expect_status(200).text();
        overview.contains("1 payout failed or reversed this week")
    };
    assert!(!failed(&mut fixture, "reason = reason").await);
    assert!(failed(&mut fixture, "reason_code = 'account_closed'").await);
    let seen = [("organization", organization.as_str()), ("trouble", "payouts-failed")];
    fixture.owner.submit("/dashboard/troubles/dismiss", &seen).await.expect_status(303);
    assert!(!failed(&mut fixture, "reason = reason").await);
    let later = "updated_at = (select dismissed_at + interval '1 second' from dismissed_alerts)";
    assert!(failed(&mut fixture, later).await, "another one");
    wait::until("the run is done", 20, async || {
        let run = fixture.fixture.api().get(&format!("/payout-runs/{run}")).await.json();
        (run["state"] == "Done").then_some(())
    })
    .await;

    // Stripe has the same records.
    let requested = fixture.submit("/reconciliation", &[]).await;
    assert!(requested.contains("Comparison started."), "{requested}");
    let target = format!("/dashboard/payouts/reconciliation?organization={}", fixture.organization);
    let mut owner = fixture.owner;
    wait::until("the comparison", 30, async || {
        let page = owner.browser.get(&target).await.expect_status(200).text();
        (page.contains("Every payout matches Stripe.") && page.contains("1 payout and 1 transfer")).then_some(())
    })
    .await;
    fixture.fixture.finish().await;
}

/// What an affiliate reads first.
async fn portal(fixture: &Fixture, slug: &str) -> String {
    let (base, email) = (fixture.fixture.world.ledger.base(), format!("{slug}@creators.test"));
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", &email)]).await.expect_status(303);
    let entry = link(&base, &email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser.browser.get("/a").await.expect_status(200).text()
}
