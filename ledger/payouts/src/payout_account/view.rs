//! How an affiliate is paid, as the API shows it. Addresses and accounts appear only as a hint.

use payout_core::stripe::account::Need;
use serde::Serialize;
use shared::{
    id::{AffiliateId, PayoutAccountId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    status::{self, Paid},
    store::Row,
};

/// How an affiliate is paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutAccount {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// `Stripe`, `PayPal`, `Wise` or `Manual`; null until the affiliate or you choose one.
    #[schema(required, example = "Stripe")]
    pub rail: Option<&'static str>,
    /// Whether a payout run would pay the affiliate now, regardless of tax forms and amounts.
    #[schema(example = true)]
    pub ready: bool,
    /// The status in one sentence.
    #[schema(example = "Ready to be paid.")]
    pub message: String,
    /// The affiliate's account on your Stripe platform; null if there is none.
    #[schema(required)]
    pub stripe: Option<StripePayoutAccount>,
    /// The payout method that is used instead of Stripe.
    #[schema(required)]
    pub method: Option<PayoutMethodView>,
    /// The hold on the affiliate's payouts; null if there is none.
    #[schema(required)]
    pub hold: Option<PayoutHold>,
    /// When the affiliate was last asked to set up payouts.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub invited_at: Option<Timestamp>,
}

/// An affiliate's account on your Stripe platform.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StripePayoutAccount {
    #[schema(value_type = String, example = "pacc_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: PayoutAccountId,
    /// The account's ID at Stripe; null while Stripe is creating it.
    #[schema(required, example = "acct_1Nv0FGQ9RKHgCVdK")]
    pub stripe_account: Option<String>,
    /// `Creating`, `Onboarding` (the affiliate hasn't completed Stripe's forms), `Checking` (Stripe is reviewing it),
    /// `Ready`, `Restricted` (Stripe needs more information) or `Closed` (permanently).
    #[schema(example = "Ready")]
    pub status: &'static str,
    /// The affiliate's country, as a two-letter code.
    #[schema(example = "DE")]
    pub country: String,
    /// `individual` or `company`.
    #[schema(example = "individual")]
    pub entity: &'static str,
    /// Stripe's service agreement for the account: `full` or `recipient`. It can't be changed.
    #[schema(example = "full")]
    pub agreement: String,
    /// The status of Stripe's capability `transfers`: `active`, `pending` or `inactive`.
    #[schema(example = "active")]
    pub transfers: String,
    /// Whether Stripe pays out to the affiliate's bank.
    #[schema(example = true)]
    pub payouts_enabled: bool,
    /// Whether the affiliate has completed Stripe's forms.
    #[schema(example = true)]
    pub details_submitted: bool,
    /// Stripe's code for why the account is disabled.
    #[schema(required, example = json!(null))]
    pub disabled_reason: Option<String>,
    /// The information that Stripe needs, most urgent first.
    pub needs: Vec<PayoutNeed>,
    /// When the account was ready to be paid for the first time.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub ready_at: Option<Timestamp>,
    /// When the account's status was last requested from Stripe.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub checked_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// Information that Stripe needs from the affiliate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutNeed {
    /// What Stripe needs, in plain words.
    #[schema(example = "date of birth")]
    pub what: String,
    /// `overdue`, `now`, `checking` or `later`.
    #[schema(example = "now")]
    pub when: &'static str,
    /// The request in one sentence, for the affiliate.
    #[schema(example = "Stripe needs your date of birth by 4 December 2026.")]
    pub message: String,
    /// Until when Stripe needs it; null if there is no deadline.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub by: Option<Timestamp>,
    /// Stripe's field names.
    #[schema(example = json!(["individual.dob.day", "individual.dob.month", "individual.dob.year"]))]
    pub fields: Vec<String>,
}

/// A payout method that is used instead of Stripe.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutMethodView {
    /// `PayPal`, `Wise` or `Manual`.
    #[schema(example = "PayPal")]
    pub rail: &'static str,
    /// A masked form of the payment details, enough to recognize them.
    #[schema(example = "l\u{2026}@example.com")]
    pub hint: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub updated_at: Timestamp,
}

/// A hold: the affiliate isn't paid until someone releases it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutHold {
    /// The reason that was given.
    #[schema(example = "Their traffic is under review")]
    pub reason: String,
    /// Who set the hold: `user:usr_…`, `api_key:key_…` or `system`.
    #[schema(example = "api_key:key_01kdvdna00e8v2m6q1w9d3xk7z")]
    pub actor: String,
    /// When the hold began.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub held_at: Timestamp,
}

impl PayoutNeed {
    fn of(need: Need) -> Self {
        Self {
            message: need.to_affiliate(),
            what: need.what.to_string(),
            when: need.when.as_str(),
            by: need.by.and_then(|by| Timestamp::from_seconds(by).ok()),
            fields: need.fields,
        }
    }
}

impl StripePayoutAccount {
    fn of(row: Row) -> Self {
        Self {
            needs: status::needs(&row).into_iter().map(PayoutNeed::of).collect(),
            status: row.status(),
            id: row.id,
            stripe_account: row.stripe_account,
            country: row.country,
            entity: row.entity.as_str(),
            agreement: row.agreement,
            transfers: row.transfers,
            payouts_enabled: row.payouts_enabled,
            details_submitted: row.details_submitted,
            disabled_reason: row.disabled_reason,
            ready_at: row.ready_at,
            checked_at: row.checked_at,
            created_at: row.created_at,
        }
    }
}

impl PayoutAccount {
    pub fn of(paid: Paid) -> Self {
        Self {
            affiliate_id: paid.affiliate,
            rail: paid.rail().map(super::method::Rail::as_str),
            ready: paid.is_ready(),
            message: paid.to_brand(),
            stripe: paid.account.map(StripePayoutAccount::of),
            method: paid.method.map(|chosen| PayoutMethodView {
                rail: chosen.rail.as_str(),
                hint: chosen.hint,
                updated_at: chosen.updated_at,
            }),
            hold: paid.hold.map(|hold| PayoutHold { reason: hold.reason, actor: hold.actor, held_at: hold.held_at }),
            invited_at: paid.invited_at,
        }
    }
}
