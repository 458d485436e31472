//! A brand that pays affiliates with its own Stripe account: the real ledger, Stripe's fake server beside it, connected by API,
//! and affiliates who can be paid and have earned something.

use std::time::Duration;

use serde_json::{Value, json};
use shared::{
    event::Event,
    id::{AffiliateId, PayoutId, PayoutRunId},
    money::Currency,
};

use crate::{
    Plan, World,
    brand::{But, Partner, fresh},
    client::{api::Api, mailbox},
    fakes::{
        Call, FakeServer,
        stripe_connect::{self, RESTRICTED_KEY, StripeConnect, Transfer},
    },
    http::Request,
    wait::{self, now},
};

/// How many times faster than Stripe allows.
const PACE: u32 = 50;

/// A world that pays.
#[derive(Debug)]
pub struct PayoutFixture {
    pub world: World,
    pub stripe: FakeServer<StripeConnect>,
}

/// Somebody with a Stripe account that can receive.
#[derive(Debug, Clone)]
pub struct Payee {
    pub partner: Partner,
    /// `acct_…`.
    pub account: String,
}

impl Payee {
    pub fn id(&self) -> AffiliateId {
        self.partner.affiliate
    }
}

impl PayoutFixture {
    /// Connected, with a million in the balance of dollars and of euros.
    pub async fn open() -> Self {
        Self::planned(Plan::default()).await
    }

    /// In a world of that plan.
    ///
    /// # Panics
    /// Where Stripe can't be connected.
    pub async fn planned(plan: Plan) -> Self {
        let stripe = stripe_connect::start();
        stripe.with(|stripe| {
            stripe.set_balance("usd", 100_000_000);
            stripe.set_balance("eur", 100_000_000);
        });
        let plan = plan
            .ledger_setting("REKOMI_STRIPE_API_BASE", stripe.base())
            .ledger_setting("REKOMI_PAYOUT_PACE_FACTOR", &PACE.to_string());
        let world = Box::pin(plan.start()).await;
        let fixture = Self { world, stripe };
        fixture.connect(RESTRICTED_KEY).await;
        fixture
    }

    pub fn api(&self) -> Api {
        self.world.api()
    }

    /// Connects, or gives the connection another key.
    pub async fn connect(&self, key: &str) {
        let body = json!({"apiKey": key}).to_string();
        let request = Request::new("PUT", "/api/v1/payout-connection").header("content-type", "application/json");
        let answer = self.api().send(Request { body: body.into_bytes(), ..request }).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    }

    /// A new affiliate who can be paid.
    pub async fn payee(&self, slug: &str) -> Payee {
        let partner = self.world.acme.join(&self.world.database, slug).await;
        self.able(partner).await
    }

    /// Gives an affiliate a Stripe account that can receive.
    pub async fn able(&self, partner: Partner) -> Payee {
        // It is as it will be written down: an event about it would have the ledger look again, at any moment.
        let account = self.stripe.with(|stripe| stripe.quietly(|stripe| stripe.ready_account("US", "full")));
        self.world
            .database
            .run(&format!(
                "insert into payout_accounts (organization_id, id, affiliate_id, connection_id, country, entity, agreement,
                     stripe_account, status, transfers, payouts_enabled, details_submitted, ready_at, checked_at, created_at)
                 select '{}', '{}', '{}', id, 'US', 'individual', 'full', '{account}', 'Ready', 'active', true, true, now(),
                        now(), now()
                 from payout_connections where organization_id = '{0}' and status <> 'disconnected'",
                self.world.acme.organization.uuid(),
                fresh::<shared::id::PayoutAccount>().uuid(),
                partner.affiliate.uuid(),
            ))
            .await;
        Payee { partner, account }
    }

    /// A sale so long ago that its hold is over; a fifth of it is the affiliate's.
    pub fn sale(&self, partner: &Partner, id: &str, cents: i64, currency: Currency) -> Event {
        let slug = partner.slug.clone();
        self.world.acme.sale(id, cents).but(|announced| {
            announced.affiliate_slug = Some(slug);
            announced.currency = currency;
            announced.occurred_at = Some(now().plus_days(-40));
        })
    }

    /// So much, in US cents, is payable to them from now on.
    pub async fn earn(&self, partner: &Partner, id: &str, cents: i64) {
        self.world.intake().accept(&[self.sale(partner, id, cents * 5, Currency::USD)]).await;
    }

    /// An approved payout of at most so much; it isn't due before [`PayoutFixture::go`]. Its id.
    pub async fn schedule(&self, payee: &Partner, cents: i64, rail: &str) -> String {
        self.scheduled(payee, cents, rail, "null").await
    }

    /// The same, less tax: from now on it is withheld from affiliates without a tax form.
    pub async fn schedule_withheld(&self, payee: &Partner, cents: i64) -> String {
        self.api().patch("/payout-settings", &json!({"taxGate": "Withhold"})).await.expect_status(200);
        self.scheduled(payee, cents, "Stripe", "'tax_form_missing'").await
    }

    async fn scheduled(&self, payee: &Partner, cents: i64, rail: &str, withheld: &str) -> String {
        let (run, payout): (PayoutRunId, PayoutId) = (fresh(), fresh());
        let organization = self.world.acme.organization.uuid();
        self.world
            .database
            .run(&format!(
                "insert into payout_runs (organization_id, id, currency, state, cutoff, proposed_by, approved_by, approved_at,
                                          created_at)
                 values ('{organization}', '{run}', 'USD', 'Running', now(), 'test', 'test', now(), now());
                 insert into payouts (organization_id, id, affiliate_id, currency, amount, scheduled, rail, status, actor,
                                      run_id, withheld_reason, created_at, updated_at)
                 values ('{organization}', '{id}', '{affiliate}', 'USD', {cents}, {cents}, '{rail}', 'Scheduled', 'test',
                         '{run}', {withheld}, now(), now())",
                run = run.uuid(),
                id = payout.uuid(),
                affiliate = payee.affiliate.uuid(),
            ))
            .await;
        payout.to_string()
    }

    /// Everything that is scheduled is due now.
    pub async fn go(&self) {
        self.world
            .database
            .run("update payouts set next_at = now() where status = 'Scheduled' and next_at is null")
            .await;
    }

    /// As if all pauses were over.
    pub async fn hurry(&self) {
        // Apart, so that nothing waits for it the other way round.
        let database = &self.world.database;
        database.run("update payout_connections set wait_until = null where wait_until is not null").await;
        database.run("update payouts set next_at = now() where next_at > now()").await;
    }

    /// As if the worker that is gone had been for long enough: what it held may be taken.
    pub async fn leases_end(&self) {
        self.world
            .database
            .run("update payout_connections set lease_until = now() - interval '1 second' where lease is not null")
            .await;
    }

    /// Stripe closes the account, and doesn't tell us.
    pub fn close(&self, payee: &Payee) {
        self.stripe.with(|stripe| stripe.quietly(|stripe| stripe.close(&payee.account)));
    }

    pub async fn payout(&self, id: &str) -> Value {
        self.api().get(&format!("/payouts/{id}")).await.expect_status(200).json()
    }

    /// Waits until the payout stands so.
    pub async fn until(&self, id: &str, status: &str) -> Value {
        self.wait(id, status, false).await
    }

    /// The same, and nobody waits for any pause meanwhile.
    pub async fn hurried(&self, id: &str, status: &str) -> Value {
        self.wait(id, status, true).await
    }

    async fn wait(&self, id: &str, status: &str, hurried: bool) -> Value {
        let started = std::time::Instant::now();
        loop {
            let payout = self.payout(id).await;
            if payout["status"] == status {
                wait::note(&format!("{id} to be {status}"), started);
                return payout;
            }
            assert!(started.elapsed() < wait::patience(60), "never {status}: {payout}");
            if hurried {
                self.hurry().await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until it has this reason.
    pub async fn until_reason(&self, id: &str, code: &str) -> Value {
        wait::until(&format!("{id} to be {code}"), 60, async || {
            let payout = self.payout(id).await;
            (payout["reasonCode"] == code).then_some(payout)
        })
        .await
    }

    /// Transfers as Stripe has them.
    pub fn transfers(&self) -> Vec<Transfer> {
        self.stripe.with(StripeConnect::transfers)
    }

    /// How often a transfer was asked for.
    pub fn sends(&self) -> usize {
        let is_send = |call: &&Call| call.line() == "POST /v1/transfers" && !call.header("idempotency-key").is_empty();
        let is_ours = |call: &&Call| String::from_utf8_lossy(&call.body).contains("transfer_group=po_");
        self.stripe.calls().iter().filter(is_send).filter(is_ours).count()
    }

    /// Those to one affiliate.
    pub fn transfers_to(&self, payee: &Payee) -> Vec<Transfer> {
        self.transfers().into_iter().filter(|one| one.destination == payee.account).collect()
    }

    /// What an affiliate has approved, reserved, paid and withheld, in US cents.
    pub async fn balances(&self, affiliate: AffiliateId) -> [i64; 4] {
        let mut balances = [0; 4];
        let kinds = ["approved", "reserved", "paid", "withheld"];
        for (place, kind) in kinds.iter().enumerate() {
            let query = format!(
                "select coalesce(sum(balance), 0)::bigint from accounts
                 where kind = 'affiliate_{kind}' and affiliate_id = '{}' and currency = 'USD'",
                affiliate.uuid()
            );
            balances[place] = self.world.database.count(&query).await;
        }
        balances
    }

    /// Events that were told of a payout.
    pub async fn announced(&self, payout: &str) -> Vec<String> {
        let query = format!("select kind from messages where data like '%{payout}%' order by id");
        self.world.database.texts(&query).await.concat()
    }

    /// Letters of a kind to the owner.
    pub async fn emails(&self, kind: &str) -> Vec<Value> {
        let owner = self.world.demo["owner"]["email"].as_str().unwrap_or_default().to_owned();
        self.emails_to(&owner, kind).await
    }

    pub async fn emails_to(&self, address: &str, kind: &str) -> Vec<Value> {
        let emails = mailbox::read_emails(&self.world.ledger.base(), address).await;
        emails.into_iter().filter(|email| email["kind"] == kind).collect()
    }

    pub async fn finish(self) {
        self.world.finish().await;
    }
}
