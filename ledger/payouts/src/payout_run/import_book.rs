//! Books the results of all rows of one payout.

use payout_core::{
    rail::import::{
        Fate, Format, ImportedResult, Problem,
        date::Order,
        verdict::{self, About, Booked, Names, Verdict},
    },
    step::Status,
};
use shared::{
    id::{OrganizationId, PayoutId},
    money::{Currency, Money},
};

use super::{
    import::ImportedRow,
    import_rows::{self, Group},
    import_store::BookedState,
};
use crate::payout::{
    actions::{self, ActionResult, Marked},
    paid::PaidOn,
};
use identity::{access::actor::Actor, audit};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// The values that all rows of a file share.
#[derive(Debug)]
pub(super) struct Import<'a> {
    pub(super) state: &'a AppState,
    pub(super) organization: OrganizationId,
    pub(super) actor: &'a Actor,
    pub(super) format: Format,
    pub(super) currency: Currency,
    pub(super) order: Option<Order>,
    /// Whether it was imported before: then nothing is booked.
    pub(super) again: bool,
}

/// The results of a payout's rows, and whether something was to be booked and couldn't be.
#[derive(Debug, Default)]
pub(super) struct Became {
    pub(super) rows: Vec<ImportedRow>,
    pub(super) in_vain: bool,
}

impl Import<'_> {
    /// Books one payout's rows. The caller holds the book's lock.
    ///
    /// # Errors
    /// Database errors only: an error in a row is its outcome.
    pub(super) async fn book(
        &self,
        tx: &mut TenantTx,
        group: &Group<'_>,
        booked_state: &BookedState,
    ) -> Result<Became> {
        let fits = |message: &ImportedResult| import_rows::fits(message, group.payout, self.currency);
        let about: Vec<About<'_>> =
            group.rows.iter().map(|(_, message)| About { result: message, fits: fits(message) }).collect();
        let verdicts = verdict::verdicts(self.format, booked(booked_state), &about);
        let mut rows: Vec<(usize, Verdict)> = verdicts.into_iter().enumerate().collect();
        // A payment is sent before it comes back.
        rows.sort_by_key(|(at, verdict)| (*verdict == Verdict::Fail, *at));
        let mut became = Became::default();
        for (at, verdict) in rows {
            let (line, message) = group.rows[at];
            let row = match verdict {
                Verdict::Settle | Verdict::Fail if self.again => ignored(line, group.payout.id, AGAIN),
                Verdict::Settle | Verdict::Fail if became.in_vain => ignored(line, group.payout.id, IN_VAIN),
                Verdict::Settle | Verdict::Fail => {
                    let row = self.act(tx, group.payout.id, (line, message), verdict).await?;
                    became.in_vain |= row.outcome == "Refused";
                    row
                }
                other => self.result(group, (line, message), other),
            };
            became.rows.push(row);
        }
        Ok(became)
    }

    async fn act(
        &self,
        tx: &mut TenantTx,
        id: PayoutId,
        (line, message): (u64, &ImportedResult),
        verdict: Verdict,
    ) -> Result<ImportedRow> {
        let state = self.state;
        let acted = if verdict == Verdict::Settle {
            match self.paid_on(message) {
                Ok(paid) => {
                    let name = message.transfer.clone();
                    let (transfer, reference) = match self.format {
                        Format::Own => (None, name),
                        Format::PayPal | Format::Wise => (name, None),
                    };
                    // What a file says was paid, was paid, whatever happened to the affiliate since.
                    let marked = Marked { transfer, reference, paid, confirmed: true };
                    actions::mark_sent(tx, state, id, &marked, None).await
                }
                Err(problem) => return Ok(ImportedRow::refused(line, Some(id), &problem)),
            }
        } else {
            let (reason, back_on) = match &message.fate {
                Fate::CameBack(reason) => (reason.as_str(), self.day(message)),
                Fate::Failed(reason) => (reason.as_str(), None),
                Fate::Sent | Fate::Pending => ("", None),
            };
            actions::mark_failed(tx, state, id, reason, back_on).await
        };
        self.outcome(tx, (line, id), verdict, acted).await
    }

    async fn outcome(
        &self,
        tx: &mut TenantTx,
        (line, id): (u64, PayoutId),
        verdict: Verdict,
        acted: Result<ActionResult>,
    ) -> Result<ImportedRow> {
        let outcome = match acted {
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => return Ok(refused(line, id, &error)),
            Ok(ActionResult { entry: None, .. }) => "Unchanged",
            Ok(ActionResult { entry: Some(entry), .. }) => {
                audit::record(tx, self.actor, self.state.clock.now(), entry).await?;
                if verdict == Verdict::Settle { "Sent" } else { "Failed" }
            }
        };
        Ok(ImportedRow::of(line, id, outcome))
    }

    fn day(&self, message: &ImportedResult) -> Option<jiff::civil::Date> {
        message.date.and_then(|date| date.on(self.order)).and_then(import_rows::civil)
    }

    fn paid_on(&self, text: &ImportedResult) -> std::result::Result<PaidOn, Problem> {
        match (text.date, self.day(text)) {
            (None, _) => Ok(PaidOn::Now),
            (Some(_), Some(day)) => Ok(PaidOn::File(day)),
            (Some(_), None) => Err(Problem {
                code: "date_unreadable",
                message: "This date isn\u{2019}t valid in the chosen format. Use the format 2026-12-29.".to_owned(),
            }),
        }
    }

    /// Returns the result of a row that books nothing.
    fn result(&self, group: &Group<'_>, (line, text): (u64, &ImportedResult), verdict: Verdict) -> ImportedRow {
        let id = group.payout.id;
        let problem = |code, message: &str| Problem { code, message: message.to_owned() };
        let refused = match verdict {
            Verdict::Settle | Verdict::Fail | Verdict::Same => return ImportedRow::of(line, id, "Unchanged"),
            Verdict::Pending => return ImportedRow::of(line, id, "Pending"),
            Verdict::OtherTransfer => return ignored(line, id, OTHER_TRANSFER),
            Verdict::Unclear => problem(
                "transfer_unclear",
                "Money was returned, but this payout has several payments and the file doesn\u{2019}t say which one \
                 was returned.",
            ),
            Verdict::AlreadySent => problem(
                "already_sent",
                "Another payment for this payout is already recorded. Check whether it was paid twice.",
            ),
            Verdict::Over => problem(
                "payout_failed",
                "This payout failed or was reversed, and its amount is payable again. Record this payment separately.",
            ),
            Verdict::AmountDiffers => {
                let in_file = text.amount.map(|(minor, currency)| Money::new(minor, currency).to_string());
                let is = Money::new(group.payout.net, self.currency);
                let message =
                    format!("The amount in the file is {}, but the payout is {is}.", in_file.unwrap_or_default());
                Problem { code: "amount_differs", message }
            }
        };
        ImportedRow::refused(line, Some(id), &refused)
    }
}

/// Why a row changes nothing: a code and a message.
type Because = (&'static str, &'static str);

const OTHER_TRANSFER: Because =
    ("other_transfer", "This row is about a different payment than the recorded one, so nothing changed.");
const AGAIN: Because = ("already_imported", "This file was imported before, so nothing changed.");
const IN_VAIN: Because = ("not_booked", "The payment for this row couldn\u{2019}t be recorded.");

fn ignored(line: u64, id: PayoutId, (code, message): Because) -> ImportedRow {
    ImportedRow {
        error: Some(code.to_owned()),
        message: Some(message.to_owned()),
        ..ImportedRow::of(line, id, "Ignored")
    }
}

fn refused(line: u64, id: PayoutId, error: &Error) -> ImportedRow {
    let body = error.body();
    ImportedRow {
        error: Some(body.code.as_str().to_owned()),
        message: Some(body.message.clone()),
        ..ImportedRow::of(line, id, "Refused")
    }
}

fn booked(booked_state: &BookedState) -> Booked<'_> {
    let names = Names { transfer: booked_state.transfer.as_deref(), reference: booked_state.reference.as_deref() };
    match booked_state.status {
        Status::Scheduled | Status::Reserved | Status::Sending | Status::Unknown => Booked::Open,
        Status::Sent => Booked::Sent(names),
        Status::Failed => Booked::Failed,
        Status::Reversed => Booked::Returned(names),
    }
}
