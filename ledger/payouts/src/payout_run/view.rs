//! Runs as the API shows them.

use payout_core::{rail::Rail, step::Status};
use serde::Serialize;
use shared::{
    id::{AffiliateId, PayoutRunId},
    money::{Currency, MoneyError},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    preview::{LeftOut, Paid, Selection},
    store::{Run, Tally},
};
use crate::payout_connection::{shortfall::short, store::Row as Connection};
use kit::page::zone::Zone;
use rules::format;

/// Payouts in one currency that are proposed, approved and made together.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutRun {
    #[schema(value_type = String, example = "run_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: PayoutRunId,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// `Proposed` (waits for its approval), `Running`, `Done` (none of its payouts is under way) or `Cancelled`.
    #[schema(example = "Running")]
    pub state: &'static str,
    /// Of a scheduled run: `2026-12`, or `2026-W49`.
    #[schema(required, example = "2026-12")]
    pub period: Option<String>,
    /// What became payable later isn't in it.
    #[schema(value_type = String, format = DateTime, example = "2026-12-31T08:00:00Z")]
    pub cutoff: Timestamp,
    /// `user:usr_…`, `api_key:key_…` or `schedule`.
    #[schema(example = "user:usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub proposed_by: String,
    /// Whether another person has to approve it in the dashboard: as `secondApprover` was when it was proposed.
    #[schema(example = false)]
    pub needs_second_approver: bool,
    #[schema(required, example = "user:usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub approved_by: Option<String>,
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-12-31T09:12:00Z")]
    pub approved_at: Option<Timestamp>,
    /// Who cancelled it; payouts that were under way by then went on.
    #[schema(required, example = json!(null))]
    pub cancelled_by: Option<String>,
    #[schema(value_type = Option<String>, required, format = DateTime, example = json!(null))]
    pub done_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-12-31T08:00:00Z")]
    pub created_at: Timestamp,
    /// How many payouts it has.
    #[schema(example = 3)]
    pub payouts: i64,
    pub counts: RunCounts,
    /// What leaves affiliates' balances by it, without payouts that failed.
    #[schema(example = 17820)]
    pub gross_cents: i64,
    /// How much of that is kept back as tax.
    #[schema(example = 0)]
    pub withheld_cents: i64,
    /// What affiliates receive.
    #[schema(example = 17820)]
    pub net_cents: i64,
    /// How much of it is sent by now.
    #[schema(example = 5940)]
    pub sent_cents: i64,
    /// How many affiliates were left out although something is owed to them, or by them.
    #[schema(example = 1)]
    pub excluded: i64,
}

/// A run's payouts by status: its progress.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutRunCounts)]
pub struct RunCounts {
    #[schema(example = 0)]
    pub scheduled: i64,
    #[schema(example = 2)]
    pub reserved: i64,
    #[schema(example = 0)]
    pub sending: i64,
    #[schema(example = 0)]
    pub unknown: i64,
    #[schema(example = 1)]
    pub sent: i64,
    #[schema(example = 0)]
    pub failed: i64,
    #[schema(example = 0)]
    pub reversed: i64,
}

/// A run with what is needed for it, and who was left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutRunDetail {
    #[serde(flatten)]
    pub run: PayoutRun,
    /// Null where nothing of it is to be paid by Stripe any more.
    #[schema(required)]
    pub stripe: Option<Needed>,
    pub exclusions: Vec<Exclusion>,
}

/// What has to be in your Stripe balance.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutRunNeeds)]
pub struct Needed {
    #[schema(example = 17820)]
    pub needed_cents: i64,
    /// What is in it, as of `balanceAt`: Stripe is asked where that is more than a minute ago, and doesn't take long.
    #[schema(required, example = 20000)]
    pub available_cents: Option<i64>,
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-12-31T08:00:00Z")]
    pub balance_at: Option<Timestamp>,
    #[schema(example = 0)]
    pub missing_cents: i64,
    /// What to do about what is missing.
    #[schema(required, example = json!(null))]
    pub hint: Option<String>,
}

/// Somebody who isn't in a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutExclusion)]
pub struct Exclusion {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Doe")]
    pub name: String,
    /// What is payable to them; less than 0 where more was paid than is owed.
    #[schema(example = 450)]
    pub amount_cents: i64,
    /// `not_approved`, `in_another_run`, `negative_balance`, `on_hold`, `below_minimum`, `no_method`, `no_account`,
    /// `account_not_ready` or `no_tax_form`.
    #[schema(example = "below_minimum")]
    pub reason: &'static str,
    #[schema(example = "It is less than the minimum.")]
    pub message: &'static str,
    #[schema(example = "Nothing: it is added to what they earn next. Or lower the minimum.")]
    pub next_action: &'static str,
}

/// What a run would be now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutRunPreview {
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    #[schema(value_type = String, format = DateTime, example = "2026-12-31T08:00:00Z")]
    pub cutoff: Timestamp,
    #[schema(example = 17820)]
    pub gross_cents: i64,
    #[schema(example = 0)]
    pub withheld_cents: i64,
    #[schema(example = 17820)]
    pub net_cents: i64,
    /// Null where nothing would be paid by Stripe.
    #[schema(required)]
    pub stripe: Option<Needed>,
    /// Who would be paid, with the most first.
    pub payees: Vec<Payee>,
    /// Who wouldn't, and why.
    pub exclusions: Vec<Exclusion>,
}

/// Somebody who would be paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutRunPayee)]
pub struct Payee {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Doe")]
    pub name: String,
    /// `Stripe`, `PayPal`, `Wise` or `Manual`.
    #[schema(example = "Stripe")]
    pub rail: &'static str,
    #[schema(example = 5940)]
    pub gross_cents: i64,
    #[schema(example = 0)]
    pub withheld_cents: i64,
    #[schema(example = 5940)]
    pub net_cents: i64,
    /// Why tax would be withheld, such as `tax_form_missing`.
    #[schema(required, example = json!(null))]
    pub withheld_reason: Option<&'static str>,
    /// What is to be said although they are paid in full, such as `tax_form_missing`.
    #[schema(required, example = json!(null))]
    pub warning: Option<&'static str>,
}

impl PayoutRun {
    pub fn of(run: Run) -> Self {
        let live = |tally: &&Tally| tally.status != Status::Failed;
        let sum = |of: fn(&Tally) -> i64| run.tallies.iter().filter(live).map(of).sum::<i64>();
        let (gross, withheld) = (sum(|tally| tally.gross), sum(|tally| tally.withheld));
        let sent = run.tallies.iter().filter(|tally| tally.status == Status::Sent);
        Self {
            id: run.id,
            currency: run.currency,
            state: run.state.as_str(),
            cutoff: run.cutoff,
            approved_at: run.approved_at,
            done_at: run.done_at,
            created_at: run.created_at,
            payouts: run.count(),
            counts: RunCounts::of(&run.tallies),
            gross_cents: gross,
            withheld_cents: withheld,
            net_cents: gross.saturating_sub(withheld),
            sent_cents: sent.map(|tally| tally.gross.saturating_sub(tally.withheld)).sum(),
            excluded: run.excluded,
            period: run.period,
            proposed_by: run.proposed_by,
            needs_second_approver: run.needs_second,
            approved_by: run.approved_by,
            cancelled_by: run.cancelled_by,
        }
    }
}

impl RunCounts {
    fn of(tallies: &[Tally]) -> Self {
        let of = |status| tallies.iter().filter(|tally| tally.status == status).map(|tally| tally.count).sum();
        Self {
            scheduled: of(Status::Scheduled),
            reserved: of(Status::Reserved),
            sending: of(Status::Sending),
            unknown: of(Status::Unknown),
            sent: of(Status::Sent),
            failed: of(Status::Failed),
            reversed: of(Status::Reversed),
        }
    }
}

impl Run {
    /// The amount that the Stripe balance still has to provide, in minor units.
    pub fn by_stripe(&self) -> i64 {
        let due = self.tallies.iter().filter(|tally| tally.rail == Rail::Stripe && tally.status.is_open());
        due.map(|tally| tally.gross.saturating_sub(tally.withheld)).sum()
    }
}

impl Needed {
    /// `None` if nothing is needed.
    pub fn of(connection: Option<&Connection>, currency: Currency, needed: i64) -> Option<Self> {
        if needed <= 0 {
            return None;
        }
        let balance = connection.and_then(|connection| connection.balance.as_ref());
        let livemode = connection.is_some_and(|connection| connection.livemode);
        let short = short(balance, livemode, &[(currency, needed)]).pop();
        Some(Self {
            needed_cents: needed,
            available_cents: balance.map(|held| held.available(currency).minor),
            balance_at: connection.and_then(|connection| connection.balance_at),
            missing_cents: short.as_ref().map_or(0, |short| short.missing),
            hint: short.map(|short| short.hint),
        })
    }

    /// The available amount and when it was read, in words; `None` if it is unknown.
    pub fn there(&self, code: &str, zone: &Zone) -> Option<String> {
        let available = format::money(self.available_cents?, code);
        Some(match self.balance_at {
            Some(at) => format!("{available} is available (read {})", zone.moment(at)),
            None => format!("{available} is available"),
        })
    }
}

impl Exclusion {
    pub fn of(left_out: &LeftOut) -> Self {
        Self {
            affiliate_id: left_out.affiliate.id,
            name: left_out.affiliate.name.clone(),
            amount_cents: left_out.amount,
            reason: left_out.reason.as_str(),
            message: left_out.reason.message(),
            next_action: left_out.reason.next_action(),
        }
    }
}

impl PayoutRunPreview {
    /// # Errors
    /// Fails if a sum overflows.
    pub fn of(selection: &Selection) -> Result<Self, MoneyError> {
        let sums = selection.sums()?;
        let payee = |paid: &Paid| Payee {
            affiliate_id: paid.affiliate.id,
            name: paid.affiliate.name.clone(),
            rail: paid.payment.rail.as_str(),
            gross_cents: paid.payment.amount,
            withheld_cents: paid.payment.withheld,
            net_cents: paid.payment.amount - paid.payment.withheld,
            withheld_reason: paid.payment.withheld_reason,
            warning: paid.payment.warning,
        };
        Ok(Self {
            currency: selection.currency,
            cutoff: selection.cutoff,
            gross_cents: sums.gross,
            withheld_cents: sums.withheld,
            net_cents: sums.gross - sums.withheld,
            stripe: Needed::of(selection.connection.as_ref(), selection.currency, sums.by_stripe),
            payees: selection.paid.iter().map(payee).collect(),
            exclusions: selection.left_out.iter().map(Exclusion::of).collect(),
        })
    }
}
