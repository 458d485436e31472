//! Formats what is known about a missing sale: matching sales, who is credited and why, and the affiliate's own clicks
//! around that day.

use shared::timestamp::Timestamp;

use super::{
    store::Claim,
    trail_store::{self, Sale, Touch},
};
use crate::portal::sales_store;
use kit::{db::TenantTx, page::zone::Zone};
use rules::format;

/// Clicks are shown from this many days before the order, up to its day.
const DAYS_BEFORE: i64 = 60;
const CLICKS_MAX: i64 = 15;

#[derive(Debug)]
pub struct Trail {
    pub sales: Vec<Found>,
    pub clicks: Vec<(String, String)>,
    /// The number of days before the order that the clicks cover.
    pub days: i64,
}

/// A sale that matches the claim.
#[derive(Debug)]
pub struct Found {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    pub at: String,
    pub amount: String,
    pub fits: &'static str,
    /// Who is credited, and why.
    pub who: String,
    /// The claiming affiliate is credited with it already.
    pub theirs: bool,
    pub touches: Vec<String>,
}

pub async fn of(tx: &mut TenantTx, claim: &Claim, zone: &Zone) -> Result<Trail, sqlx::Error> {
    let sales = trail_store::sales(tx, claim.order_id.as_deref(), claim.buyer_email.as_deref()).await?;
    let ids: Vec<_> = sales.iter().map(|sale| sale.id).collect();
    let touches = trail_store::touches(tx, &ids).await?;
    let span = Timestamp::from_date_time(claim.ordered_on.midnight().assume_utc());
    let span = (span.plus_days(-DAYS_BEFORE), span.plus_days(2));
    let clicks = sales_store::clicks(tx, claim.affiliate, span, None, CLICKS_MAX).await?;
    Ok(Trail {
        sales: sales.iter().map(|sale| found(sale, &touches, claim, zone)).collect(),
        clicks: clicks
            .into_iter()
            .map(|click| {
                let from = click.referrer.unwrap_or_else(|| "a direct visit".to_owned());
                let what = format!("{} from {from}, {}", click.link.unwrap_or_default(), click.device);
                (zone.full(click.at), what)
            })
            .collect(),
        days: DAYS_BEFORE,
    })
}

fn found(sale: &Sale, touches: &[Touch], claim: &Claim, zone: &Zone) -> Found {
    let own = touches.iter().filter(|touch| touch.sale == sale.id);
    Found {
        id: sale.id.to_string(),
        name: sale.external_id.clone(),
        kind: match sale.kind.as_str() {
            "Recurring" => "Renewal",
            "Lead" => "Lead",
            _ => "Sale",
        },
        at: zone.full(sale.at),
        amount: format::money(sale.amount, &sale.currency),
        fits: if sale.by_number { "Order number matches" } else { "Buyer email matches" },
        who: who(sale),
        theirs: sale.affiliate == Some(claim.affiliate),
        touches: own.map(|touch| label(touch, zone)).collect(),
    }
}

fn label(touch: &Touch, zone: &Zone) -> String {
    let name = &touch.affiliate_name;
    let what = match touch.kind.as_str() {
        "click" => format!("clicked {name}'s link"),
        "coupon" => format!("used {name}'s coupon"),
        _ => format!("named {name} as the affiliate"),
    };
    format!("{}: {what}", zone.full(touch.at))
}

fn who(sale: &Sale) -> String {
    let Some(name) = &sale.affiliate_name else { return "Not credited to anyone.".to_owned() };
    let why = match sale.credited_by.as_deref() {
        Some("manual") => "assigned manually",
        Some("bound") => "already their customer",
        Some("coupon") => "their coupon was used",
        Some("click") => "their click counted",
        Some("slug") => "the sale named them",
        Some("lead") => "they referred the buyer as a lead",
        _ => "credited automatically",
    };
    format!("Credited to {name}: {why}.")
}

#[cfg(test)]
mod tests {
    use shared::{
        id::{AffiliateId, ConversionId, MissingSaleClaimId},
        timestamp::Timestamp,
    };

    use super::{super::store::Status, *};

    #[test]
    fn who_has_a_sale_is_said_with_the_reason() {
        let (mira, lauren) = (AffiliateId::v7(1, &[1; 10]), AffiliateId::v7(1, &[2; 10]));
        let at = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        let sale = Sale {
            id: ConversionId::v7(1, &[1; 10]),
            external_id: "A-17".to_owned(),
            kind: "Sale".to_owned(),
            at,
            amount: 9_900,
            currency: "USD".to_owned(),
            status: "Pending".to_owned(),
            affiliate: Some(mira),
            affiliate_name: Some("Mira".to_owned()),
            credited_by: Some("click".to_owned()),
            by_number: true,
        };
        let touch = Touch {
            sale: sale.id,
            kind: "coupon".to_owned(),
            at,
            affiliate: lauren,
            affiliate_name: "Lauren".to_owned(),
        };
        let claim = Claim {
            id: MissingSaleClaimId::v7(1, &[1; 10]),
            affiliate: lauren,
            affiliate_name: "Lauren".to_owned(),
            affiliate_email: String::new(),
            status: Status::Open,
            ordered_on: time::Date::MIN,
            bought: String::new(),
            order_id: None,
            buyer_email: None,
            note: None,
            submitted_at: at,
            decided_at: None,
            decided_by: None,
            answer: None,
            conversion: None,
        };
        let found = found(&sale, &[touch], &claim, &Zone::utc());
        assert_eq!(found.who, "Credited to Mira: their click counted.");
        assert_eq!(found.touches, ["20 Nov 2026, 08:30: used Lauren's coupon"]);
        assert!(!found.theirs);
    }
}
