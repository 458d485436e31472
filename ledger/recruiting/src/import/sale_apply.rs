//! Checks and books past sales and leads. Each is an event, like everything that the book depends on; in the same
//! transaction, its commission is booked as paid elsewhere, unless the brand pays it here.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::{
    event::{Conversion as Report, ConversionSource, ConversionType, EVENT_VERSION, Event, PastSale, Payload},
    id::{ConversionId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    apply,
    check::{done, refused},
    decide::{Knowledge, Outcome},
    field::Kind,
    known_store,
    lead_row::lead,
    row::Refusal,
    row_store::{Done, Open, Worth},
    sale_decide::Stored,
    sale_row::{Reading, SaleRow, Settled, sale},
    store::Import,
};
use engine::{commission, conversion, history::facts};
use identity::organization::time_zone;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use payouts::payout::past::{self, Origin, Settlement};
use rules::conversion::Conversion;

/// Rows as parsed, and what they are compared with.
struct Read<'r> {
    rows: Vec<(&'r Open, std::result::Result<SaleRow, Refusal>)>,
    all: Knowledge,
    stored: Stored,
}

async fn read<'r>(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &'r [Open]) -> Result<Read<'r>> {
    let now = state.clock.now();
    let reading =
        Reading { head: &import.head, mapping: &import.mapping, dates: import.dates, terms: import.terms, now };
    let parse = if import.kind == Kind::Leads { lead } else { sale };
    let rows: Vec<_> = rows.iter().map(|open| (open, parse(&open.cells, reading))).collect();
    let good: Vec<&SaleRow> = rows.iter().filter_map(|(_, row)| row.as_ref().ok()).collect();
    let all = known_store::of_sales(tx, import.source, &good).await?;
    let stored = stored(tx, &good).await?;
    Ok(Read { rows, all, stored })
}

/// Loads what is stored of the rows' sales and leads. A gateway may have reported a payment under another id than the
/// file's, such as a charge's invoice. The import takes the place of what only a page claimed, as any verified report
/// does, unless that is in a payout.
async fn stored(tx: &mut TenantTx, rows: &[&SaleRow]) -> Result<Stored> {
    let organization = tx.organization();
    let own: Vec<_> = rows.iter().map(|row| (organization, row.external_id.clone())).collect();
    let names = facts::names(tx, &own).await?;
    let requested: Vec<_> = names.pairs().map(|(_, name)| (organization, name)).collect();
    let mut found = conversion::store::by_external_id(tx, &requested).await?;
    let claims = found.iter().filter(|row| !row.provenance.is_verified()).map(|row| (organization, row.id));
    let earned = commission::store::load(tx, &claims.collect::<Vec<_>>()).await?;
    let in_payouts = earned.iter().filter(|(_, commission)| commission.is_in_payouts());
    let paid: HashSet<ConversionId> = in_payouts.filter_map(|(_, commission)| commission.conversion()).collect();
    found.retain(|row| row.provenance.is_verified() || paid.contains(&row.id));
    let by_name: HashMap<&str, &Conversion> = found.iter().map(|row| (row.external_id.as_str(), row)).collect();
    let mut stored = Stored { similar: known_store::similar(tx, rows).await?, ..Stored::default() };
    for (sale, name) in names.pairs() {
        if let Some(row) = by_name.get(name) {
            stored.known.entry(sale.to_owned()).or_insert_with(|| (*row).clone());
        }
        if name != sale {
            stored.names.entry(sale.to_owned()).or_default().push(name.to_owned());
        }
    }
    Ok(stored)
}

fn worth(row: &SaleRow) -> Option<Worth> {
    (!row.is_lead).then_some(Worth { amount: row.amount, earned: row.earned, settled: row.settled })
}

/// Returns what the run would do with each row.
pub(super) async fn check(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    let Read { rows, mut all, stored } = read(tx, state, import, rows).await?;
    let results = rows.into_iter().map(|(open, row)| {
        match row.and_then(|row| all.sale(&row, &stored).map(|decision| (row, decision))) {
            Ok((row, decision)) => {
                Done { worth: worth(&row), ..done(open.line, decision.outcome, &decision.added, &decision.notes) }
            }
            Err(refusal) => refused(open.line, refusal),
        }
    });
    Ok(results.collect())
}

/// Books the rows. The caller holds the book's lock.
///
/// # Errors
/// Database errors: the caller must not commit then.
pub(super) async fn rows(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    let organization = tx.organization();
    let started = import.started_at.ok_or_else(|| Error::internal("an import that runs and never started"))?;
    let zone = time_zone::of(tx).await?;
    let Read { rows, mut all, stored } = read(tx, state, import, rows).await?;
    let (mut results, mut events) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut sales = Vec::new();
    for (open, row) in rows {
        if apply::was_duplicate(open) {
            results.push(apply::duplicate(open.line));
            continue;
        }
        let decided = row.and_then(|row| all.sale(&row, &stored).map(|decision| (row, decision)));
        results.push(match decided {
            Err(refusal) => refused(open.line, refusal),
            Ok((row, decision)) => {
                let result = done(open.line, decision.outcome, &decision.added, &decision.notes);
                let result = Done { worth: worth(&row), ..result };
                if let Some(affiliate) = decision.action.and_then(|id| all.affiliates.get(&id)) {
                    // A day of today may still be before its noon.
                    let sold_at = past::noon_if_a_day(&zone, row.sold_at).min(started);
                    let event = event(organization, import, &row, &affiliate.slug, (sold_at, started));
                    events.push((results.len(), event));
                    sales.push((results.len(), row));
                }
                result
            }
        });
    }
    apply::book(tx, state, &events, &mut results).await?;
    let booked = sales.iter().filter(|(place, _)| results.get(*place).is_some_and(|one| one.outcome == Outcome::New));
    let settled: Vec<_> = booked.filter_map(|(_, row)| Some((row.external_id.as_str(), settlement(row)?))).collect();
    let origin = Origin {
        source: import.source.as_str(),
        place: import.source.place(),
        actor: &import.actor,
        taxed_there: import.terms.taxed_there,
        at: started,
    };
    past::settle(tx, state, &origin, &settled).await?;
    Ok(results)
}

/// How the commission was settled elsewhere; `None` if it is paid here.
fn settlement(row: &SaleRow) -> Option<Settlement<'_>> {
    match row.settled {
        Settled::Paid => Some(Settlement::Paid(row.paid_at.unwrap_or(row.sold_at), row.payout_id.as_deref())),
        Settled::SettledThere => Some(Settlement::Left),
        Settled::PaidHere => None,
    }
}

fn event(
    organization: OrganizationId,
    import: &Import,
    row: &SaleRow,
    slug: &str,
    (sold_at, started): (Timestamp, Timestamp),
) -> Event {
    let conversion = Report {
        source: ConversionSource::Import,
        kind: if row.is_lead { ConversionType::Lead } else { ConversionType::Sale },
        external_event_id: row.external_id.clone(),
        program_id: Some(import.program),
        affiliate_slug: Some(slug.to_owned()),
        click_token: None,
        coupon_code: None,
        amount_cents: row.amount.minor,
        paid_cents: None,
        currency: row.amount.currency,
        customer_id: row.customer_id.clone(),
        customer_email: row.customer_email.clone(),
        customer_name: None,
        subscription_id: row.subscription_id.clone(),
        product_id: None,
        country: None,
        occurred_at: Some(sold_at),
        refund_of: None,
        metadata: BTreeMap::new(),
        past: Some(PastSale { earned_cents: row.earned.minor, owed_here: row.settled == Settled::PaidHere }),
    };
    Event {
        v: EVENT_VERSION,
        id: Event::past_sale_id(organization, &row.external_id),
        organization_id: organization,
        received_at: started,
        request_id: import.id.to_string(),
        traceparent: None,
        payload: Payload::Conversion(Box::new(conversion)),
    }
}
