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

/// A batch of payouts in one currency that are proposed, approved and sent together.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutRun {
    #[schema(value_type = String, example = "run_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: PayoutRunId,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// `Proposed` (awaiting approval), `Running`, `Done` (no payout is in progress) or `Cancelled`.
    #[schema(example = "Running")]
    pub state: &'static str,
    /// The period of a scheduled run, such as `2026-12` or `2026-W49`; null for other runs.
    #[schema(required, example = "2026-12")]
    pub period: Option<String>,
    /// The cut-off time. Amounts that became payable later aren't included.
    #[schema(value_type = String, format = DateTime, example = "2026-12-31T08:00:00Z")]
    pub cutoff: Timestamp,
    /// Who proposed the run: `user:usr_…`, `api_key:key_…` or `schedule`.
    #[schema(example = "user:usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub proposed_by: String,
    /// Whether another person must approve the run in the dashboard: the value of `secondApprover` when the run was
    /// proposed.
    #[schema(example = false)]
    pub needs_second_approver: bool,
    /// Who approved the run: `user:usr_…` or `api_key:key_…`; null until then.
    #[schema(required, example = "user:usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub approved_by: Option<String>,
    /// When the run was approved; null until then.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-12-31T09:12:00Z")]
    pub approved_at: Option<Timestamp>,
    /// Who cancelled the run. Payouts that were already in progress continued.
    #[schema(required, example = json!(null))]
    pub cancelled_by: Option<String>,
    /// When the run was completed; null until then.
    #[schema(value_type = Option<String>, required, format = DateTime, example = json!(null))]
    pub done_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-12-31T08:00:00Z")]
    pub created_at: Timestamp,
    /// The number of payouts in the run.
    #[schema(example = 3)]
    pub payouts: i64,
    /// The number of payouts by status.
    pub counts: RunCounts,
    /// The amount deducted from affiliates' balances, without failed payouts.
    #[schema(example = 17820)]
    pub gross_cents: i64,
    /// The tax withheld from `grossCents`.
    #[schema(example = 0)]
    pub withheld_cents: i64,
    /// The amount that affiliates receive.
    #[schema(example = 17820)]
    pub net_cents: i64,
    /// The part of `netCents` that has been sent.
    #[schema(example = 5940)]
    pub sent_cents: i64,
    /// The number of affiliates who were left out although something is owed to them, or by them.
    #[schema(example = 1)]
    pub excluded: i64,
}

/// A run's progress: the number of its payouts by status.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutRunCounts)]
pub struct RunCounts {
    /// The number of payouts for which nothing is reserved yet.
    #[schema(example = 0)]
    pub scheduled: i64,
    /// The number of payouts whose amount is reserved, but not sent yet.
    #[schema(example = 2)]
    pub reserved: i64,
    /// The number of payouts that are being sent.
    #[schema(example = 0)]
    pub sending: i64,
    /// The number of payouts whose result isn't known yet.
    #[schema(example = 0)]
    pub unknown: i64,
    /// The number of payouts that were sent.
    #[schema(example = 1)]
    pub sent: i64,
    /// The number of payouts that failed.
    #[schema(example = 0)]
    pub failed: i64,
    /// The number of payouts that came back after they were sent.
    #[schema(example = 0)]
    pub reversed: i64,
}

/// A run with the Stripe funds that it needs and the affiliates who were left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutRunDetail {
    #[serde(flatten)]
    pub run: PayoutRun,
    /// Null if no payout of the run is left to be paid by Stripe.
    #[schema(required)]
    pub stripe: Option<Needed>,
    /// The affiliates who were left out, and why.
    pub exclusions: Vec<Exclusion>,
}

/// The funds that your Stripe balance must hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutRunNeeds)]
pub struct Needed {
    /// The amount that your Stripe balance must hold, in minor units.
    #[schema(example = 17820)]
    pub needed_cents: i64,
    /// The available balance as of `balanceAt`. A balance that is more than a minute old is refreshed if Stripe
    /// responds quickly.
    #[schema(required, example = 20000)]
    pub available_cents: Option<i64>,
    /// When Stripe returned the balance.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-12-31T08:00:00Z")]
    pub balance_at: Option<Timestamp>,
    /// The amount that your Stripe balance lacks, in minor units.
    #[schema(example = 0)]
    pub missing_cents: i64,
    /// How to cover the missing amount; null if nothing is missing.
    #[schema(required, example = json!(null))]
    pub hint: Option<String>,
}

/// An affiliate who is left out of a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutExclusion)]
pub struct Exclusion {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Doe")]
    pub name: String,
    /// The amount payable to the affiliate; negative if more was paid than is owed.
    #[schema(example = 450)]
    pub amount_cents: i64,
    /// `not_approved`, `in_another_run`, `negative_balance`, `on_hold`, `below_minimum`, `no_method`, `no_account`,
    /// `account_not_ready`, `no_tax_form` or `excluded`.
    #[schema(example = "below_minimum")]
    pub reason: &'static str,
    #[schema(example = "The balance is below the minimum payout.")]
    pub message: &'static str,
    /// What to do about it, in plain words.
    #[schema(example = "No action needed: the balance carries over. Or lower the minimum.")]
    pub next_action: &'static str,
}

/// A preview of a run as if it were proposed now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutRunPreview {
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// Commissions that are payable at this time would be paid.
    #[schema(value_type = String, format = DateTime, example = "2026-12-31T08:00:00Z")]
    pub cutoff: Timestamp,
    /// The total before tax is withheld, in minor units.
    #[schema(example = 17820)]
    pub gross_cents: i64,
    /// The total of the tax that would be withheld, in minor units.
    #[schema(example = 0)]
    pub withheld_cents: i64,
    /// The total that would be sent, in minor units.
    #[schema(example = 17820)]
    pub net_cents: i64,
    /// Null if nothing would be paid by Stripe.
    #[schema(required)]
    pub stripe: Option<Needed>,
    /// The affiliates who would be paid, largest amount first.
    pub payees: Vec<Payee>,
    /// The affiliates who would be left out, and why.
    pub exclusions: Vec<Exclusion>,
}

/// An affiliate who would be paid.
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
    /// The amount before tax is withheld, in minor units.
    #[schema(example = 5940)]
    pub gross_cents: i64,
    /// The tax that would be withheld, in minor units.
    #[schema(example = 0)]
    pub withheld_cents: i64,
    /// The amount that would be sent, in minor units.
    #[schema(example = 5940)]
    pub net_cents: i64,
    /// Why tax would be withheld, such as `tax_form_missing`.
    #[schema(required, example = json!(null))]
    pub withheld_reason: Option<&'static str>,
    /// A warning about an affiliate who is paid in full, such as `tax_form_missing`.
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
            Some(at) => format!("{available} available, checked {}", zone.moment(at)),
            None => format!("{available} available"),
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
