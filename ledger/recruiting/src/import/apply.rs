//! Imports some rows in one transaction together with their outcomes: if it is interrupted, nothing has happened.

use std::collections::{BTreeMap, HashSet};

use shared::{
    batch::Verdict,
    event::{Conversion, ConversionSource, ConversionType, EVENT_VERSION, Event, Payload},
    id::{AffiliateId, OrganizationId},
    money::Currency,
};

use super::{
    check::{done, placeholder, refused},
    decide::{AffiliateAction, Knowledge, Known, Outcome},
    email, entry_apply,
    field::{Field, Kind},
    known_store,
    row::{self, AffiliateRow, CustomerRow, Refusal},
    row_store::{self, Done, Open},
    sale_apply,
    store::Import,
};
use engine::intake::booking;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use payouts::payout_account::imported_method;
use programs::{
    affiliate::{
        create::{self, Ready, derived},
        store::NewAffiliate,
        unsolicited_email,
    },
    coupon::{
        api as coupons,
        view::{Coupon, CouponSales},
    },
    link::{
        self,
        create::{NewLink, suffix},
    },
};
use rules::coupon::key::key;

/// # Errors
/// Database errors, and rows that the database rejects: the caller must not commit then.
pub async fn rows(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    match import.kind {
        Kind::Affiliates => affiliates(tx, state, import, rows).await,
        Kind::Customers => customers(tx, state, import, rows).await,
        Kind::Sales | Kind::Leads => sale_apply::rows(tx, state, import, rows).await,
        Kind::Bonuses | Kind::Payouts => entry_apply::rows(tx, state, import, rows).await,
    }
}

/// Only the check detects duplicates within the file, because only it sees all of it.
pub(super) fn was_duplicate(open: &Open) -> bool {
    open.refused.as_deref() == Some("duplicate")
}

pub(super) fn duplicate(line: i32) -> Done {
    refused(line, Refusal::new("duplicate", "Duplicate: this row appears earlier in the file."))
}

async fn affiliates(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    let read: Vec<_> =
        rows.iter().map(|open| (open, row::affiliate(&open.cells, &import.mapping, import.dates))).collect();
    let good: Vec<&AffiliateRow> = read.iter().filter_map(|(_, row)| row.as_ref().ok()).collect();
    let mut all = known_store::of_affiliates(tx, &good).await?;
    let (mut results, mut fresh) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut tokens = BTreeMap::new();
    for (open, row) in read {
        if was_duplicate(open) {
            results.push(duplicate(open.line));
            continue;
        }
        let decided = row.and_then(|row| all.affiliate(&row).map(|decision| (row, decision)));
        results.push(match decided {
            Err(refusal) => refused(open.line, refusal),
            Ok((row, decision)) => {
                let result = done(open.line, decision.outcome, &decision.added, &decision.notes);
                match decision.action {
                    AffiliateAction::Nothing => {
                        tokens.extend(row.token.clone().zip(all.by_email.get(&row.email).copied()));
                    }
                    AffiliateAction::Make { slug, coupon } => {
                        let ready = ready(state, import, &row, slug, !all.lacks_host);
                        expect(&mut all, &ready, coupon.as_deref());
                        tokens.extend(row.token.clone().map(|token| (token, ready.affiliate.id)));
                        fresh.push(Fresh { place: results.len(), row, ready, coupon, notes: decision.notes });
                    }
                    AffiliateAction::Add { id, slug, coupon, paypal } => {
                        tokens.extend(row.token.clone().map(|token| (token, id)));
                        if let Some(slug) = slug {
                            add_link(tx, state, import, &mut all, (id, slug)).await?;
                        }
                        if let Some(code) = coupon {
                            all.coupons.insert(key(&code), id);
                            give_coupon(tx, state, import, id, code).await?;
                        }
                        if let Some(address) = row.paypal.as_ref().filter(|_| paypal) {
                            imported_method::paypal(tx, state, id, (address, &import.actor)).await?;
                            imported_method::notify(tx, state, id, address).await?;
                        }
                    }
                }
                result
            }
        });
    }
    for (place, notes) in make(tx, state, import, fresh).await? {
        if let Some(result) = results.get_mut(place) {
            *result = done(result.line, Outcome::New, &[], &notes);
        }
    }
    known_store::keep_tokens(tx, import.source, &tokens).await?;
    Ok(results)
}

/// An affiliate that a row creates, and the row's position among the results.
struct Fresh {
    place: usize,
    row: AffiliateRow,
    ready: Ready,
    coupon: Option<String>,
    notes: Vec<String>,
}

/// Makes new affiliates known to the rows below them.
fn expect(all: &mut Knowledge, ready: &Ready, coupon: Option<&str>) {
    let NewAffiliate { id, slug, email, status, .. } = &ready.affiliate;
    // As in the check: a derived slug takes none that a row below brings.
    let slug = if ready.slug_is_derived { placeholder(*id) } else { slug.clone() };
    let email = email.clone();
    let (approved, has_link) = (*status == "Approved", ready.link.is_some());
    all.add(Known { id: *id, slug, email, approved, has_link, paid_somehow: false });
    if let Some(code) = coupon {
        all.coupons.insert(key(code), *id);
    }
}

/// Creates the affiliates as one set, with their coupons and payout methods; returns the notes for the report, by
/// position.
async fn make(
    tx: &mut TenantTx,
    state: &AppState,
    import: &Import,
    fresh: Vec<Fresh>,
) -> Result<Vec<(usize, Vec<String>)>> {
    let (mut ready, mut others) = (Vec::with_capacity(fresh.len()), Vec::with_capacity(fresh.len()));
    for Fresh { place, row, ready: one, coupon, notes } in fresh {
        others.push((place, row, one.affiliate.id, coupon, notes));
        ready.push(one);
    }
    avoid_brought(tx, import, &mut ready).await?;
    create::make_all(tx, state, ready, state.clock.now()).await?;
    let mut details = Vec::with_capacity(others.len());
    for (place, row, id, coupon, mut notes) in others {
        if let Some(code) = coupon {
            give_coupon(tx, state, import, id, code).await?;
        }
        if let Some(address) = &row.paypal {
            imported_method::paypal(tx, state, id, (address, &import.actor)).await?;
        }
        if import.notify && row.approved {
            match unsolicited_email::permit(tx, state, &row.email).await? {
                Ok(permit) => email::imported(tx, state, (id, &row.email, &row.name), permit).await?,
                Err(kept) => notes.push(format!("We didn't email them. {}", kept.words())),
            }
        }
        details.push((place, notes));
    }
    Ok(details)
}

/// A slug that a row of the file brings belongs to its affiliate, whose old links name it: one that was derived from the
/// name in a row above it gets a suffix.
async fn avoid_brought(tx: &mut TenantTx, import: &Import, ready: &mut [Ready]) -> Result<()> {
    let Some(column) = import.mapping.get(Field::Slug.as_str()) else { return Ok(()) };
    if !ready.iter().any(|one| one.slug_is_derived) {
        return Ok(());
    }
    let cells = row_store::open_cells(tx, import.id, *column).await?;
    let brought: HashSet<String> = cells.iter().map(|cell| row::slug(cell.trim()).to_lowercase()).collect();
    for one in ready.iter_mut().filter(|one| one.slug_is_derived && brought.contains(&one.affiliate.slug)) {
        one.affiliate.slug = format!("{}-{}", one.affiliate.slug, suffix());
    }
    Ok(())
}

/// Gives an affiliate a link with this slug; their own slug gets a suffix if no link can have it.
async fn add_link(
    tx: &mut TenantTx,
    state: &AppState,
    import: &Import,
    all: &mut Knowledge,
    (id, slug): (AffiliateId, String),
) -> Result<()> {
    let is_own = all.affiliates.get(&id).is_some_and(|known| known.slug == slug);
    all.by_slug.insert(slug.to_lowercase(), id);
    if let Some(link) = new_link(import, id, Some(slug).filter(|_| !is_own)) {
        link::create::make(tx, state, link, state.clock.now()).await?;
    }
    Ok(())
}

fn new_link(import: &Import, affiliate_id: AffiliateId, slug: Option<String>) -> Option<NewLink> {
    let destination = import.destination.clone()?;
    Some(NewLink { program_id: import.program, affiliate_id, host: None, slug, destination })
}

fn ready(state: &AppState, import: &Import, row: &AffiliateRow, slug: Option<String>, has_host: bool) -> Ready {
    let id: AffiliateId = state.new_id();
    let slug_is_derived = slug.is_none();
    let affiliate = NewAffiliate {
        id,
        slug: slug.unwrap_or_else(|| derived(&row.name)),
        email: row.email.clone(),
        name: row.name.clone(),
        status: if row.approved { "Approved" } else { "Pending" },
        application: None,
        notes: Some(note(import, row)),
        joined_at: row.since,
    };
    let link = if row.approved && has_host { new_link(import, id, None) } else { None };
    Ready { link, ..Ready::of(affiliate, slug_is_derived) }
}

fn note(import: &Import, row: &AffiliateRow) -> String {
    let mut note = format!("Imported from {}", import.source.place());
    if let Some(country) = &row.country {
        note.push_str(&format!(". Country: {country}"));
    }
    note.push('.');
    note
}

async fn give_coupon(
    tx: &mut TenantTx,
    state: &AppState,
    import: &Import,
    affiliate_id: AffiliateId,
    code: String,
) -> Result<()> {
    let now = state.clock.now();
    let coupon = Coupon {
        id: state.new_id(),
        program_id: import.program,
        affiliate_id,
        code,
        overrides_click_attribution: true,
        external_id: None,
        discount: None,
        gateway: None,
        sold: CouponSales::default(),
        archived_at: None,
        created_at: now,
    };
    coupons::make(tx, &coupon, now).await
}

/// Assigns customers to affiliates through events, like everything that the book depends on.
async fn customers(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    let organization = tx.organization();
    let read: Vec<_> =
        rows.iter().map(|open| (open, row::customer(&open.cells, &import.mapping, import.dates))).collect();
    let good: Vec<&CustomerRow> = read.iter().filter_map(|(_, row)| row.as_ref().ok()).collect();
    let mut all = known_store::of_customers(tx, (import.program, import.source), &good).await?;
    let (mut results, mut events) = (Vec::with_capacity(rows.len()), Vec::new());
    for (open, row) in read {
        if was_duplicate(open) {
            results.push(duplicate(open.line));
            continue;
        }
        let decided = row.and_then(|row| all.customer(&row).map(|decision| (row, decision)));
        results.push(match decided {
            Err(refusal) => refused(open.line, refusal),
            Ok((row, decision)) => {
                let affiliate = decision.action.and_then(|id| all.affiliates.get(&id));
                if let Some(affiliate) = affiliate {
                    events.push((results.len(), binding(organization, import, &row, &affiliate.slug)?));
                }
                done(open.line, decision.outcome, &decision.added, &decision.notes)
            }
        });
    }
    book(tx, state, &events, &mut results).await?;
    Ok(results)
}

/// Books the events of rows, given by their positions among the results, and corrects the results by the verdicts.
pub(super) async fn book(
    tx: &mut TenantTx,
    state: &AppState,
    events: &[(usize, Event)],
    results: &mut [Done],
) -> Result<()> {
    let details =
        events.iter().map(|(_, event)| serde_json::to_string(event)).collect::<std::result::Result<Vec<_>, _>>();
    let details = details.map_err(|error| Error::internal(error))?;
    let placed: Vec<_> =
        events.iter().zip(&details).map(|((place, event), raw)| (*place, event, raw.as_str())).collect();
    for (place, verdict) in booking::apply(tx, state, &placed).await? {
        let Some(result) = results.get_mut(place) else { continue };
        match verdict.verdict {
            Verdict::Accepted => {}
            Verdict::Duplicate => result.outcome = Outcome::Unchanged,
            Verdict::Conflict | Verdict::Rejected => {
                let reason = verdict.reason.unwrap_or_default();
                let message = format!("This row couldn't be imported: {reason}.");
                *result = refused(result.line, Refusal::new("unprocessable", message));
            }
        }
    }
    Ok(())
}

fn binding(organization: OrganizationId, import: &Import, row: &CustomerRow, slug: &str) -> Result<Event> {
    let started = import.started_at.ok_or_else(|| Error::internal("an import that runs and never started"))?;
    let id = Event::import_id(organization, import.program, &row.name);
    let conversion = Conversion {
        source: ConversionSource::Import,
        kind: ConversionType::Lead,
        // This id identifies no person, so it can stay when a person is erased.
        external_event_id: id.to_string(),
        program_id: Some(import.program),
        affiliate_slug: Some(slug.to_owned()),
        click_token: None,
        coupon_code: None,
        amount_cents: 0,
        paid_cents: None,
        currency: Currency::USD,
        customer_id: row.id.clone(),
        customer_email: row.email.clone(),
        customer_name: None,
        subscription_id: None,
        product_id: None,
        country: None,
        // Ignores dates in the future.
        occurred_at: row.since.filter(|since| *since <= started),
        refund_of: None,
        past: None,
        metadata: BTreeMap::new(),
    };
    Ok(Event {
        v: EVENT_VERSION,
        id,
        organization_id: organization,
        received_at: started,
        request_id: import.id.to_string(),
        traceparent: None,
        payload: Payload::Conversion(Box::new(conversion)),
    })
}
