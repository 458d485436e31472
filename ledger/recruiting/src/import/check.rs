//! The dry run: computes each row's outcome with the same decision function that the run uses. It writes nothing but
//! the rows' outcomes.

use shared::id::AffiliateId;

use super::{
    ROWS_MAX,
    decide::{AffiliateAction, Knowledge, Known, Outcome},
    entry_apply,
    field::Kind,
    known_store, row,
    row_store::{self, Done, Open},
    sale_apply,
    store::Import,
};
use kit::{
    db::{TenantTx, plan_store},
    error::Result,
    state::AppState,
};
use rules::coupon::key::key;

/// Checks all rows of an import that hasn't run yet.
pub async fn run(tx: &mut TenantTx, state: &AppState, import: &Import) -> Result<()> {
    // There may be tens of thousands of emails and names to look up.
    plan_store::by_values(tx).await?;
    let limit = i64::try_from(ROWS_MAX).unwrap_or(i64::MAX);
    let rows = row_store::open(tx, import.id, limit).await?;
    let done = match import.kind {
        Kind::Affiliates => affiliates(tx, state, import, &rows).await?,
        Kind::Customers => customers(tx, import, &rows).await?,
        Kind::Sales | Kind::Leads => sale_apply::check(tx, state, import, &rows).await?,
        Kind::Bonuses | Kind::Payouts => entry_apply::check(tx, state, import, &rows).await?,
    };
    row_store::keep(tx, import.id, &done, false).await?;
    Ok(())
}

/// The result of an imported row: what an existing affiliate gets, and what of the row couldn't be imported.
pub(super) fn done(line: i32, outcome: Outcome, added: &[String], notes: &[String]) -> Done {
    let sentences: Vec<&str> = added.iter().chain(notes).map(String::as_str).collect();
    let message = (!sentences.is_empty()).then(|| sentences.join(" "));
    Done { line, outcome, reason: (!notes.is_empty()).then_some("noted"), message, worth: None }
}

pub(super) fn refused(line: i32, refusal: row::Refusal) -> Done {
    Done { line, outcome: Outcome::Refused, reason: Some(refusal.code), message: Some(refusal.message), worth: None }
}

async fn affiliates(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    let read: Vec<_> =
        rows.iter().map(|open| (open.line, row::affiliate(&open.cells, &import.mapping, import.dates))).collect();
    let good: Vec<&row::AffiliateRow> = read.iter().filter_map(|(_, row)| row.as_ref().ok()).collect();
    let mut all = known_store::of_affiliates(tx, &good).await?;
    Ok(read
        .into_iter()
        .map(|(line, row)| {
            let row = match row {
                Ok(row) => row,
                Err(refusal) => return refused(line, refusal),
            };
            match all.affiliate(&row) {
                Ok(decision) => {
                    learn(&mut all, &row, &decision.action, || state.new_id());
                    done(line, decision.outcome, &decision.added, &decision.notes)
                }
                Err(refusal) => refused(line, refusal),
            }
        })
        .collect())
}

/// Stands for a slug that the run derives from the name, and can't collide with a real one.
pub(super) fn placeholder(id: AffiliateId) -> String {
    format!("@{id}")
}

/// Makes what a row creates known to the rows below it.
fn learn(all: &mut Knowledge, row: &row::AffiliateRow, action: &AffiliateAction, new_id: impl FnOnce() -> AffiliateId) {
    match action {
        AffiliateAction::Nothing => {}
        AffiliateAction::Make { slug, coupon } => {
            let id = new_id();
            let known = Known {
                id,
                slug: slug.clone().unwrap_or_else(|| placeholder(id)),
                email: row.email.clone(),
                approved: row.approved,
                has_link: row.approved && !all.lacks_host,
                paid_somehow: row.paypal.is_some(),
            };
            all.add(known);
            all.coupons.extend(coupon.iter().map(|code| (key(code), id)));
        }
        AffiliateAction::Add { id, slug, coupon, .. } => {
            all.by_slug.extend(slug.iter().map(|slug| (slug.to_lowercase(), *id)));
            all.coupons.extend(coupon.iter().map(|code| (key(code), *id)));
        }
    }
}

async fn customers(tx: &mut TenantTx, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    let read: Vec<_> =
        rows.iter().map(|open| (open.line, row::customer(&open.cells, &import.mapping, import.dates))).collect();
    let good: Vec<&row::CustomerRow> = read.iter().filter_map(|(_, row)| row.as_ref().ok()).collect();
    let mut all = known_store::of_customers(tx, (import.program, import.source), &good).await?;
    Ok(read
        .into_iter()
        .map(|(line, row)| match row.and_then(|row| all.customer(&row)) {
            Ok(decision) => done(line, decision.outcome, &decision.added, &decision.notes),
            Err(refusal) => refused(line, refusal),
        })
        .collect())
}
