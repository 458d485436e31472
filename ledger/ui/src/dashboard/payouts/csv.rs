//! `GET /dashboard/payouts.csv`: exports a tab as CSV with the page's filters. Rows are read in batches and sent as
//! they are read, so that any length works.

use axum::{extract::State, response::Response};
use shared::{
    id::{AffiliateId, PayoutId},
    timestamp::Timestamp,
};

use super::{
    filters::{ListFilters, Tab},
    owed_store::{self, Owed},
    store::{self, Row},
    verdict::{self, Verdicts},
    view::shown,
};
use crate::dashboard::home_amount;
use engine::fx_rates::convert::{self, RatesOfDays};
use identity::{
    access::{member::Choice, session::Session},
    organization::time_zone,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 250;
const OWED: [&str; 9] = [
    "affiliate id",
    "name",
    "email",
    "currency",
    "payable",
    "paid too much",
    "next run",
    "why not",
    "payout on its way",
];
const UPCOMING: [&str; 5] = ["affiliate id", "name", "email", "currency", "on hold"];
const PAYOUTS: [&str; 22] = [
    "payout id",
    "affiliate id",
    "name",
    "email",
    "currency",
    "gross",
    "withheld",
    "net",
    "came back",
    "paid by",
    "status",
    "reason code",
    "reason",
    "run id",
    "reference",
    "created",
    "sent",
    "ended",
    home_amount::HEAD[0],
    home_amount::HEAD[1],
    home_amount::HEAD[2],
    home_amount::HEAD[3],
];

/// The tabs of balances.
struct OwedAmounts {
    filters: ListFilters,
    after: Option<(AffiliateId, String)>,
    now: Timestamp,
}

/// The tabs of payouts.
struct Payouts {
    filters: ListFilters,
    before: Option<PayoutId>,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let filters = ListFilters::read(&mut query, &time_zone::of(&mut tx).await?)?;
    tx.commit().await?;
    let name = format!("payouts-{}", filters.tab.name());
    let now = state.clock.now();
    Ok(match filters.tab {
        Tab::Pending => csv::export(&state.db, organization, &name, OWED, OwedAmounts { filters, after: None, now })?,
        Tab::Upcoming => {
            csv::export(&state.db, organization, &name, UPCOMING, OwedAmounts { filters, after: None, now })?
        }
        Tab::InProgress | Tab::Paid | Tab::Failed => {
            csv::export(&state.db, organization, &name, PAYOUTS, Payouts { filters, before: None })?
        }
    })
}

impl csv::Listing for OwedAmounts {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let after = self.after.as_ref().map(|(affiliate, currency)| (*affiliate, currency.as_str()));
        let rows = owed_store::list(tx, &self.filters, after, ROWS_AT_ONCE).await?;
        self.after = rows.last().map(|last| (last.affiliate, last.currency.clone()));
        if self.filters.tab == Tab::Upcoming {
            return Ok(csv::Page::new(rows.iter().map(upcoming), ROWS_AT_ONCE));
        }
        // Whom the next run pays.
        let verdicts = verdict::of(tx, &rows, self.now).await?;
        Ok(csv::Page::new(rows.iter().map(|row| owed(row, &verdicts)), ROWS_AT_ONCE))
    }
}

impl csv::Listing for Payouts {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = store::list(tx, &self.filters, self.before, ROWS_AT_ONCE).await?;
        let needed = home_amount::needed(rows.iter().map(|row| (row.currency.as_str(), row.created_at)));
        let rates = convert::of_days(tx, needed).await?;
        self.before = rows.last().map(|last| last.id);
        Ok(csv::Page::new(rows.iter().map(|row| payout(row, rates.as_ref())), ROWS_AT_ONCE))
    }
}

fn upcoming(row: &Owed) -> String {
    let amount = csv::major(row.amount, &row.currency);
    csv::line([row.affiliate.to_string().as_str(), &row.name, &row.email, &row.currency, &amount])
}

fn owed(row: &Owed, verdicts: &Verdicts) -> String {
    let verdict = row.currency.parse().ok().and_then(|currency| verdicts.get(&(row.affiliate, currency)));
    let open = row.open.map(|(id, _)| id.to_string()).unwrap_or_default();
    csv::line([
        row.affiliate.to_string().as_str(),
        &row.name,
        &row.email,
        &row.currency,
        &csv::major(row.amount.max(0), &row.currency),
        &csv::major(row.amount.min(0).saturating_neg(), &row.currency),
        if row.amount > 0 && verdict.is_none_or(|one| one.code.is_none()) { "yes" } else { "no" },
        verdict.and_then(|one| one.code).unwrap_or_default(),
        &open,
    ])
}

fn payout(row: &Row, rates: Option<&RatesOfDays>) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let money = |minor| csv::major(minor, &row.currency);
    let own = [
        row.id.to_string(),
        row.affiliate.to_string(),
        row.name.clone(),
        row.email.clone(),
        row.currency.clone(),
        money(row.amount),
        money(row.withheld),
        money(row.amount - row.withheld),
        money(row.returned),
        row.rail.clone(),
        shown(&row.status, row.settled_there).to_owned(),
        text(&row.reason_code),
        text(&row.reason),
        row.run.map(|id| id.to_string()).unwrap_or_default(),
        text(&row.reference),
        row.created_at.to_string(),
        moment(row.sent_at),
        moment(row.ended_at),
    ];
    let home = home_amount::cells(rates, row.amount, &row.currency, row.created_at);
    csv::line(own.iter().chain(&home).map(String::as_str))
}
