//! Files for payment services that we don't call: the part of a run that is paid by PayPal or Wise.
//!
//! An export fixes what is in its files: from then on a payout stays in its part until it ends, so that a file that is
//! downloaded twice is the same and no payout is in two files. What was left out and is exported later gets files of its
//! own, as the earlier ones may have been uploaded. A payout leaves the file if the affiliate's payout method changes in
//! the meantime: a second file never names another recipient than the first one did.

use axum::http::StatusCode;
use payout_core::{
    rail::{Line, Rail, Unwritable, paypal, wise},
    step::Status,
};
use serde::Deserialize;
use serde_json::json;
use shared::{
    id::{AffiliateId, OrganizationId, PayoutId, PayoutRunId},
    money::Currency,
    seal::{self, Place},
};

use super::{
    file_store::{self as files, Filed, LeftOut},
    read_store,
    store::{Run, RunState},
};
use crate::payout::stopped::Stop;
use engine::book;
use identity::{audit::Entry, organization};
use kit::{
    config::Keys,
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// An exported file.
#[derive(Debug)]
pub struct Sheet {
    pub name: String,
    pub text: String,
    /// The number of files.
    pub parts: usize,
}

/// The result of an export. Either way, the transaction is to be committed: it has stored why payouts were left out.
#[derive(Debug)]
pub enum Exported {
    File(Sheet, Entry),
    /// 409 `nothing_to_export`.
    Nothing(Error),
}

/// The stored payout details that the file needs.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    email: String,
}

/// Exports one part; part 1 is the first.
///
/// # Errors
/// 404 if it isn't one of the organization's; 409 `run_not_approved`, `not_reserved_yet`.
pub async fn export(
    tx: &mut TenantTx,
    state: &AppState,
    id: PayoutRunId,
    (rail, part): (Rail, usize),
) -> Result<Exported> {
    let organization = tx.organization();
    book::store::lock(tx).await?;
    let run = read_store::lock(tx, id).await?.ok_or_else(Error::not_found)?;
    let rows_max = rail.rows_max().ok_or_else(|| Error::field("rail", "rail must be PayPal or Wise"))?;
    if run.state == RunState::Proposed {
        return Err(conflict(Code::RunNotApproved, "Approve the run first."));
    }
    let mut filed = files::filed(tx, id).await?;
    filed.retain(|one| one.rail == rail);
    if filed.iter().any(|one| one.status == Status::Scheduled) {
        let message = "Some of the money is still being reserved. Try again in a few seconds.";
        return Err(conflict(Code::NotReservedYet, message).retry_after(2));
    }
    let brand = organization::store::profile(tx).await?.ok_or_else(Error::not_found)?.name;
    let (lines, unwritable) = written(&state.config.keys, organization, &run, &filed, &brand);
    let now = state.clock.now();
    let parts = parts(&lines, rows_max);
    let chunk = parts.get(part.saturating_sub(1)).copied().unwrap_or_default();
    // Downloading an earlier file again exports nothing else, as no one would have the other files.
    if chunk.first().is_some_and(|(one, _)| one.exported_at.is_none()) {
        let fresh: Vec<PayoutId> =
            lines.iter().filter(|(one, _)| one.exported_at.is_none()).map(|(one, _)| one.id).collect();
        // Two exports never have the same time: it tells their files apart.
        let latest = lines.iter().filter_map(|(one, _)| one.exported_at).max();
        files::set_exported(tx, &fresh, latest.map_or(now, |latest| now.max(latest.plus_millis(1)))).await?;
    }
    files::set_unwritable(tx, &unwritable, now).await?;
    let open: Vec<&str> = chunk.iter().filter_map(|(_, line)| line.as_deref()).collect();
    if open.is_empty() {
        return Ok(Exported::Nothing(nothing(rail, &unwritable)));
    }
    let heading = if rail == Rail::Wise { wise::heading() } else { String::new() };
    let sheet = Sheet {
        name: format!("{}-{id}-{part}.csv", rail.as_str().to_lowercase()),
        text: heading + &open.concat(),
        parts: parts.len().max(1),
    };
    let details = json!({"rail": rail.as_str(), "part": part, "payouts": open.len(), "leftOut": unwritable.len()});
    Ok(Exported::File(sheet, Entry::new("payout_run.exported", id).after(details)))
}

fn nothing(rail: Rail, unwritable: &[LeftOut]) -> Error {
    let rail = rail.as_str();
    let message = match unwritable.first() {
        Some(LeftOut { id, reason, .. }) => {
            format!("None of the payouts in this run can be exported for {rail}. {id}: {reason}")
        }
        None => format!("This run has no more payouts for {rail} in this file."),
    };
    conflict(Code::NothingToExport, &message)
}

/// A payout in a file, with its line while it is to be paid.
type Placed<'f> = (&'f Filed, Option<String>);

/// The payouts in the files, and those left out, with the reason.
type Written<'f> = (Vec<Placed<'f>>, Vec<LeftOut>);

/// The files: those of each export, and last those of what isn't exported yet. See [`files::sizes`], which counts them.
fn parts<'l, 'f>(lines: &'l [Placed<'f>], rows_max: usize) -> Vec<&'l [Placed<'f>]> {
    let exports = lines.chunk_by(|(one, _), (next, _)| one.exported_at == next.exported_at);
    exports.flat_map(|export| export.chunks(rows_max)).collect()
}

fn written<'f>(keys: &Keys, organization: OrganizationId, run: &Run, filed: &'f [Filed], brand: &str) -> Written<'f> {
    let (mut lines, mut unwritable) = (Vec::new(), Vec::new());
    for one in filed {
        if !one.status.is_reserved() {
            // It keeps its place in the parts.
            if one.exported_at.is_some() {
                lines.push((one, None));
            }
            continue;
        }
        // A payout in an exported file may already be paid: it stays there.
        let stop = Stop::of(one.is_approved, one.is_on_hold, one.is_elsewhere);
        if let (None, Some(stop)) = (one.exported_at, stop) {
            unwritable.push(LeftOut { id: one.id, code: stop.code(), reason: left_out(stop).to_owned() });
            continue;
        }
        // A line with another recipient could be paid in addition to the one in the exported file.
        if one.is_moved {
            lines.push((one, None));
            unwritable.push(LeftOut { id: one.id, code: "details_changed", reason: MOVED.to_owned() });
            continue;
        }
        match line(keys, organization, run.currency, one, brand) {
            Ok(line) => lines.push((one, Some(line))),
            Err(why) if one.exported_at.is_none() => {
                let reason = format!("Can't be exported: {why}. Pay it manually, or cancel it.");
                unwritable.push(LeftOut { id: one.id, code: "not_exportable", reason });
            }
            Err(_) => lines.push((one, None)),
        }
    }
    (lines, unwritable)
}

const MOVED: &str = "Removed from the file because the affiliate changed their payout details after it was first \
                     exported. If you already uploaded the first file, the money went to the old destination: import \
                     the results or mark the payout as paid. Otherwise, mark it as failed and release the hold on the \
                     affiliate's payouts, and the first run after the three-day pause pays to the new destination.";

/// Why a payout that shouldn't be paid any more isn't in the file.
const fn left_out(stop: Stop) -> &'static str {
    match stop {
        Stop::DestinationChanged => {
            "Not in the file because the payout destination changed after the run was created. Cancel the payout, and \
             the next run pays to the new destination."
        }
        Stop::NotApproved => {
            "Not in the file because the affiliate is no longer approved. Approve them and export the rest, or cancel \
             the payout."
        }
        Stop::OnHold => {
            "Not in the file because the affiliate's payouts are on hold. Release them and export the rest, or cancel \
             the payout."
        }
    }
}

fn line(
    keys: &Keys,
    organization: OrganizationId,
    currency: Currency,
    one: &Filed,
    brand: &str,
) -> std::result::Result<String, Unwritable> {
    let email = one.sealed_details.as_deref().and_then(|sealed| email(keys, organization, one.affiliate, sealed));
    let recipient = email.ok_or(Unwritable::Recipient)?;
    let payout = one.id.to_string();
    let payment =
        Line { payout: &payout, recipient: &recipient, name: &one.name, is_company: one.is_company, net: one.net };
    match one.rail {
        Rail::PayPal => paypal::line(&payment, currency, brand),
        Rail::Wise => wise::line(&payment, currency),
        Rail::Stripe | Rail::Manual => Err(Unwritable::Recipient),
    }
}

fn email(keys: &Keys, organization: OrganizationId, affiliate: AffiliateId, sealed: &str) -> Option<String> {
    let (tenant, row) = (organization.to_string(), affiliate.to_string());
    let place = Place { tenant: &tenant, table: "payout_methods", column: "sealed_details", row: &row };
    let opened = seal::open(&keys.at_rest, place, sealed)
        .inspect_err(|error| {
            tracing::error!(
                event = "payout_run.details_unreadable", %affiliate,
                "stored payout details could not be opened: {error}"
            )
        })
        .ok()?;
    serde_json::from_str::<Details>(opened.expose()).ok().map(|details| details.email)
}

fn conflict(code: Code, message: &str) -> Error {
    Error::new(StatusCode::CONFLICT, code, message)
}
