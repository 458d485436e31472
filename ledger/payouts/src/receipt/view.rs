//! Receipts and yearly statements as the API shows them.

use payout_core::document::yearly::{InCurrency, Month, Yearly};
use serde::Serialize;
use shared::{
    id::{AffiliateId, CommissionId},
    money::Currency,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::store::Found;

/// A payout's receipt: the commissions that it paid, the tax withheld and the amount that the affiliate received.
/// Amounts are in minor units of `currency`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutReceipt {
    #[schema(example = "po_01kdvdna00e5v8r2m6q1w9d3xk")]
    payout_id: String,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    affiliate_id: AffiliateId,
    #[schema(example = "Lauren Smith")]
    affiliate_name: String,
    /// The affiliate's email address.
    #[schema(example = "lauren@example.com")]
    affiliate_email: String,
    /// The name of the organization that pays.
    #[schema(example = "Acme")]
    brand: String,
    /// The payout's status.
    #[schema(example = "Sent")]
    status: &'static str,
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// The sum of `lines`.
    #[schema(example = 5940)]
    gross_cents: i64,
    /// The tax withheld.
    #[schema(example = 0)]
    withheld_cents: i64,
    /// Why tax was withheld; null if none was.
    #[schema(required, example = json!(null))]
    withheld_reason: Option<String>,
    /// `grossCents` minus `withheldCents`.
    #[schema(example = 5940)]
    net_cents: i64,
    /// The part of `netCents` that came back after the payout was sent.
    #[schema(example = 0)]
    came_back_cents: i64,
    /// The amount that the affiliate received and kept; 0 until the payout is sent.
    #[schema(example = 5940)]
    received_cents: i64,
    /// The payout rail, in words.
    #[schema(example = "Stripe")]
    paid_by: String,
    /// The account or address to which the payout was sent, masked.
    #[schema(required, example = "acct_…wkZ4")]
    paid_into: Option<String>,
    /// The ID of the transfer at Stripe; null if there is none.
    #[schema(required, example = "tr_1MiN3gLkdIwHu7ixNCZvFdgA")]
    transfer_id: Option<String>,
    /// Your own reference for the payment.
    #[schema(required, example = json!(null))]
    reference: Option<String>,
    /// The notice at the top of the receipt if the payout isn't simply paid; null otherwise.
    #[schema(required, example = json!(null))]
    notice: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:00Z")]
    created_at: Timestamp,
    /// When the payout was sent; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-12-01T08:30:01Z")]
    sent_at: Option<Timestamp>,
    /// When the payout reached its final status; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-12-01T08:30:01Z")]
    ended_at: Option<Timestamp>,
    /// The commissions in the payout, oldest first.
    lines: Vec<ReceiptLine>,
    /// Whether the payout is in test mode, where no real money moves.
    #[schema(example = false)]
    test_mode: bool,
}

/// A commission's share of a payout.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptLine {
    #[schema(value_type = String, example = "com_01kdvdna00fj8n4t6c2q9y5wbe")]
    commission_id: CommissionId,
    /// When the commission was earned.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    earned_at: Timestamp,
    /// The program's name.
    #[schema(example = "Partner program")]
    program: String,
    /// What earned the commission. It never contains an order number, or a buyer's name or address.
    #[schema(example = "Sale")]
    what: String,
    /// Negative if the payout recovers an amount that was paid before.
    #[schema(example = 5940)]
    amount_cents: i64,
    /// The part of `amountCents` that came back.
    #[schema(example = 0)]
    returned_cents: i64,
}

impl PayoutReceipt {
    pub(super) fn of(found: Found) -> Self {
        let (affiliate, email, behind, receipt) = (found.affiliate, found.email, found.behind, found.receipt);
        let (net, back, received) = (receipt.net(), receipt.net_returned(), receipt.received());
        let notice = receipt.notice();
        let lines = receipt.lines.into_iter().zip(behind).map(|(line, (commission, returned))| ReceiptLine {
            commission_id: commission,
            earned_at: line.earned.at,
            program: line.program,
            what: line.what,
            amount_cents: line.amount,
            returned_cents: returned,
        });
        Self {
            payout_id: receipt.payout_id,
            affiliate_id: affiliate,
            affiliate_name: receipt.affiliate.name,
            affiliate_email: email,
            brand: receipt.brand.name,
            status: receipt.status.as_str(),
            currency: receipt.currency,
            gross_cents: receipt.gross,
            withheld_cents: receipt.withheld,
            withheld_reason: receipt.withheld_reason.filter(|_| receipt.withheld != 0),
            net_cents: net,
            came_back_cents: back,
            received_cents: received,
            paid_by: receipt.rail,
            paid_into: receipt.destination,
            transfer_id: receipt.transfer,
            reference: receipt.reference,
            notice,
            created_at: receipt.created.at,
            sent_at: receipt.sent.map(|sent| sent.at),
            ended_at: receipt.ended.map(|ended| ended.at),
            lines: lines.collect(),
            test_mode: receipt.test_mode,
        }
    }
}

/// An affiliate's payments in a calendar year, in the organization's time zone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct YearlyStatement {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    affiliate_id: AffiliateId,
    /// The calendar year.
    #[schema(example = 2026)]
    year: i32,
    /// Whether the year is still in progress.
    #[schema(example = true)]
    unfinished: bool,
    /// One entry per currency; empty if nothing was paid or came back.
    data: Vec<YearInCurrency>,
}

/// The year's amounts in one currency, in its minor units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct YearInCurrency {
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// The totals of the year.
    total: YearSums,
    /// All twelve months, January first.
    months: Vec<YearSums>,
}

/// The totals of a month or of the year.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct YearSums {
    /// The number of payouts sent.
    #[schema(example = 1)]
    payouts: u32,
    /// The amount deducted from the affiliate's balance for these payouts.
    #[schema(example = 5940)]
    gross_cents: i64,
    /// The tax withheld from `grossCents`.
    #[schema(example = 0)]
    withheld_cents: i64,
    /// The amount that came back in this period and is owed again, including its tax, whenever it was sent.
    #[schema(example = 0)]
    returned_cents: i64,
    /// The tax included in `returnedCents`.
    #[schema(example = 0)]
    withheld_returned_cents: i64,
    /// The amount that the affiliate received, minus what came back.
    #[schema(example = 5940)]
    received_cents: i64,
}

impl YearSums {
    const fn of(month: &Month) -> Self {
        Self {
            payouts: month.payouts,
            gross_cents: month.gross,
            withheld_cents: month.withheld,
            returned_cents: month.returned,
            withheld_returned_cents: month.withheld_returned,
            received_cents: month.received(),
        }
    }
}

impl YearlyStatement {
    pub(super) fn of(affiliate: AffiliateId, yearly: &Yearly) -> Self {
        let part = |part: &InCurrency| YearInCurrency {
            currency: part.currency,
            total: YearSums::of(&part.total()),
            months: part.months.iter().map(YearSums::of).collect(),
        };
        Self {
            affiliate_id: affiliate,
            year: yearly.year,
            unfinished: yearly.unfinished,
            data: yearly.currencies.iter().map(part).collect(),
        }
    }
}
