//! Yearly statement: what an affiliate was paid in a year, by month and currency.

use shared::money::Currency;

use super::{
    Block, Column, Document, Row, Table, Unprintable,
    amount::plain,
    receipt::{Dated, Party},
};

/// Names of the months, for tables.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The disclaimer of a yearly statement.
pub const NO_TAX_DOCUMENT: &str = "This statement isn’t a tax document. It lists payments and returns by date in the \
                                   brand’s time zone. Your bank’s dates, exchange rates and fees may differ. If the \
                                   law requires a tax form such as Form 1099-NEC, the brand sends it separately.";

/// A calendar year, in the brand's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yearly {
    pub brand: Party,
    pub affiliate: Party,
    /// `aff_…`.
    pub affiliate_id: String,
    pub year: i32,
    /// By currency; empty if nothing was paid.
    pub currencies: Vec<InCurrency>,
    /// The end of the covered time: while the year isn't over, the time of the last change.
    pub as_of: Option<Dated>,
    /// Whether the year isn't over, so that amounts may still be added.
    pub unfinished: bool,
    pub test_mode: bool,
}

/// In minor units of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCurrency {
    pub currency: Currency,
    /// January first.
    pub months: [Month; 12],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Month {
    /// Number of payouts sent.
    pub payouts: u32,
    /// What they took from the affiliate's balance.
    pub gross: i64,
    /// The tax withheld from that.
    pub withheld: i64,
    /// What was returned in this month, of payments sent at any time: the part of `gross`, including the tax that was
    /// refunded with it.
    pub returned: i64,
    /// The tax in `returned`.
    pub withheld_returned: i64,
}

impl Month {
    /// What the affiliate received, minus what was returned.
    pub const fn received(&self) -> i64 {
        let kept = self.withheld.saturating_sub(self.withheld_returned);
        self.gross.saturating_sub(self.returned).saturating_sub(kept)
    }

    pub const fn is_empty(&self) -> bool {
        self.payouts == 0 && self.returned == 0
    }

    /// Adds two months.
    pub const fn plus(self, other: Self) -> Self {
        Self {
            payouts: self.payouts.saturating_add(other.payouts),
            gross: self.gross.saturating_add(other.gross),
            withheld: self.withheld.saturating_add(other.withheld),
            returned: self.returned.saturating_add(other.returned),
            withheld_returned: self.withheld_returned.saturating_add(other.withheld_returned),
        }
    }
}

impl InCurrency {
    pub fn total(&self) -> Month {
        self.months.iter().copied().fold(Month::default(), Month::plus)
    }
}

impl Yearly {
    /// # Errors
    /// As [`Document::pdf`].
    pub fn pdf(&self) -> Result<Vec<u8>, Unprintable> {
        self.document().pdf()
    }

    pub fn document(&self) -> Document {
        let title = format!("Yearly statement {}", self.year);
        let mut blocks = vec![Block::Title(title.clone())];
        if self.test_mode {
            blocks.push(Block::Notice("Test mode: nothing in this document is real, and no money moved.".to_owned()));
        }
        if self.unfinished {
            let until =
                self.as_of.as_ref().map(|as_of| format!(" Amounts are as of {}.", as_of.date)).unwrap_or_default();
            blocks.push(Block::Notice(format!("{} isn’t over yet.{until}", self.year)));
        }
        let party = |party: &Party| {
            let lines = std::iter::once(&party.name).chain(&party.lines).map(String::as_str);
            lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        };
        blocks.push(Block::Pairs(vec![
            ("From".to_owned(), party(&self.brand)),
            ("To".to_owned(), party(&self.affiliate)),
            ("Affiliate".to_owned(), self.affiliate_id.clone()),
        ]));
        if self.currencies.is_empty() {
            blocks.push(Block::Paragraph(format!("Nothing was paid in {}.", self.year)));
        }
        for part in &self.currencies {
            let received = plain(part.total().received(), part.currency);
            blocks.push(Block::Heading(format!("Received in {}: {received}", part.currency)));
            blocks.push(Block::Table(table(part)));
        }
        blocks.push(Block::Note(NO_TAX_DOCUMENT.to_owned()));
        Document {
            title: format!("{title} · {}", self.affiliate_id),
            author: self.brand.name.clone(),
            about: format!("Payments from {} to {} in {}", self.brand.name, self.affiliate.name, self.year),
            foot: format!("{} · {} · {}", self.brand.name, self.affiliate_id, self.year),
            as_of: self.as_of.as_ref().map(|as_of| as_of.at),
            blocks,
        }
    }
}

fn table(part: &InCurrency) -> Table {
    let cells = |name: &str, month: &Month| {
        let money = |minor| plain(minor, part.currency);
        [
            name.to_owned(),
            month.payouts.to_string(),
            money(month.gross),
            money(-(month.withheld - month.withheld_returned)),
            money(-month.returned),
            money(month.received()),
        ]
    };
    let rows = MONTHS.iter().zip(&part.months).map(|(name, month)| Row::new(cells(name, month)));
    Table {
        summary: format!("Monthly payments in {}", part.currency),
        columns: vec![
            Column::text("Month", 18),
            Column::numbers("Payouts", 12),
            Column::numbers("Commissions", 19),
            Column::numbers("Tax withheld", 17),
            Column::numbers("Returned", 17),
            Column::numbers("Received", 19),
        ],
        rows: rows.chain([Row::total(cells("Year", &part.total()))]).collect(),
    }
}
