//! Interprets the cells of one row, depending on the file's source.
//!
//! PayPal's activity report has one row per movement of money: one for a payment that left (`Gross` is negative,
//! `Balance Impact` is `Debit`), and another one if money came back, with its own `Transaction ID` and the first one's
//! as `Reference Txn ID`. PayPal's batch log and Wise's list have one row per payment, whose status changes.

use std::collections::HashMap;

use shared::money::Currency;

use super::{
    Fate, Format, ImportedResult, Name, Problem, TEXT_MAX,
    date::Written,
    problem,
    words::{self, Word},
};
use crate::rail::wise;

/// Columns with our id, in PayPal's activity report and in its batch log, which use different names.
const ACTIVITY_IDS: [&str; 3] = ["custom number", "invoice number", "custom"];
const BATCH_IDS: [&str; 4] = ["customer id", "unique id", "sender item id", "sender_item_id"];
const PAYPAL_DAYS: [&str; 5] = ["date", "transaction date", "payment date", "date completed", "time_processed"];
const WISE_DAYS: [&str; 2] = ["finished on", "created on"];
const OWN_DAYS: [&str; 2] = ["paidon", "paid on"];

pub(super) fn format_of(columns: &HashMap<String, usize>) -> Option<Format> {
    let has = |name: &str| columns.contains_key(name);
    if has("payoutid") && has("status") {
        Some(Format::Own)
    } else if has("target amount (after fees)") && has("reference") && has("status") {
        Some(Format::Wise)
    } else if has("status") && ACTIVITY_IDS.iter().chain(&BATCH_IDS).any(|name| has(name)) {
        Some(Format::PayPal)
    } else {
        None
    }
}

#[derive(Debug)]
pub(super) struct Cells<'a> {
    pub(super) columns: &'a HashMap<String, usize>,
    pub(super) record: &'a csv::StringRecord,
}

impl Cells<'_> {
    fn get(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|place| self.record.get(*place)).map_or("", str::trim)
    }

    fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// Returns a cell's text, truncated so that no cell floods a list.
    fn text(&self, name: &str) -> Option<String> {
        let text: String = self.get(name).chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect();
        (!text.is_empty()).then_some(text)
    }

    /// The row's date, as written.
    pub(super) fn day(&self, format: Format) -> Option<&str> {
        let columns: &[&str] = match format {
            Format::Own => &OWN_DAYS,
            Format::PayPal => &PAYPAL_DAYS,
            Format::Wise => &WISE_DAYS,
        };
        columns.iter().map(|name| self.get(name)).find(|cell| !cell.is_empty())
    }

    /// Interprets the row; `None` if it isn't about one of our payouts.
    pub(super) fn result(&self, format: Format) -> Result<Option<ImportedResult>, Problem> {
        match format {
            Format::Own => self.own().map(Some),
            Format::PayPal => self.paypal(),
            Format::Wise => self.wise(),
        }
    }

    fn own(&self) -> Result<ImportedResult, Problem> {
        let id = self.get("payoutid");
        if !is_id(id) {
            return problem(
                "payout_id_invalid",
                format!("\u{201c}{}\u{201d} isn't a payout ID. Payout IDs start with po_.", short(id)),
            );
        }
        let fate = self.fate(self.word(Format::Own)?, &["reason"]);
        let date = self.paid_on(Format::Own, &fate)?;
        Ok(ImportedResult {
            payout: Name::Id(id.to_owned()),
            fate,
            transfer: self.text("reference"),
            amount: None,
            date,
        })
    }

    fn paypal(&self) -> Result<Option<ImportedResult>, Problem> {
        let kind = self.get("type").to_lowercase();
        let found = |names: &[&str]| names.iter().map(|name| self.get(name)).find(|cell| is_id(cell));
        let (of_activity, of_batch) = (found(&ACTIVITY_IDS), found(&BATCH_IDS));
        // A batch log has none of these columns.
        let is_report = self.has("balance impact") || self.has("reference txn id");
        let is_activity = of_activity.is_some() || is_report || (self.has("net") && self.has("balance"));
        let original = self.text("reference txn id");
        let came_in = is_activity && (self.is_credit() || words::is_back(&kind));
        let payout = match (of_activity.or(of_batch), &original) {
            _ if is_activity && words::is_beside(&kind) => return Ok(None),
            (Some(id), _) => Name::Id(id.to_owned()),
            // For returned money PayPal always names the original payment, but not always our id.
            (None, Some(original)) if came_in && words::is_back(&kind) => Name::Transfer(original.clone()),
            (None, _) => return Ok(None),
        };
        let word = self.word(Format::PayPal)?;
        let gross = ["gross", "gross amount", "amount", "payment amount"].map(|name| self.get(name));
        let amount = gross.into_iter().find(|cell| !cell.is_empty()).and_then(|cell| minor(cell, self.get("currency")));
        if came_in {
            let shown = self.text("type").unwrap_or_default();
            let fate = words::came_in(word, &shown);
            let date = self.day(Format::PayPal).and_then(Written::read);
            return Ok(Some(ImportedResult { payout, fate, transfer: original, amount, date }));
        }
        let fate = self.fate(word, &["error message", "error code", "reason", "reason code"]);
        let transfer = ["transaction id", "payout item id", "payout_item_id"].iter().find_map(|name| self.text(name));
        let date = self.paid_on(Format::PayPal, &fate)?;
        Ok(Some(ImportedResult { payout, fate, transfer, amount, date }))
    }

    /// Returns whether the row's money came in. Without any indication, it went out.
    fn is_credit(&self) -> bool {
        let gross = self.get("gross");
        match self.get("balance impact").to_lowercase().as_str() {
            "credit" => true,
            "debit" => false,
            _ => {
                let is_negative = gross.starts_with(['-', '\u{2212}', '(']) || gross.ends_with('-');
                !is_negative && gross.contains(|c: char| matches!(c, '1'..='9'))
            }
        }
    }

    fn wise(&self) -> Result<Option<ImportedResult>, Problem> {
        let reference = self.get("reference").to_ascii_uppercase();
        let is_ours =
            reference.len() == wise::REFERENCE_MAX && reference.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let leaves = self.get("direction").is_empty() || self.get("direction").eq_ignore_ascii_case("out");
        if !is_ours || !leaves {
            return Ok(None);
        }
        let fate = self.fate(self.word(Format::Wise)?, &["note"]);
        let amount = minor(self.get("target amount (after fees)"), self.get("target currency"));
        let date = self.paid_on(Format::Wise, &fate)?;
        Ok(Some(ImportedResult { payout: Name::Short(reference), fate, transfer: self.text("id"), amount, date }))
    }

    fn word(&self, format: Format) -> Result<Word, Problem> {
        words::word(format, &self.get("status").to_lowercase())
    }

    fn fate(&self, word: Word, reasons: &[&str]) -> Fate {
        match word {
            Word::Sent => Fate::Sent,
            Word::Pending => Fate::Pending,
            Word::Failed => {
                let status = self.get("status").to_lowercase();
                let reason = reasons.iter().find_map(|name| self.text(name));
                Fate::Failed(reason.unwrap_or_else(|| format!("Status from the payment service: {}", short(&status))))
            }
        }
    }

    /// Returns when a payment was made. A failed payment has no such date: its row has the date of the attempt.
    fn paid_on(&self, format: Format, fate: &Fate) -> Result<Option<Written>, Problem> {
        let Some(cell) = self.day(format).filter(|_| *fate == Fate::Sent) else { return Ok(None) };
        match Written::read(cell) {
            Some(date) => Ok(Some(date)),
            None => problem(
                "date_unreadable",
                format!("We can't read the date \u{201c}{}\u{201d}. Use the format 2026-12-29.", short(cell)),
            ),
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 29 && text.starts_with("po_") && text.bytes().skip(3).all(|byte| byte.is_ascii_alphanumeric())
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Parses an amount, ignoring its sign: `-59.40`, `1,234.50`, `59,40`. `None` if it is ambiguous.
pub(super) fn minor(text: &str, currency: &str) -> Option<(i64, Currency)> {
    let currency: Currency = currency.parse().ok()?;
    let places = usize::try_from(currency.exponent()).ok()?;
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    if !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (whole, fraction) = match digits.rfind(['.', ',']) {
        Some(at) if digits.len() - at - 1 <= places => (&digits[..at], &digits[at + 1..]),
        // Three digits after a separator are thousands, unless the currency has three decimals.
        Some(at) if digits.len() - at - 1 == 3 && places != 3 => (&digits[..], ""),
        // Services that write two decimals for all currencies add zeros to those with fewer.
        Some(at) if digits.len() - at - 1 == 2 && digits[at + 1..].bytes().all(|byte| byte == b'0') => {
            (&digits[..at], "")
        }
        Some(_) => return None,
        None => (&digits[..], ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{whole}{fraction:0<places$}").parse().ok().map(|minor| (minor, currency))
}
