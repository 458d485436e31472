//! `GET /dashboard/search?q=…`: searches by name, email, link, code, order number or id.

pub mod api;
pub mod palette;
pub mod store;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::{AffiliateId, CommissionId, CouponId, CustomerId, LinkId, OrganizationId, PayoutId};
use uuid::Uuid;

use engine::lead::names_store;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    page::{Html, PageError, address::Address, status, zone::Zone},
    state::AppState,
};
use rules::format;

const PLACE: &str = "/dashboard/search";
const CHARS_MIN: usize = 2;
const CHARS_MAX: usize = 200;

#[derive(Debug, askama::Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    typed: String,
    /// Why nothing was searched.
    problem: Option<&'static str>,
    groups: Vec<Group>,
}

/// Results of one kind.
#[derive(Debug)]
struct Group {
    /// One of them, as the API names it.
    kind: &'static str,
    key: &'static str,
    title: &'static str,
    hits: Vec<Hit>,
    /// There may be more than are shown.
    more: bool,
}

#[derive(Debug)]
struct Hit {
    id: String,
    href: String,
    title: String,
    note: String,
}

/// The search text, in the forms that the searches need.
struct SearchQuery<'a> {
    organization: OrganizationId,
    typed: &'a str,
    lower: String,
    zone: &'a Zone,
}

/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let typed = query.text("q").unwrap_or_default().trim().to_owned();
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let length = typed.chars().count();
    let problem = match length {
        0 => None,
        _ if length < CHARS_MIN => Some("Enter at least two characters."),
        _ if length > CHARS_MAX => Some("Your search is too long. Shorten it and try again."),
        _ => None,
    };
    let mut groups = Vec::new();
    if length > 0 && problem.is_none() {
        let requested = SearchQuery { organization, typed: &typed, lower: typed.to_lowercase(), zone: &frame.zone };
        let mut tx = state.db.tenant(organization).await?;
        groups = requested.find(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(Html(SearchPage { frame, typed, problem, groups }).into_response())
}

impl SearchQuery<'_> {
    async fn find(&self, tx: &mut TenantTx) -> Result<Vec<Group>, sqlx::Error> {
        let customers = store::customers(tx, self.typed, &self.lower, self.typed.parse().ok()).await?;
        // An address also finds what was bought with it.
        let buyers: &[store::Customer] = if self.lower.contains('@') { &customers } else { &[] };
        let buyers: Vec<Uuid> = buyers.iter().map(|row| row.id).collect();
        let groups = vec![
            group("Affiliate", "affiliates", "Affiliates", self.affiliates(tx).await?),
            group("Program", "programs", "Programs", self.programs(tx).await?),
            group("Link", "links", "Links", self.links(tx).await?),
            group("Coupon", "coupons", "Coupons", self.coupons(tx).await?),
            group("Customer", "customers", "Customers", self.customers(tx, customers).await?),
            group("Conversion", "conversions", "Conversions", self.conversions(tx, &buyers).await?),
            group("Commission", "commissions", "Commissions", self.commission(tx).await?),
            group("Payout", "payouts", "Payouts", self.payout(tx).await?),
        ];
        Ok(groups.into_iter().filter(|group| !group.hits.is_empty()).collect())
    }

    /// `folder` is the part of the dashboard with the record's page.
    fn hit(&self, folder: &str, id: &impl ToString, title: String, note: String) -> Hit {
        let id = id.to_string();
        let href = Address::of(format!("/dashboard/{folder}/{id}"), self.organization).to_string();
        Hit { id, href, title, note }
    }

    async fn affiliates(&self, tx: &mut TenantTx) -> Result<Vec<Hit>, sqlx::Error> {
        let rows = store::affiliates(tx, &self.lower, self.typed.parse().ok()).await?;
        let hit = |row: store::Affiliate| {
            let note = [row.slug, row.email, row.status].join(" \u{b7} ");
            self.hit("affiliates", &AffiliateId::new(row.id), row.name, note)
        };
        Ok(rows.into_iter().map(hit).collect())
    }

    async fn programs(&self, tx: &mut TenantTx) -> Result<Vec<Hit>, sqlx::Error> {
        let rows = store::programs(tx, &self.lower, self.typed.parse().ok()).await?;
        let hit = |row: store::Program| {
            let note = if row.is_archived { format!("{} \u{b7} archived", row.slug) } else { row.slug };
            self.hit("programs", &row.id, row.name, note)
        };
        Ok(rows.into_iter().map(hit).collect())
    }

    /// Accepts a complete link, too.
    async fn links(&self, tx: &mut TenantTx) -> Result<Vec<Hit>, sqlx::Error> {
        let text = link_text(&self.lower);
        let rows = store::links(tx, text, self.typed.parse().ok()).await?;
        let hit = |row: store::Owned| self.owned(LinkId::new(row.id).to_string(), row, "disabled");
        Ok(rows.into_iter().map(hit).collect())
    }

    async fn coupons(&self, tx: &mut TenantTx) -> Result<Vec<Hit>, sqlx::Error> {
        let rows = store::coupons(tx, self.typed, self.typed.parse().ok()).await?;
        let hit = |row: store::Owned| self.owned(CouponId::new(row.id).to_string(), row, "archived");
        Ok(rows.into_iter().map(hit).collect())
    }

    /// A link or a coupon, which its affiliate's page shows.
    fn owned(&self, id: String, row: store::Owned, off: &str) -> Hit {
        let whose = row.affiliate_name;
        let note = if row.is_off { format!("{whose} \u{b7} {off}") } else { whose };
        Hit { id, ..self.hit("affiliates", &AffiliateId::new(row.affiliate), row.text, note) }
    }

    async fn customers(&self, tx: &mut TenantTx, rows: Vec<store::Customer>) -> Result<Vec<Hit>, sqlx::Error> {
        let ids: Vec<CustomerId> = rows.iter().map(|row| CustomerId::new(row.id)).collect();
        let mut names = names_store::of_customers(tx, &ids).await?;
        let hit = |row: store::Customer| {
            let id = CustomerId::new(row.id);
            let parts = [names.remove(&id), row.email.filter(|email| *email != row.external_id)];
            let note = parts.into_iter().flatten().collect::<Vec<_>>().join(" \u{b7} ");
            self.hit("customers", &id, row.external_id, note)
        };
        Ok(rows.into_iter().map(hit).collect())
    }

    async fn conversions(&self, tx: &mut TenantTx, buyers: &[Uuid]) -> Result<Vec<Hit>, sqlx::Error> {
        let rows = store::conversions(tx, self.typed, self.typed.parse().ok(), buyers).await?;
        let hit = |row: store::Conversion| {
            let amount = (row.amount != 0).then(|| format::money(row.amount, &row.currency));
            let parts = [Some(row.kind), amount, row.affiliate, Some(self.zone.full(row.at))];
            let note = parts.into_iter().flatten().collect::<Vec<_>>().join(" \u{b7} ");
            self.hit("conversions", &row.id, row.external_id, note)
        };
        Ok(rows.into_iter().map(hit).collect())
    }

    async fn commission(&self, tx: &mut TenantTx) -> Result<Vec<Hit>, sqlx::Error> {
        let Ok(id) = self.typed.parse::<CommissionId>() else { return Ok(Vec::new()) };
        let hit = |row: store::Commission| {
            let badge = status::commission(&row.status, row.held.as_deref(), "", row.reserved, row.amount, 0);
            let note = format!("{} \u{b7} {}", badge.word, row.affiliate);
            self.hit("commissions", &id, format::money(row.amount, &row.currency), note)
        };
        Ok(store::commission(tx, id).await?.into_iter().map(hit).collect())
    }

    async fn payout(&self, tx: &mut TenantTx) -> Result<Vec<Hit>, sqlx::Error> {
        let Ok(id) = self.typed.parse::<PayoutId>() else { return Ok(Vec::new()) };
        let hit = |row: store::Payout| {
            let note = format!("{} \u{b7} {}", status::payout(&row.status).word, row.affiliate);
            self.hit("payouts", &id, format::money(row.amount, &row.currency), note)
        };
        Ok(store::payout(tx, id).await?.into_iter().map(hit).collect())
    }
}

fn group(kind: &'static str, key: &'static str, title: &'static str, hits: Vec<Hit>) -> Group {
    let most = usize::try_from(store::ROWS).unwrap_or(usize::MAX);
    Group { kind, key, title, more: hits.len() >= most, hits }
}

/// Strips a URL's scheme, query and fragment, and trailing slashes.
fn link_text(text: &str) -> &str {
    let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    text.split(['?', '#']).next().unwrap_or(text).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_by_its_address() {
        for pasted in ["https://go.acme.test/lauren?x=1#y", "go.acme.test/lauren/", "http://go.acme.test/lauren"] {
            assert_eq!(link_text(pasted), "go.acme.test/lauren");
        }
        assert_eq!(link_text("lauren"), "lauren");
    }
}
