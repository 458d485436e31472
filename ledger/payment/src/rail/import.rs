//! Reads back what became of exported payments: from PayPal's or Wise's own lists, or from a file of four columns.
//!
//! Each row stands for itself: what can't be read is named with its line, and the others count. A payment that is still on
//! its way, such as one that PayPal's recipient hasn't claimed, is neither paid nor failed.

use std::collections::HashMap;

use shared::money::Currency;

/// A file that is read in one request.
pub const ROWS_MAX: usize = 5_000;

/// Whose file it is, by its headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `payoutId,status,reference,reason`.
    Own,
    /// PayPal's activity report or a batch's log: columns are found by their names.
    PayPal,
    /// Wise's list of transfers.
    Wise,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("The file is empty.")]
    Empty,
    #[error("The file is no text in UTF-8. Save it as CSV with UTF-8.")]
    NoText,
    #[error(
        "The first line must name the columns `payoutId` and `status` (and may name `reference` and `reason`), or be that of a report by PayPal or Wise. It names {0}."
    )]
    Headings(String),
    #[error("The file has more than {ROWS_MAX} rows. Split it.")]
    TooLong,
}

/// What a row says about one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// In the file, from 1 on.
    pub line: u64,
    pub said: Result<Said, Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub payout: Name,
    pub fate: Fate,
    /// The service's own name of the payment, such as PayPal's transaction id.
    pub reference: Option<String>,
    /// What arrived, in minor units, where the row tells it: it must be what we asked for.
    pub amount: Option<(i64, Currency)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// `po_…`.
    Id(String),
    /// As [`super::wise::reference`].
    Short(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Sent,
    /// In the service's own words, or the brand's.
    Failed(String),
    /// Not decided yet.
    Pending,
}

/// Why a row isn't understood: a stable code, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub message: String,
}

const SENT: &str = "sent|paid|completed|complete|success|successful|processed|outgoing_payment_sent|transferred";
const FAILED: &str = "failed|failure|returned|refunded|reversed|blocked|denied|declined|cancelled|canceled|funds_refunded|\
                      bounced_back|charged_back|rejected|removed";
const PENDING: &str = "pending|unclaimed|onhold|on hold|held|processing|new|in progress|incoming_payment_waiting|\
                       incoming_payment_initiated|funds_converted|scheduled";
/// Which column of PayPal's carries our id: it calls it differently in each of its files.
const PAYPAL_IDS: [&str; 7] =
    ["customer id", "unique id", "custom number", "sender item id", "sender_item_id", "invoice number", "custom"];
const TEXT_MAX: usize = 200;

/// # Errors
/// [`Unreadable`] where the file as a whole isn't one.
pub fn read(bytes: &[u8]) -> Result<(Format, Vec<Row>), Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NoText)?.trim_start_matches('\u{feff}');
    let first = text.lines().next().filter(|line| !line.trim().is_empty()).ok_or(Unreadable::Empty)?;
    let most = |mark: char| first.matches(mark).count();
    let delimiter = if most('\t') > most(',') {
        b'\t'
    } else if most(';') > most(',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|_| Unreadable::Headings("nothing".to_owned()))?.clone();
    let columns: HashMap<String, usize> = headings
        .iter()
        .enumerate()
        .map(|(place, name)| (name.trim().trim_matches('*').to_lowercase(), place))
        .collect();
    let format = format_of(&columns).ok_or_else(|| {
        Unreadable::Headings(headings.iter().take(8).collect::<Vec<_>>().join(", ").chars().take(TEXT_MAX).collect())
    })?;
    let mut rows = Vec::new();
    let mut lines = Lines { text: text.as_bytes(), counted: 0, line: 1 };
    for record in reader.records() {
        if rows.len() == ROWS_MAX {
            return Err(Unreadable::TooLong);
        }
        match record {
            Ok(record) if record.iter().all(|cell| cell.trim().is_empty()) => {}
            Ok(record) => {
                let line = lines.at(record.position());
                let said = Cells { columns: &columns, record: &record }.said(format);
                if let Some(said) = said.transpose() {
                    rows.push(Row { line, said });
                }
            }
            Err(error) => {
                let line = lines.at(error.position());
                rows.push(Row { line, said: problem("row_unreadable", "This row isn't CSV in UTF-8.") });
            }
        }
    }
    Ok((format, rows))
}

/// Counts the file's lines as an editor does; the reader's own count depends on how lines end.
#[derive(Debug)]
struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// Of the row that begins there, or after the line breaks that follow. Positions only grow.
    fn at(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.counted);
        while let Some(byte) = self.text.get(self.counted) {
            if self.counted >= start && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.counted += 1;
        }
        self.line
    }
}

fn format_of(columns: &HashMap<String, usize>) -> Option<Format> {
    let has = |name: &str| columns.contains_key(name);
    if has("payoutid") && has("status") {
        Some(Format::Own)
    } else if has("target amount (after fees)") && has("reference") && has("status") {
        Some(Format::Wise)
    } else if has("status") && PAYPAL_IDS.iter().any(|name| has(name)) {
        Some(Format::PayPal)
    } else {
        None
    }
}

fn problem<T>(code: &'static str, message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem { code, message: message.into() })
}

#[derive(Debug)]
struct Cells<'a> {
    columns: &'a HashMap<String, usize>,
    record: &'a csv::StringRecord,
}

impl Cells<'_> {
    fn get(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|place| self.record.get(*place)).map_or("", str::trim)
    }

    /// Cut, so that no cell floods a list.
    fn text(&self, name: &str) -> Option<String> {
        let text: String = self.get(name).chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect();
        (!text.is_empty()).then_some(text)
    }

    /// None for what a vendor's list has besides payouts of ours.
    fn said(&self, format: Format) -> Result<Option<Said>, Problem> {
        match format {
            Format::Own => self.own().map(Some),
            Format::PayPal => self.paypal(),
            Format::Wise => self.wise(),
        }
    }

    fn own(&self) -> Result<Said, Problem> {
        let id = self.get("payoutid");
        if !is_id(id) {
            return problem("payout_id_invalid", format!("`{}` is no payout's id; it begins with po_.", short(id)));
        }
        let fate = self.fate("status", &["reason"])?;
        Ok(Said { payout: Name::Id(id.to_owned()), fate, reference: self.text("reference"), amount: None })
    }

    fn paypal(&self) -> Result<Option<Said>, Problem> {
        let Some(id) = PAYPAL_IDS.iter().map(|name| self.get(name)).find(|cell| is_id(cell)) else { return Ok(None) };
        let fate = self.fate("status", &["error message", "error code", "reason", "reason code"])?;
        let reference = ["transaction id", "payout item id", "payout_item_id"].iter().find_map(|name| self.text(name));
        let gross = ["gross", "gross amount", "amount", "payment amount"].map(|name| self.get(name));
        let amount = gross.into_iter().find(|cell| !cell.is_empty()).and_then(|cell| minor(cell, self.get("currency")));
        Ok(Some(Said { payout: Name::Id(id.to_owned()), fate, reference, amount }))
    }

    fn wise(&self) -> Result<Option<Said>, Problem> {
        let reference = self.get("reference").to_ascii_uppercase();
        let is_ours =
            reference.len() == super::wise::REFERENCE_MAX && reference.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let leaves = self.get("direction").is_empty() || self.get("direction").eq_ignore_ascii_case("out");
        if !is_ours || !leaves {
            return Ok(None);
        }
        let fate = self.fate("status", &["note"])?;
        let amount = minor(self.get("target amount (after fees)"), self.get("target currency"));
        Ok(Some(Said { payout: Name::Short(reference), fate, reference: self.text("id"), amount }))
    }

    fn fate(&self, column: &str, reasons: &[&str]) -> Result<Fate, Problem> {
        let status = self.get(column).to_lowercase();
        let is = |list: &str| list.split('|').any(|word| word.trim() == status);
        if is(SENT) {
            Ok(Fate::Sent)
        } else if is(FAILED) {
            let told = reasons.iter().find_map(|name| self.text(name));
            Ok(Fate::Failed(told.unwrap_or_else(|| format!("The payment service says: {status}"))))
        } else if is(PENDING) {
            Ok(Fate::Pending)
        } else if status.is_empty() {
            problem("status_missing", "The status is empty. It must be `Sent` or `Failed`.")
        } else {
            problem(
                "status_unknown",
                format!("The status `{}` is none that we know; write `Sent` or `Failed`.", short(&status)),
            )
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 29 && text.starts_with("po_") && text.bytes().skip(3).all(|byte| byte.is_ascii_alphanumeric())
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// An amount that left, whatever its sign: `-59.40`, `1,234.50`, `59,40`. None where it can't be told for sure.
fn minor(text: &str, currency: &str) -> Option<(i64, Currency)> {
    let currency: Currency = currency.parse().ok()?;
    let places = usize::try_from(currency.exponent()).ok()?;
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    if !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (whole, fraction) = match digits.rfind(['.', ',']) {
        Some(at) if digits.len() - at - 1 <= places => (&digits[..at], &digits[at + 1..]),
        // Three digits after a mark are thousands, or decimals: of currencies without three decimals the former.
        Some(at) if digits.len() - at - 1 == 3 && places != 3 => (&digits[..], ""),
        // Services that write `59.40` for all currencies have a zero more than some of them know.
        Some(at) if digits.len() - at - 1 == 2 && digits[at + 1..].bytes().all(|byte| byte == b'0') => {
            (&digits[..at], "")
        }
        Some(_) => return None,
        None => (&digits[..], ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{whole}{fraction:0<places$}").parse().ok().map(|minor| (minor, currency))
}

#[cfg(test)]
mod tests;
