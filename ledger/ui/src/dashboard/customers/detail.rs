//! `GET /dashboard/customers/{id}`: one customer: which affiliates they belong to and since when, and what led to each
//! conversion.

use std::collections::{BTreeSet, HashSet};

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::timestamp::Timestamp;

use super::PLACE;
use engine::{
    customer::{
        journey, read,
        view::{CustomerBinding, CustomerDetail, CustomerTotal, JourneyStep},
    },
    customer_join,
    explain::{self, Names, receipt::ReceiptCredit},
    lead::names_store,
};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    page::{Html, PageError, zone::Zone},
    state::AppState,
};
use rules::format;

#[derive(Debug, askama::Template)]
#[template(path = "customer.html")]
struct CustomerPage {
    frame: Frame,
    one: CustomerDetail,
    /// The name with which their latest lead was reported.
    person: Option<String>,
    since: (String, String),
    bindings: Vec<BindingRow>,
    totals: Vec<TotalRow>,
    /// Newest first.
    steps: Vec<StepRow>,
    /// Id and name of each customer record that was merged into this one, if there are several.
    names: Vec<(String, String)>,
}

#[derive(Debug)]
struct BindingRow {
    affiliate: (String, String),
    program: String,
    since: (String, String),
    /// The rule and the sale that created the binding; none if the customer was imported.
    by: Option<(&'static str, String)>,
    earns: bool,
}

#[derive(Debug)]
struct TotalRow {
    sales: String,
    amount: String,
    refunded: Option<String>,
    commission: String,
}

#[derive(Debug)]
struct StepRow {
    id: String,
    title: String,
    name: String,
    at: (String, String),
    credit: ReceiptCredit,
}

impl CustomerPage {
    fn when(&self, at: &Timestamp) -> String {
        self.frame.zone.full(*at)
    }
}

/// # Errors
/// 404 if the user can't access it; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let one = read::detail(&mut tx, &id, state.clock.now()).await?;
    let found = journey::steps(&mut tx, &one.customer.id.to_string(), true).await?;
    let affiliates: BTreeSet<_> = one.bindings.iter().map(|binding| binding.affiliate_id.uuid()).collect();
    let programs: BTreeSet<_> = one.bindings.iter().map(|binding| binding.program_id.uuid()).collect();
    let person = names_store::of_customers(&mut tx, &[one.customer.id]).await?.remove(&one.customer.id);
    let joined = customer_join::store::names_of(&mut tx, one.customer.id).await?;
    let names = explain::store::names_of(&mut tx, affiliates, programs, HashSet::new()).await?;
    tx.commit().await?;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    Ok(Html(CustomerPage {
        person,
        since: (one.customer.created_at.to_string(), frame.zone.date(one.customer.created_at)),
        bindings: one.bindings.iter().map(|binding| BindingRow::of(binding, &names, &frame.zone)).collect(),
        totals: one.totals.iter().map(TotalRow::of).collect(),
        names: match joined.as_slice() {
            [_] => Vec::new(),
            several => several.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
        },
        steps: found.conversions.into_iter().rev().map(|step| StepRow::of(step, &frame.zone)).collect(),
        one,
        frame,
    })
    .into_response())
}

/// Describes the rule that credited a sale.
fn rule(name: &str) -> &'static str {
    match name {
        "manual" => "a manual decision",
        "coupon" => "a coupon",
        "click" => "a click",
        "slug" => "a sale that named the affiliate",
        "lead" => "an earlier lead",
        _ => "an earlier sale",
    }
}

impl BindingRow {
    fn of(binding: &CustomerBinding, names: &Names, zone: &Zone) -> Self {
        Self {
            affiliate: (binding.affiliate_id.to_string(), names.affiliate(binding.affiliate_id)),
            program: names.program(binding.program_id),
            since: (binding.since.to_string(), zone.date(binding.since)),
            by: (binding.credited_by != "import")
                .then(|| (rule(binding.credited_by), binding.external_event_id.clone())),
            earns: binding.earns,
        }
    }
}

impl TotalRow {
    fn of(total: &CustomerTotal) -> Self {
        let money = |minor| format::money(minor, total.currency.code());
        Self {
            sales: format::count(total.conversions.unsigned_abs()),
            amount: money(total.amount_cents),
            refunded: (total.refunded_cents > 0).then(|| money(total.refunded_cents)),
            commission: money(total.commission_cents),
        }
    }
}

impl StepRow {
    fn of(step: JourneyStep, zone: &Zone) -> Self {
        let amount = format::money(step.amount_cents, step.currency.code());
        Self {
            id: step.conversion_id.to_string(),
            title: if step.kind == "Lead" { "Lead".to_owned() } else { format!("{} of {amount}", step.kind) },
            name: step.external_event_id,
            at: (step.occurred_at.to_string(), zone.full(step.occurred_at)),
            credit: step.credit,
        }
    }
}
