//! A payout's receipt: what an affiliate was paid for, what was withheld, and how the payment was made.
//!
//! It contains no data about buyers: a sale is identified only by the brand's own id.

use shared::{money::Currency, timestamp::Timestamp};

use super::{
    Block, Column, Document, Row, Table, Unprintable,
    amount::{named, plain},
};
use crate::step::Status;

/// A brand or an affiliate, as named in documents: a name, and the known lines of an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    pub name: String,
    pub lines: Vec<String>,
}

/// A time, and its date as people read it: where the brand is, and in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dated {
    pub at: Timestamp,
    pub date: String,
}

/// Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub brand: Party,
    pub affiliate: Party,
    /// `aff_…` and `po_…`.
    pub affiliate_id: String,
    pub payout_id: String,
    pub status: Status,
    pub currency: Currency,
    /// What leaves the affiliate's balance: the sum of the lines.
    pub gross: i64,
    /// The tax withheld from it, and the reason.
    pub withheld: i64,
    pub withheld_reason: Option<String>,
    /// The returned part of `gross` and of `withheld`.
    pub returned: i64,
    pub withheld_returned: i64,
    /// As text, such as `Bank transfer, by Stripe`.
    pub rail: String,
    /// Masked.
    pub destination: Option<String>,
    /// The transfer's id at the payment service.
    pub transfer: Option<String>,
    /// The brand's own reference of the payment.
    pub reference: Option<String>,
    /// The reason for the status.
    pub reason: Option<String>,
    pub created: Dated,
    pub sent: Option<Dated>,
    pub ended: Option<Dated>,
    /// The time zone of the dates, such as `Europe/Berlin`.
    pub time_zone: String,
    /// Why the affiliate's bank refused it, if it did.
    pub bank_refused: Option<String>,
    pub lines: Vec<Line>,
    /// Test mode: nothing in the receipt is real.
    pub test_mode: bool,
}

/// One commission's part in a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub earned: Dated,
    pub program: String,
    /// What earned it, such as `Sale`.
    pub what: String,
    /// Negative if the payout deducts an earlier payment.
    pub amount: i64,
}

impl Receipt {
    /// What the affiliate receives.
    pub const fn net(&self) -> i64 {
        self.gross.saturating_sub(self.withheld)
    }

    /// The part of [`Self::net`] that was returned.
    pub const fn net_returned(&self) -> i64 {
        self.returned.saturating_sub(self.withheld_returned)
    }

    /// What the affiliate actually has: nothing before the payout is sent, and nothing after all of it was returned.
    pub const fn received(&self) -> i64 {
        match self.status {
            Status::Sent => self.net().saturating_sub(self.net_returned()),
            _ => 0,
        }
    }

    /// The dates of the first and the last commission.
    pub fn period(&self) -> Option<(&str, &str)> {
        let all = || self.lines.iter().map(|line| &line.earned);
        all().min().zip(all().max()).map(|(first, last)| (first.date.as_str(), last.date.as_str()))
    }

    /// The period as text: `4 Nov 2026 to 5 Nov 2026`, or a single day.
    pub fn period_in_words(&self) -> Option<String> {
        self.period().map(|(from, to)| if from == to { from.to_owned() } else { format!("{from} to {to}") })
    }

    /// The important notice: that it isn't paid yet, was returned, or failed.
    pub fn notice(&self) -> Option<String> {
        let (net, back) = (named(self.net(), self.currency), named(self.net_returned(), self.currency));
        let why = self.reason.as_deref().map(|reason| format!(" {reason}")).unwrap_or_default();
        match self.status {
            Status::Scheduled | Status::Reserved | Status::Sending => {
                Some(format!("Not paid yet. {net} is in a payout run. This is a preview of the receipt."))
            }
            Status::Unknown => Some(format!(
                "Not confirmed yet. The payment service hasn’t confirmed {net}. We’re checking before anything is sent \
                 again."
            )),
            Status::Failed => Some(format!("Failed. Nothing was sent, and the full amount is payable again.{why}")),
            Status::Reversed => {
                Some(format!("Reversed. {net} was sent and returned in full. The full amount is payable again.{why}"))
            }
            Status::Sent if self.returned > 0 => {
                Some(format!("Partly reversed. {back} of {net} was returned and is payable again.{why}"))
            }
            Status::Sent => self.bank_refused.as_deref().map(|why| {
                format!("Paid, but rejected by the recipient’s bank: {why} The money is in the payment account.")
            }),
        }
    }

    /// # Errors
    /// As [`Document::pdf`].
    pub fn pdf(&self) -> Result<Vec<u8>, Unprintable> {
        self.document().pdf()
    }

    pub fn document(&self) -> Document {
        let paid = self.status == Status::Sent;
        let title = if paid { "Payout receipt" } else { "Payout" };
        let mut blocks = vec![Block::Title(format!("{title} {}", named(self.net(), self.currency)))];
        if self.test_mode {
            blocks.push(Block::Notice("Test mode: nothing in this document is real, and no money moved.".to_owned()));
        }
        blocks.extend(self.notice().map(Block::Notice));
        blocks.push(Block::Pairs(self.facts()));
        blocks.push(Block::Heading("Commissions".to_owned()));
        blocks.push(if self.lines.is_empty() {
            Block::Paragraph("No commissions reserved yet.".to_owned())
        } else {
            Block::Table(self.table())
        });
        blocks.push(Block::Heading("Net amount".to_owned()));
        blocks.push(Block::Table(self.sums()));
        if let (Some(reason), true) = (&self.withheld_reason, self.withheld != 0) {
            blocks.push(Block::Paragraph(format!("Tax withheld: {reason}")));
        }
        blocks.push(Block::Note(format!(
            "{} pays its affiliates from its own account. Dates are in {}. This is a receipt, not a tax document or an \
             invoice.",
            self.brand.name, self.time_zone
        )));
        Document {
            title: format!("{title} {}", self.payout_id),
            author: self.brand.name.clone(),
            about: format!("{title} from {} to {}", self.brand.name, self.affiliate.name),
            foot: format!("{} · {}", self.brand.name, self.payout_id),
            as_of: Some(self.ended.as_ref().or(self.sent.as_ref()).unwrap_or(&self.created).at),
            blocks,
        }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let party = |party: &Party| {
            let lines = std::iter::once(&party.name).chain(&party.lines).map(String::as_str);
            lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        };
        let date = |dated: Option<&Dated>| dated.map(|dated| dated.date.clone());
        let ended = match self.status {
            Status::Failed => Some("Failed on"),
            Status::Reversed => Some("Reversed on"),
            _ => None,
        };
        let facts = [
            ("From", Some(party(&self.brand))),
            ("To", Some(party(&self.affiliate))),
            ("Affiliate", Some(self.affiliate_id.clone())),
            ("Payout", Some(self.payout_id.clone())),
            ("Status", Some(self.status.label().to_owned())),
            ("Earned", self.period_in_words()),
            ("Payout method", Some(self.rail.clone())),
            ("Paid to", self.destination.clone()),
            ("Created on", date(Some(&self.created))),
            ("Paid on", date(self.sent.as_ref())),
            (ended.unwrap_or_default(), ended.and(date(self.ended.as_ref()))),
            ("Transfer", self.transfer.clone()),
            ("Reference", self.reference.clone()),
        ];
        let message = facts
            .into_iter()
            .filter_map(|(label, value)| Some((label.to_owned(), value.filter(|text| !text.is_empty())?)));
        message.collect()
    }

    fn table(&self) -> Table {
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by(|a, b| {
            (&a.earned, &a.program, &a.what, a.amount).cmp(&(&b.earned, &b.program, &b.what, b.amount))
        });
        let rows = lines.into_iter().map(|line| {
            let what = if line.amount < 0 { format!("Reversal: {}", line.what) } else { line.what.clone() };
            Row::new([line.earned.date.clone(), line.program.clone(), what, plain(line.amount, self.currency)])
        });
        let total = Row::total(["Total".to_owned(), String::new(), String::new(), plain(self.gross, self.currency)]);
        Table {
            summary: "Commissions in this payout, including reversals".to_owned(),
            columns: vec![
                Column::text("Earned", 14),
                Column::text("Program", 26),
                Column::text("Source", 40),
                Column::numbers(format!("Amount, {}", self.currency), 20),
            ],
            rows: rows.chain([total]).collect(),
        }
    }

    fn sums(&self) -> Table {
        let row = |what: &str, minor: i64| Row::new([what.to_owned(), plain(minor, self.currency)]);
        let mut rows = vec![row("Commissions, net of reversals", self.gross)];
        rows.push(row("Tax withheld", -self.withheld));
        let last = |what: &str, minor: i64| Row::total([what.to_owned(), plain(minor, self.currency)]);
        let came_back = self.returned != 0;
        if came_back && matches!(self.status, Status::Sent | Status::Reversed) {
            rows.push(row("Paid", self.net()));
            rows.push(row("Returned", -self.net_returned()));
        }
        rows.push(if self.status.is_open() {
            last("You will receive", self.net())
        } else {
            last("You received", self.received())
        });
        Table {
            summary: "From total commissions to the net amount".to_owned(),
            columns: vec![Column::text("", 80), Column::numbers(self.currency.code(), 20)],
            rows,
        }
    }
}
