//! Compares events with their effects: conversions as all their reports describe them, refunds, disputes, aliases, and
//! the evidence from click tokens.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::{
    event::Event,
    id::{CustomerId, EventId, OrganizationId},
    keys::KeyRing,
    timestamp::Timestamp,
    token::{ClickToken, TokenError},
};

use super::{
    fields,
    stored::{EventRow, RepeatedReports, Stored, Touched},
};
use crate::verify::difference::Difference;
use engine::{
    event::{digest::digest, reading},
    history::sale_buyers_store,
};
use kit::db::TenantTx;
use rules::{
    attribution::touch::{TouchKind, counts_from},
    conversion::Conversion,
    fact::{ConversionFact, DisputeFact, Fact, ReportedEvent, Source},
};

/// Compares the content of these events with what is stored. A conversion is checked with the event that first reported
/// it.
pub(in crate::verify) async fn compare(
    tx: &mut TenantTx,
    keys: &KeyRing,
    rows: &[EventRow],
) -> Result<Vec<Difference>, sqlx::Error> {
    let organization = tx.organization();
    let mut page = Page { report: Vec::with_capacity(rows.len()), found: Vec::new(), keys };
    for row in rows {
        match read(organization, row) {
            Ok(report) => page.report.push(report),
            Err(difference) => page.found.push(difference),
        }
    }
    let stored = Stored::load(tx, &page.report).await?;
    let mut firsts = Vec::new();
    for report in std::mem::take(&mut page.report) {
        page.facts(&report, &stored, &mut firsts);
        page.touches(&report, &stored);
        page.report.push(report);
    }
    page.baseless(&stored);
    page.conversions(tx, &stored, firsts).await?;
    Ok(page.found)
}

fn about(report: &ReportedEvent) -> String {
    match report.conversion() {
        Some(fact) => format!("conversion {} ({})", fact.external_id, report.event_id),
        None => report.event_id.to_string(),
    }
}

/// Reads the event's facts, if its content is unchanged.
fn read(organization: OrganizationId, row: &EventRow) -> Result<ReportedEvent, Difference> {
    let id = row.id;
    let event: Event = serde_json::from_str(&row.body)
        .map_err(|error| Difference::new(id.to_string(), "event", "applied", format!("unreadable: {error}")))?;
    if (event.id, event.organization_id) != (id, organization) {
        return Err(Difference::new(id.to_string(), "event", id, event.id));
    }
    if digest(&event).as_slice() != row.digest {
        return Err(Difference::new(id.to_string(), "event", "changed content", "the content that matches its digest"));
    }
    reading::read(&event).map_err(|error| Difference::new(id.to_string(), "event", "applied", error))
}

struct Page<'k> {
    report: Vec<ReportedEvent>,
    found: Vec<Difference>,
    keys: &'k KeyRing,
}

impl Page<'_> {
    /// Compares every fact except a conversion's own fields; adds events that first reported a conversion to `firsts`.
    fn facts(&mut self, report: &ReportedEvent, stored: &Stored, firsts: &mut Vec<EventId>) {
        for fact in &report.facts {
            match fact {
                Fact::Conversion(fact) => self.reporter(report, fact, stored, firsts),
                Fact::Refund(fact) => match stored.refunds.get(&(report.event_id, fact.external_id.clone())) {
                    Some((at, kept)) => {
                        self.same(report, "refund", &format!("{at} {kept:?}"), &format!("{} {fact:?}", report.at));
                    }
                    None if lost_its_others(report, stored) => {}
                    None => self.found.push(Difference::missing(about(report), "refund", format!("{fact:?}"))),
                },
                Fact::Dispute(fact) => match stored.disputes.get(&report.event_id) {
                    Some((at, kept)) => {
                        // Disputes from before totals were stored have none.
                        let fact = DisputeFact { total: fact.total.filter(|_| kept.total.is_some()), ..fact.clone() };
                        self.same(report, "dispute", &format!("{at} {kept:?}"), &format!("{} {fact:?}", report.at));
                    }
                    None => self.found.push(Difference::missing(about(report), "dispute", format!("{fact:?}"))),
                },
                Fact::Alias(fact) => {
                    if !stored.aliases.contains(&(fact.alias.clone(), fact.name.clone())) {
                        let name = format!("{} is {}", fact.alias, fact.name);
                        self.found.push(Difference::missing(about(report), "alias", name));
                    }
                }
            }
        }
    }

    fn same(&mut self, report: &ReportedEvent, field: &'static str, stored: &str, recomputed: &str) {
        if stored != recomputed {
            self.found.push(Difference::new(about(report), field, stored, recomputed));
        }
    }

    fn reporter(&mut self, report: &ReportedEvent, fact: &ConversionFact, stored: &Stored, firsts: &mut Vec<EventId>) {
        let customer = stored.customer(report);
        if report.buyer().is_some() && customer.is_none() {
            let name = report.buyer().map(|buyer| buyer.external_id.clone()).unwrap_or_default();
            self.found.push(Difference::missing(about(report), "customer", name));
        }
        // Gateways' events from before trials became leads made none.
        let may_be_missing = fact.lead && matches!(report.source, Source::Gateway(_));
        let Some(conversion) = stored.conversions.get(&fact.external_id) else {
            if may_be_missing {
                return;
            }
            self.found.push(Difference::missing(about(report), "conversion", &fact.external_id));
            return;
        };
        if conversion.event_id == report.event_id {
            firsts.push(report.event_id);
            return;
        }
        // Another verified report must have the same amount, or it would have been a conflict. A claim may contain
        // anything.
        let counts = report.provenance().is_verified();
        if counts && (conversion.amount.minor, conversion.amount.currency) != (fact.amount, fact.currency) {
            let expected = format!("{} {}", fact.currency, fact.amount);
            let known = format!("{} {}", conversion.amount.currency, conversion.amount.minor);
            self.found.push(Difference::new(about(report), "amount", known, expected));
        }
        let repeated_report = (fact.external_id.clone(), customer);
        match stored.repeated_reports.get(&report.event_id) {
            None if may_be_missing => {}
            None => self.found.push(Difference::missing(about(report), "retelling", &fact.external_id)),
            Some(kept) if *kept != repeated_report => {
                let (kept, reported_as) = (format!("{kept:?}"), format!("{repeated_report:?}"));
                self.found.push(Difference::new(about(report), "retelling", kept, reported_as));
            }
            Some(_) => {}
        }
    }

    /// Takes the targets of names as recorded, but checks a click token, which contains its target itself.
    fn touches(&mut self, report: &ReportedEvent, stored: &Stored) {
        let Some(touches) = stored.touches.get(&report.event_id) else { return };
        for touch in touches {
            let from_token = report.evidence.click_token.as_deref().map(|token| ClickToken::decode(token, self.keys));
            let reported_evidence = match (touch.kind, from_token) {
                // The token's key was retired, so it can't be verified any longer.
                (TouchKind::Click, Some(Err(TokenError::UnknownKey))) => Some((touch.click, touch.touched_at)),
                (TouchKind::Click, Some(Ok(token))) => Some((
                    Some((token.click_id, token.link_id)),
                    counts_from(token.clicked_at, report.at, report.source),
                )),
                (TouchKind::Click, _) => None,
                (TouchKind::Slug, _) => report.evidence.slug.is_some().then_some((None, report.at)),
                (TouchKind::Import, _) => (report.source == Source::Import && report.evidence.slug.is_some())
                    .then(|| (None, report.evidence.since.unwrap_or(report.at))),
                (TouchKind::Coupon, _) => (!report.evidence.coupons.is_empty()).then_some((None, report.at)),
            };
            let Some((click, touched_at)) = reported_evidence else {
                self.found.push(Difference::baseless(about(report), "touch", touch.kind.as_str()));
                continue;
            };
            let customer = stored.customer(report);
            let reported_at = report.evidence_at();
            let anew = Touched { kind: touch.kind, customer, reported_at, touched_at, click };
            if anew != *touch {
                self.found.push(Difference::new(about(report), "touch", format!("{touch:?}"), format!("{anew:?}")));
            }
        }
    }

    /// Finds rows that are stored for an event that doesn't report them.
    fn baseless(&mut self, stored: &Stored) {
        let expected = |requested: fn(&Fact) -> bool| -> HashSet<EventId> {
            self.report
                .iter()
                .filter(|report| report.facts.iter().any(requested))
                .map(|report| report.event_id)
                .collect()
        };
        let refunds: HashSet<(EventId, &str)> = self
            .report
            .iter()
            .flat_map(|report| report.facts.iter().map(move |fact| (report.event_id, fact)))
            .filter_map(|(event, fact)| match fact {
                Fact::Refund(fact) => Some((event, fact.external_id.as_str())),
                Fact::Conversion(_) | Fact::Dispute(_) | Fact::Alias(_) => None,
            })
            .collect();
        let disputes = expected(|fact| matches!(fact, Fact::Dispute(_)));
        let conversions = expected(|fact| matches!(fact, Fact::Conversion(_)));
        let mut found = Vec::new();
        let is_baseless = |id: EventId, name: &str| !refunds.contains(&(id, name));
        for ((id, _), (_, fact)) in stored.refunds.iter().filter(|((id, name), _)| is_baseless(*id, name)) {
            found.push(Difference::baseless(id.to_string(), "refund", format!("{fact:?}")));
        }
        for (id, (_, fact)) in stored.disputes.iter().filter(|(id, _)| !disputes.contains(id)) {
            found.push(Difference::baseless(id.to_string(), "dispute", format!("{fact:?}")));
        }
        for (id, (name, _)) in stored.repeated_reports.iter().filter(|(id, _)| !conversions.contains(id)) {
            found.push(Difference::baseless(id.to_string(), "retelling", name));
        }
        self.found.append(&mut found);
    }

    /// Compares conversions with the combination of all their reports.
    async fn conversions(
        &mut self,
        tx: &mut TenantTx,
        stored: &Stored,
        firsts: Vec<EventId>,
    ) -> Result<(), sqlx::Error> {
        let organization = tx.organization();
        let by_event: HashMap<EventId, &ReportedEvent> =
            self.report.iter().map(|report| (report.event_id, report)).collect();
        let names = firsts.iter().filter_map(|id| by_event.get(id)?.conversion()).map(|fact| fact.external_id.clone());
        let repeated = RepeatedReports::load(tx, names).await?;
        // Their other reports may be on other pages.
        let mut elsewhere: HashMap<EventId, ReportedEvent> = HashMap::new();
        for row in &repeated.elsewhere(tx, |id| by_event.contains_key(&id)).await? {
            // An unreadable one is reported on its own page.
            if let Ok(report) = read(organization, row) {
                elsewhere.insert(report.event_id, report);
            }
        }
        let mut found = Vec::new();
        for first in firsts {
            let Some((report, fact)) = by_event.get(&first).and_then(|report| Some((*report, report.conversion()?)))
            else {
                continue;
            };
            let Some(kept) = stored.conversions.get(&fact.external_id) else { continue };
            let mut anew = Conversion::report(kept.id, report, fact, stored.customer(report));
            let mut buyers = Buyers::default();
            buyers.add(report, stored.customer(report));
            for (reporter, customer) in repeated.of(&fact.external_id) {
                let report = by_event.get(reporter).copied().or_else(|| elsewhere.get(reporter));
                if let Some((report, fact)) = report.and_then(|report| Some((report, report.conversion()?))) {
                    anew.repeated(report, fact, *customer);
                    buyers.add(report, *customer);
                }
            }
            if let Some((owner, difference)) = buyers.compare(tx, kept).await? {
                anew.customer_id = Some(owner);
                found.extend(difference);
            }
            anew.outcome.clone_from(&kept.outcome);
            if anew != *kept {
                found.extend(fields::report(kept, &anew));
            }
        }
        self.found.append(&mut found);
        Ok(())
    }
}

/// Whether it's a gateway's event of which another refund is stored. Before migration 0072, only one refund of an event
/// was stored, and a canceled order at Shopify may contain several. No event is applied twice: the others stay missing.
fn lost_its_others(report: &ReportedEvent, stored: &Stored) -> bool {
    let is_stored = |fact: &Fact| match fact {
        Fact::Refund(fact) => stored.refunds.contains_key(&(report.event_id, fact.external_id.clone())),
        Fact::Conversion(_) | Fact::Dispute(_) | Fact::Alias(_) => false,
    };
    matches!(report.source, Source::Gateway(_)) && report.facts.iter().any(is_stored)
}

/// The first report of each customer as the buyer of one conversion.
#[derive(Debug, Default)]
struct Buyers(BTreeMap<CustomerId, (Timestamp, EventId)>);

impl Buyers {
    fn add(&mut self, report: &ReportedEvent, customer: Option<CustomerId>) {
        if let Some(customer) = customer.filter(|_| report.buyer().is_some()) {
            let report = (report.received_at, report.event_id);
            let first = self.0.entry(customer).or_insert(report);
            *first = (*first).min(report);
        }
    }

    /// If there are several buyers, returns the one who was reported first, and how the stored reports differ. Sales
    /// from before these reports were stored have nothing to compare.
    async fn compare(
        &self,
        tx: &mut TenantTx,
        kept: &Conversion,
    ) -> Result<Option<(CustomerId, Option<Difference>)>, sqlx::Error> {
        if self.0.len() < 2 {
            return Ok(None);
        }
        let rows = sale_buyers_store::reports_of(tx, &[kept.event_id]).await?;
        let stored: BTreeMap<_, _> = rows.iter().map(|row| (row.customer, (row.received_at, row.event))).collect();
        let Some((owner, _)) = self.0.iter().min_by_key(|(_, report)| **report) else { return Ok(None) };
        let differs = stored != self.0;
        let difference = || {
            let (there, anew) = (format!("{stored:?}"), format!("{:?}", self.0));
            Difference::new(format!("conversion {}", kept.external_id), "buyers", there, anew)
        };
        Ok((!stored.is_empty()).then(|| (*owner, differs.then(difference))))
    }
}
