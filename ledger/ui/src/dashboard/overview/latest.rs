//! The overview's rows for the newest conversions, payouts and clicks.

use payout_core::tax::country;

use crate::dashboard::{
    payouts::view::rail,
    store::{Paid, Sale, Visit},
};
use kit::page::{
    status::{self, Badge},
    zone::Zone,
};
use rules::format;

const NOTHING: &str = "\u{2013}";

/// An id and a name.
type Named = Option<(String, String)>;

#[derive(Debug)]
pub(super) struct SaleRow {
    pub id: String,
    pub at: String,
    pub when: String,
    pub external_id: String,
    pub kind: String,
    pub affiliate: Named,
    pub source: String,
    pub amount: String,
    pub refunded: Option<String>,
    pub commission: String,
    pub receipt: Option<String>,
    pub badge: Badge,
}

#[derive(Debug)]
pub(super) struct VisitRow {
    pub id: String,
    pub at: String,
    pub when: String,
    pub affiliate: Named,
    pub country: String,
    pub device: String,
    /// The host that led to the link.
    pub source: String,
}

#[derive(Debug)]
pub(super) struct PayoutRow {
    pub id: String,
    pub at: String,
    pub when: String,
    pub affiliate: Named,
    pub method: &'static str,
    pub amount: String,
    pub badge: Badge,
}

/// Shows a dash instead of `$0.00`: a lead has no amount yet.
fn nothing_or(minor: i64, currency: &str) -> String {
    if minor == 0 { NOTHING.to_owned() } else { format::money(minor, currency) }
}

/// `$20.00`, or `€5.00 + $20.00` if the commissions have several currencies; a dash for an unattributed sale, which earns
/// no one a commission.
fn commissions(earned: &[(String, i64)]) -> String {
    let earned = earned.iter().filter(|(_, amount)| *amount != 0);
    let texts: Vec<String> = earned.map(|(currency, amount)| format::money(*amount, currency)).collect();
    if texts.is_empty() { NOTHING.to_owned() } else { texts.join(" + ") }
}

impl SaleRow {
    pub(super) fn of(sale: Sale, zone: &Zone) -> Self {
        let source = match (sale.credited_by.as_deref(), sale.source.as_str()) {
            (_, "Import") => "Imported".to_owned(),
            (_, "Pixel") if !sale.verified => "Pixel (unverified)".to_owned(),
            (Some("bound"), source) => format!("{source}, known customer"),
            (Some(rule), source) => format!("{source}, {}", if rule == "slug" { "link" } else { rule }),
            (None, source) => source.to_owned(),
        };
        Self {
            id: sale.id.to_string(),
            at: sale.at.to_string(),
            when: zone.moment(sale.at),
            external_id: sale.external_id,
            kind: sale.kind,
            affiliate: sale.affiliate.map(|(id, name)| (id.to_string(), name)),
            source: source.replace("S2s", "Server"),
            amount: nothing_or(sale.amount, &sale.currency),
            refunded: (sale.refunded > 0).then(|| format::money(sale.refunded, &sale.currency)),
            commission: commissions(&sale.earned),
            receipt: sale.receipt.map(|id| id.to_string()),
            badge: status::conversion(&sale.status, sale.in_review),
        }
    }
}

impl PayoutRow {
    pub(super) fn of(paid: Paid, zone: &Zone) -> Self {
        let (affiliate, name) = paid.affiliate;
        Self {
            id: paid.id.to_string(),
            at: paid.at.to_string(),
            when: zone.moment(paid.at),
            affiliate: Some((affiliate.to_string(), name)),
            method: rail(&paid.rail),
            amount: format::money(paid.amount, &paid.currency),
            badge: status::payout(&paid.status),
        }
    }
}

impl VisitRow {
    pub(super) fn of(visit: Visit, zone: &Zone) -> Self {
        let country = visit.country.as_deref().map(|code| country::name(code).unwrap_or(code));
        let source = visit.referrer.as_deref().map_or("Direct", |host| host.strip_prefix("www.").unwrap_or(host));
        Self {
            id: visit.id.to_string(),
            at: visit.at.to_string(),
            when: zone.moment(visit.at),
            affiliate: visit.affiliate.map(|(id, name)| (id.to_string(), name)),
            country: country.unwrap_or("Unknown").to_owned(),
            source: source.to_owned(),
            device: device(&visit.device),
        }
    }
}

/// `Desktop`, `Mobile`.
fn device(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commission_keeps_its_own_currency() {
        let text = |earned: &[(&str, i64)]| {
            let earned: Vec<_> = earned.iter().map(|(currency, amount)| ((*currency).to_owned(), *amount)).collect();
            commissions(&earned)
        };
        assert_eq!(text(&[("USD", 2_000)]), "$20.00");
        assert_eq!(text(&[("EUR", 500), ("USD", 2_000)]), "\u{20ac}5.00 + $20.00");
        assert_eq!((text(&[("USD", 0)]).as_str(), text(&[]).as_str()), (NOTHING, NOTHING));
    }
}
