//! The real side of payouts: Stripe's fake server, the ledger's worker that sends, and what both have in the end.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::json;
use shared::id::{AffiliateId, PayoutId};
use sqlx::{PgConnection, Row};
use uuid::Uuid;
use world::{
    Plan, World,
    brand::{Partner, fresh},
    database::run,
    fakes::{
        FakeServer, Mood,
        stripe_connect::{Effect, Post, RESTRICTED_KEY, StripeConnect},
    },
    http::Request,
    wait,
};

use super::{
    facts::Currency,
    ideal::Ideal,
    payout::{Fate, PayoutState},
};

const PATIENCE: Duration = Duration::from_secs(300);
const PLENTY: i64 = 1_000_000_000_000_000;
const SEND: &str = "POST /v1/transfers";

#[derive(Debug)]
pub(crate) struct FakeStripe {
    stripe: FakeServer<StripeConnect>,
    /// `acct_…` of each affiliate.
    accounts: Vec<String>,
    /// In the ideal book's order.
    payouts: Vec<PayoutId>,
}

pub(crate) fn plan(stripe: &FakeServer<StripeConnect>) -> Plan {
    let plan = Plan::default().ledger_setting("REKOMI_STRIPE_API_BASE", stripe.base());
    plan.ledger_setting("REKOMI_PAYOUT_PACE_FACTOR", "50")
}

impl FakeStripe {
    /// Connects Stripe, and gives every affiliate an account that can receive.
    pub(crate) async fn open(stripe: FakeServer<StripeConnect>, world: &World, partners: &[Partner]) -> Self {
        // Webhooks report nothing: the test decides when the ledger learns what happened at Stripe.
        stripe.with(|stripe| stripe.post(Post::Off));
        let body = json!({"apiKey": RESTRICTED_KEY}).to_string();
        let request = Request::new("PUT", "/api/v1/payout-connection").header("content-type", "application/json");
        let answer = world.api().send(Request { body: body.into_bytes(), ..request }).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        let mut accounts = Vec::new();
        for partner in partners {
            let account = stripe.with(|stripe| stripe.ready_account("US", "full"));
            let ready = format!(
                "insert into payout_accounts (organization_id, id, affiliate_id, connection_id, country, entity, agreement,
                     stripe_account, status, transfers, payouts_enabled, details_submitted, ready_at, checked_at, created_at)
                 select '{}', '{}', '{}', id, 'US', 'individual', 'full', '{account}', 'Ready', 'active', true, true, now(),
                        now(), now()
                 from payout_connections where organization_id = '{0}' and status = 'active'",
                world.acme.organization.uuid(),
                fresh::<shared::id::PayoutAccount>().uuid(),
                partner.affiliate.uuid(),
            );
            world.database.run(&ready).await;
            accounts.push(account);
        }
        let stripe = Self { stripe, accounts, payouts: Vec::new() };
        stripe.funds(PLENTY, None);
        stripe
    }

    fn funds(&self, cents: i64, of: Option<Currency>) {
        self.stripe.with(|stripe| {
            for currency in [Currency::Usd, Currency::Eur, Currency::Jpy] {
                if of.is_none_or(|of| of == currency) {
                    stripe.set_balance(currency.code(), cents);
                }
            }
        });
    }

    pub(crate) fn forget(&mut self) {
        self.payouts.clear();
        self.stripe.with(|stripe| stripe.platform().transfers.clear());
        self.stripe.recover();
        self.funds(PLENTY, None);
    }

    pub(crate) fn is_unused(&self) -> bool {
        self.payouts.is_empty()
    }

    /// What Stripe will do with the next transfer.
    fn prepare(&self, fate: Fate, currency: Option<Currency>) {
        let refused =
            json!({"error": {"type": "invalid_request_error", "code": "account_closed", "message": "It is closed."}});
        let upset = json!({"error": {"type": "api_error", "message": "An unknown error occurred."}});
        match fate {
            Fate::Sent | Fate::Cancelled => {}
            Fate::Lost => self.stripe.once(SEND, Mood::Lost),
            Fate::Failure => self.stripe.once(SEND, Mood::Says(500, upset)),
            Fate::Stored => self.stripe.with(|stripe| stripe.stores_500(SEND, Effect::Done)),
            // Also where the ledger dies before it has read the answer.
            Fate::Refused => self.stripe.when(SEND, Mood::Says(400, refused)),
            Fate::Waits => self.funds(0, currency),
        }
    }

    /// An approved payout of at most so much, due at once.
    pub(crate) async fn schedule(
        &mut self,
        connection: &mut PgConnection,
        organization: Uuid,
        (whom, currency, payable, tax): (AffiliateId, Currency, i64, bool),
        fate: Fate,
    ) {
        let id: PayoutId = fresh();
        self.payouts.push(id);
        if payable > 0 {
            self.prepare(fate, Some(currency));
        }
        let made = format!(
            "insert into payouts (organization_id, id, affiliate_id, currency, amount, scheduled, rail, status, actor,
                                  withheld_reason, next_at, created_at, updated_at)
             values ('{organization}', '{}', '{}', '{}', {amount}, {amount}, 'Stripe', 'Scheduled', 'test', {}, now(), now(), now())",
            id.uuid(),
            whom.uuid(),
            currency.code(),
            if tax { "'no_tax_form'" } else { "null" },
            amount = payable.max(1),
        );
        run(connection, &made).await;
    }

    /// As if the worker that is gone had been for long enough.
    pub(crate) async fn leases_end(&self, connection: &mut PgConnection) {
        run(
            connection,
            "update payout_connections set lease_until = now() - interval '1 second' where lease is not null",
        )
        .await;
    }

    /// What is asked of the API, so that a payout that waits goes on like this.
    pub(crate) fn moved(&self, number: usize, fate: Fate) -> String {
        self.prepare(fate, None);
        let what = if fate == Fate::Cancelled { "cancel" } else { "retry" };
        format!("/payouts/{}/{what}", self.payouts[number])
    }

    /// Waits until a payout stands as its fate is. One that waits goes on when it is asked to, and not by itself.
    pub(crate) async fn settled(&self, connection: &mut PgConnection, number: usize, fate: Fate, is_something: bool) {
        let requested = match fate {
            _ if !is_something => "Failed",
            Fate::Waits => "balance_insufficient",
            Fate::Refused | Fate::Cancelled => "Failed",
            Fate::Sent | Fate::Lost | Fate::Failure | Fate::Stored => "Sent",
        };
        let id = self.payouts[number];
        self.wait(connection, id, requested, |row| {
            let status: &str = row.get("status");
            let reason: Option<&str> = row.get("reason_code");
            status == requested
                || (requested == "balance_insufficient" && status == "Reserved" && reason == Some(requested))
        })
        .await;
        self.rests(connection).await;
        self.funds(PLENTY, None);
        self.stripe.recover();
    }

    /// What waits is asked for by nobody any more: the hurry of before may have begun another attempt, which is over first.
    async fn rests(&self, connection: &mut PgConnection) {
        let started = Instant::now();
        let busy = "select exists (select 1 from payout_connections where lease_until > clock_timestamp())
                        or exists (select 1 from payouts where status = 'Reserved' and next_at is not null)";
        loop {
            let rest = "update payouts set next_at = null where status = 'Reserved'";
            sqlx::query(rest).execute(&mut *connection).await.unwrap();
            if !sqlx::query_scalar::<_, bool>(busy).fetch_one(&mut *connection).await.unwrap() {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "a worker never rests");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn wait(
        &self,
        connection: &mut PgConnection,
        id: PayoutId,
        requested: &str,
        is_so: impl Fn(&sqlx::postgres::PgRow) -> bool,
    ) {
        let started = Instant::now();
        let query = "select status, reason_code, returned from payouts where id = $1";
        loop {
            let row = sqlx::query(query).bind(id.uuid()).fetch_one(&mut *connection).await.unwrap();
            if is_so(&row) {
                wait::note(requested, started);
                return;
            }
            let (status, reason): (&str, Option<&str>) = (row.get("status"), row.get("reason_code"));
            assert!(started.elapsed() < PATIENCE, "{id} is never {requested}: {status}, {reason:?}");
            // Without pauses. Each statement is planned once, as this happens thousands of times.
            let hurry = "update payouts set next_at = least(next_at, now()) where id = $1 and next_at is not null";
            sqlx::query(hurry).bind(id.uuid()).execute(&mut *connection).await.unwrap();
            for hurry in [
                "update stripe_notifications set next_at = least(next_at, now()), tries = 0 where next_at is not null",
                "update payout_connections set wait_until = null where wait_until is not null",
            ] {
                sqlx::query(hurry).execute(&mut *connection).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stripe takes so much more of the transfer back, and hints at it. The affiliate may be paid again.
    pub(crate) async fn comes_back(&self, connection: &mut PgConnection, number: usize, more: i64, returned: i64) {
        let id = self.payouts[number];
        let transfer = self.stripe.with(|stripe| {
            let all = stripe.transfers();
            let one = all.iter().find(|one| one.group.as_deref() == Some(&id.to_string())).expect("its transfer");
            stripe.reverse(&one.id, Some(more));
            one.id.clone()
        });
        // By the ledger's clock, which is ahead of the database's by up to years, it isn't so old that nobody needs it.
        let hint = format!(
            "insert into stripe_notifications (organization_id, connection_id, event, kind, object, received_at, next_at)
             select organization_id, id, 'evt_{}', 'transfer.reversed', '{transfer}', now() + interval '10 years', now()
             from payout_connections where status = 'active'",
            rand::random::<u64>()
        );
        run(connection, &hint).await;
        self.wait(connection, id, "returned", |row| row.get::<i64, _>("returned") == returned).await;
        run(connection, "delete from payout_holds").await;
    }

    /// The payouts' rows are the ideal ones, and what the affiliates have at Stripe is what was sent to them.
    pub(crate) async fn compare(&self, connection: &mut PgConnection, ideal: &Ideal) {
        let query =
            "select id, status, amount, withheld, returned, withheld_returned from payouts where rail = 'Stripe'";
        let rows = sqlx::query(query).fetch_all(&mut *connection).await.unwrap();
        let read = |row: &sqlx::postgres::PgRow| {
            let id = PayoutId::new(row.get("id"));
            let number = self.payouts.iter().position(|one| *one == id).expect("one of ours");
            let status: String = row.get("status");
            let sums: [i64; 4] = ["amount", "withheld", "returned", "withheld_returned"].map(|name| row.get(name));
            (number, (status.clone(), if status == "Failed" { [0; 4] } else { sums }))
        };
        let real: BTreeMap<usize, (String, [i64; 4])> = rows.iter().map(read).collect();
        let expected = ideal.payouts.iter().map(|one| {
            let sums = [one.amount, one.withheld, one.returned, one.withheld_returned];
            match one.stands {
                PayoutState::Waiting => ("Reserved".to_owned(), sums),
                PayoutState::Sent => ("Sent".to_owned(), sums),
                PayoutState::Reversed => ("Reversed".to_owned(), sums),
                PayoutState::Failed => ("Failed".to_owned(), [0; 4]),
            }
        });
        assert_eq!(real, expected.enumerate().collect::<BTreeMap<_, _>>(), "payouts");
        let mut received: BTreeMap<(usize, Currency), i64> = BTreeMap::new();
        for transfer in self.stripe.with(StripeConnect::transfers) {
            let whose =
                self.accounts.iter().position(|account| *account == transfer.destination).expect("one of theirs");
            let currency = Currency::parse(&transfer.currency.to_uppercase());
            *received.entry((whose, currency)).or_default() += transfer.amount - transfer.reversed();
        }
        received.retain(|_, cents| *cents != 0);
        assert_eq!(received, ideal.received(), "what affiliates have at Stripe");
    }

    /// How many comparisons with Stripe there were.
    pub(crate) async fn compared(connection: &mut PgConnection) -> i64 {
        let query = "select count(*) from payout_reconciliations";
        sqlx::query_scalar(query).fetch_one(connection).await.unwrap()
    }

    /// Waits for the comparison that was asked for after so many, which finds nothing. One that was under way then may still
    /// have seen what was only just mirrored.
    pub(crate) async fn reconciled(&self, connection: &mut PgConnection, before: i64) {
        let started = Instant::now();
        let query = "select string_agg(detail, ' ') from payout_differences where resolved_at is null";
        loop {
            let differ: Option<String> = sqlx::query_scalar(query).fetch_one(&mut *connection).await.unwrap();
            if Self::compared(connection).await > before && differ.is_none() {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "payouts and Stripe: {differ:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
