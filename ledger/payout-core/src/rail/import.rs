//! Reads the outcome of exported payments, from PayPal's or Wise's own reports or from a file with a few columns.
//!
//! Rows are read independently: an unreadable one is reported with its line number, and the others count. [`verdict`]
//! decides what all rows of one payout mean together. A payment that is still pending, for example because PayPal's
//! recipient hasn't claimed it, is neither paid nor failed.

mod cells;
pub mod date;
pub mod verdict;
mod words;

use std::collections::HashMap;

use shared::money::Currency;

use self::{
    cells::Cells,
    date::{Order, Written},
};

/// Maximum rows, as the file is read in one request.
pub const ROWS_MAX: usize = 5_000;

/// The source of a file, recognized by its headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `payoutId,status,reference,reason,paidOn`.
    Own,
    /// PayPal's activity report or a batch log; columns are found by name.
    PayPal,
    /// Wise's list of transfers.
    Wise,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("The file is empty.")]
    Empty,
    #[error("The file isn't UTF-8 text. Save it as a UTF-8 CSV.")]
    NoText,
    #[error(
        "The first line must contain the columns \u{201c}payoutId\u{201d} and \u{201c}status\u{201d} (optionally \u{201c}reference\u{201d}, \
         \u{201c}reason\u{201d} and \u{201c}paidOn\u{201d}), or be the header of a PayPal or Wise report. Found: {0}."
    )]
    Headings(String),
    #[error("The file has more than {ROWS_MAX} rows. Split it into smaller files.")]
    TooLong,
}

/// A parsed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub format: Format,
    pub rows: Vec<Row>,
    /// The order of day and month in its dates, if at least one date shows it.
    pub order: Option<Order>,
}

/// What a row says about one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line number in the file, starting at 1.
    pub line: u64,
    pub result: Result<ImportedResult, Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedResult {
    pub payout: Name,
    pub fate: Fate,
    /// The service's own id of the payment, such as PayPal's transaction id. If money came back, it is the id of the
    /// original payment, not of the row itself.
    pub transfer: Option<String>,
    /// The amount that was paid or came back, in minor units, if the row has it; it must be the amount that we
    /// requested.
    pub amount: Option<(i64, Currency)>,
    /// When it was paid or came back.
    pub date: Option<Written>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// `po_…`.
    Id(String),
    /// The output of [`super::wise::reference`].
    Short(String),
    /// The id of the payment, as in `transfer`.
    Transfer(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Sent,
    /// The payment failed or was returned, with the reason given by the service or the brand.
    Failed(String),
    /// Money that came back, reported in a row of its own.
    CameBack(String),
    /// Not decided yet.
    Pending,
}

/// Why a row can't be understood: a stable code, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub message: String,
}

const TEXT_MAX: usize = 200;

/// # Errors
/// [`Unreadable`] if the file as a whole is invalid.
pub fn read(bytes: &[u8]) -> Result<File, Unreadable> {
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
    let format = cells::format_of(&columns).ok_or_else(|| {
        Unreadable::Headings(headings.iter().take(8).collect::<Vec<_>>().join(", ").chars().take(TEXT_MAX).collect())
    })?;
    let (mut rows, mut seen) = (Vec::new(), date::Seen::default());
    let mut lines = Lines { text: text.as_bytes(), counted: 0, line: 1 };
    for record in reader.records() {
        if rows.len() == ROWS_MAX {
            return Err(Unreadable::TooLong);
        }
        match record {
            Ok(record) if record.iter().all(|cell| cell.trim().is_empty()) => {}
            Ok(record) => {
                let line = lines.at(record.position());
                let cells = Cells { columns: &columns, record: &record };
                seen.look(cells.day(format).and_then(Written::read));
                if let Some(message) = cells.result(format).transpose() {
                    rows.push(Row { line, result: message });
                }
            }
            Err(error) => {
                let line = lines.at(error.position());
                rows.push(Row { line, result: problem("row_unreadable", "This row isn't valid UTF-8 CSV.") });
            }
        }
    }
    Ok(File { format, rows, order: seen.order() })
}

/// Counts lines the way an editor does; the CSV reader's own count depends on the line endings.
#[derive(Debug)]
struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// Returns the line of the row that begins at this position, or after the line breaks that follow it. Positions
    /// must only increase.
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

fn problem<T>(code: &'static str, message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem { code, message: message.into() })
}

#[cfg(test)]
mod tests;
