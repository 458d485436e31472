//! Reads back what became of exported payments: from PayPal's or Wise's own lists, or from a file of a few columns.
//!
//! Each row is read on its own: one that can't be read is named with its line, and the others count. What the rows of one
//! payout mean together is decided in [`verdict`]. A payment that is still on its way, such as one that PayPal's recipient
//! hasn't claimed, is neither paid nor failed.

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

/// A file that is read in one request.
pub const ROWS_MAX: usize = 5_000;

/// Whose file it is, by its headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `payoutId,status,reference,reason,paidOn`.
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
        "The first line must name the columns `payoutId` and `status` (and may name `reference`, `reason` and `paidOn`), or be that of a report by PayPal or Wise. It names {0}."
    )]
    Headings(String),
    #[error("The file has more than {ROWS_MAX} rows. Split it.")]
    TooLong,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub format: Format,
    pub rows: Vec<Row>,
    /// In which order its dates are written, where one of them shows it.
    pub order: Option<Order>,
}

/// What a row says about one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// In the file, from 1 on.
    pub line: u64,
    pub result: Result<ImportedResult, Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedResult {
    pub payout: Name,
    pub fate: Fate,
    /// Which payment the row is about: the service's own name of it, such as PayPal's transaction id. Of money that came
    /// back it is the payment that brought it there, not the row's own id.
    pub transfer: Option<String>,
    /// What was paid or came back, in minor units, where the row says it: it must be what we asked for.
    pub amount: Option<(i64, Currency)>,
    /// When it was paid, or came back.
    pub date: Option<Written>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// `po_…`.
    Id(String),
    /// As [`super::wise::reference`].
    Short(String),
    /// By the payment that it was paid with, as `transfer` names it.
    Transfer(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Sent,
    /// The payment didn't go through, or went back. In the service's own words, or the brand's.
    Failed(String),
    /// Money that came in again, in a row of its own.
    CameBack(String),
    /// Not decided yet.
    Pending,
}

/// Why a row isn't understood: a stable code, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub message: String,
}

const TEXT_MAX: usize = 200;

/// # Errors
/// [`Unreadable`] where the file as a whole isn't one.
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
                rows.push(Row { line, result: problem("row_unreadable", "This row isn't CSV in UTF-8.") });
            }
        }
    }
    Ok(File { format, rows, order: seen.order() })
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

fn problem<T>(code: &'static str, message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem { code, message: message.into() })
}

#[cfg(test)]
mod tests;
