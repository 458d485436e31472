//! `/dashboard/conversions/new`: adds a sale that no gateway, server or page reported.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use shared::{
    event::Conversion,
    id::{AffiliateId, ConversionId, EventId, EventKind, OrganizationId},
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{Sent, bonus::read_money, sent, store};
use crate::dashboard::{conversions, named_affiliate};
use engine::intake::report_conversion::{self, KNOWN};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::{Fields, Problems, is_mistake},
    page::{Html, PageError, address::Address, flash::Flash, zone::Zone},
    state::AppState,
};
use programs::dashboard::pick_store;
use rules::format;

const FIELDS: [&str; 9] = [
    "amountCents",
    "currency",
    "affiliateId",
    "programId",
    "customerId",
    "customerEmail",
    "externalEventId",
    "occurredAt",
    "note",
];

#[derive(Debug, askama::Template)]
#[template(path = "sale_new.html")]
struct SalePage {
    frame: Frame,
    programs: Vec<(String, String)>,
    typed: Fields,
    problems: Problems,
    question: Option<Question>,
}

/// What the person is asked before the sale is booked.
#[derive(Debug)]
struct Question {
    title: String,
    /// The words on the button.
    action: String,
    affiliate: String,
    customer: String,
    order: String,
    date: String,
    sent: Vec<Sent>,
}

/// A sale that can be booked.
#[derive(Debug)]
struct Ready {
    report: Conversion,
    affiliate: AffiliateId,
    name: String,
    amount: Money,
}

impl SalePage {
    fn typed(&self, name: &str) -> &str {
        self.typed.raw(name)
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.problems.of(name)
    }

    fn wrong_elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&FIELDS)
    }

    fn ask(&self, ready: &Ready, now: Timestamp) -> Question {
        let money = format::money(ready.amount.minor, ready.amount.currency.code());
        let report = &ready.report;
        let customer = [&report.customer_id, &report.customer_email].into_iter().flatten();
        let customer: Vec<&str> = customer.map(String::as_str).collect();
        Question {
            title: format!("Add a sale of {money} for {}?", ready.name),
            action: format!("Add {money} sale"),
            affiliate: ready.name.clone(),
            customer: if customer.is_empty() { "unknown".to_owned() } else { customer.join(", ") },
            order: report.external_event_id.clone(),
            date: self.frame.zone.date(report.occurred_at.unwrap_or(now)),
            sent: sent(&self.typed, &FIELDS),
        }
    }
}

/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut page = load(&state, &session, organization, Fields::default()).await?;
    let mut tx = state.db.tenant(organization).await?;
    let currency = store::currency(&mut tx).await?;
    tx.commit().await?;
    page.typed.set("currency", currency.unwrap_or_else(|| Currency::USD.code().to_owned()));
    page.typed.set("form", state.new_id::<EventKind>().to_string());
    Ok(Html(page).into_response())
}

/// Asks with the amount, or books the sale that was asked about. A sale counts once by its order ID; a form without one
/// by its own ID.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. Mistakes are shown next to
/// their field.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let mut page = load(&state, &session, organization, fields).await?;
    let ready = match read(&state, organization, &page.typed, &page.frame.zone).await? {
        Ok(ready) => ready,
        Err(problems) => {
            page.problems = problems;
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    match page.typed.text("step") {
        "change" => return Ok(Html(page).into_response()),
        "book" => {}
        _ => {
            page.question = Some(page.ask(&ready, state.clock.now()));
            return Ok(Html(page).into_response());
        }
    }
    let money = format::money(ready.amount.minor, ready.amount.currency.code());
    match book(&state, &member, ready).await {
        Ok(id) => {
            let place = Address::of(format!("{}/{id}", conversions::PLACE), organization);
            Ok(Flash::done(format!("Sale of {money} added")).redirect(&place.to_string()))
        }
        Err(error) if is_mistake(&error) => {
            page.problems.add_error(&error);
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId, typed: Fields) -> Result<SalePage> {
    let frame = Frame::load(state, session, organization, conversions::PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let programs = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    let used = programs.into_iter().filter(|program| !program.archived);
    Ok(SalePage {
        frame,
        programs: used.map(|program| (program.id.to_string(), program.name)).collect(),
        typed,
        problems: Problems::default(),
        question: None,
    })
}

async fn read(
    state: &AppState,
    organization: OrganizationId,
    fields: &Fields,
    zone: &Zone,
) -> Result<std::result::Result<Ready, Problems>> {
    let now = state.clock.now();
    let mut problems = Problems::default();
    let money = problems.take(read_money(fields));
    let at = problems.take(day(fields.text("occurredAt"), zone, now));
    let typed = fields.text("affiliateId");
    let mut tx = state.db.tenant(organization).await?;
    let affiliate = match typed {
        "" => Err(Error::field("affiliateId", "Enter an affiliate's name, email address or link name.")),
        typed => named_affiliate::find(&mut tx, typed).await,
    };
    tx.commit().await?;
    let affiliate = match affiliate {
        Ok(found) => Some(found),
        Err(error) if is_mistake(&error) => {
            problems.add_error(&error);
            None
        }
        Err(error) => return Err(error),
    };
    let order = fields.given("externalEventId").map_or_else(|| made_up(fields), |order| Some(order.to_owned()));
    let Some(order) = order else {
        problems.add("externalEventId", "Enter an order ID.");
        return Ok(Err(problems));
    };
    match report_conversion::read(body(fields, &order, money, at), &KNOWN, now) {
        Err(error) => {
            problems.add_error(&error);
            Ok(Err(problems))
        }
        Ok((report, _)) => Ok(match (money, affiliate) {
            (Some(amount), Some((affiliate, name))) if problems.is_empty() => {
                Ok(Ready { report, affiliate, name, amount })
            }
            _ => Err(problems),
        }),
    }
}

/// The sale as the API takes it; without an amount only its other fields are checked.
fn body(fields: &Fields, order: &str, money: Option<Money>, at: Option<Timestamp>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("externalEventId".to_owned(), json!(order));
    body.insert("amountCents".to_owned(), json!(money.map_or(0, |money| money.minor)));
    let currency = money.map_or(Currency::USD, |money| money.currency);
    body.insert("currency".to_owned(), json!(currency.code()));
    for name in ["programId", "customerId", "customerEmail"] {
        if let Some(given) = fields.given(name) {
            body.insert(name.to_owned(), json!(given));
        }
    }
    if let Some(at) = at {
        body.insert("occurredAt".to_owned(), json!(at.to_string()));
    }
    if let Some(note) = fields.given("note") {
        body.insert("metadata".to_owned(), json!({"note": note}));
    }
    body
}

/// The order ID of a form that names none; only forms of this page have an ID.
fn made_up(fields: &Fields) -> Option<String> {
    let form: EventId = fields.text("form").parse().ok()?;
    Some(format!("manual-{form}"))
}

/// The end of a day by the organization's clocks, so that an affiliate who joined on that day is credited; today means now.
fn day(typed: &str, zone: &Zone, now: Timestamp) -> std::result::Result<Option<Timestamp>, Problems> {
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = || Problems::at("occurredAt", "Enter a date that isn't in the future, such as 2026-11-20.");
    let day: Date = typed.parse().map_err(|_| wrong())?;
    if !(2000..=2200).contains(&day.year()) || zone.start_of(day) > now {
        return Err(wrong());
    }
    let next = day.tomorrow().map_err(|_| wrong())?;
    Ok(Some(zone.start_of(next).plus_millis(-1).min(now)))
}

async fn book(state: &AppState, member: &Member, ready: Ready) -> Result<ConversionId> {
    let mut tx = state.db.tenant(member.organization).await?;
    let request_id = member.actor.request_id.as_deref();
    let (made, entry) =
        report_conversion::book(&mut tx, state, ready.report, Some(ready.affiliate), request_id).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(member.organization));
    Ok(made.conversion.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_isnt_in_the_future() {
        let now = Timestamp::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let of = |typed: &str| day(typed, &Zone::utc(), now);
        assert_eq!(of("").unwrap(), None);
        assert_eq!(of("2026-11-22").unwrap(), Some(now));
        assert_eq!(of("2026-11-20").unwrap().unwrap().to_string(), "2026-11-20T23:59:59.999Z");
        for wrong in ["2026-11-23", "yesterday", "1999-01-01", "2026-13-01"] {
            assert!(of(wrong).unwrap_err().of("occurredAt").is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_sale_without_an_order_has_the_forms_id() {
        let form = EventId::from_bytes([7; 16]).to_string();
        assert_eq!(made_up(&Fields::from_iter([("form", form.as_str())])), Some(format!("manual-{form}")));
        assert_eq!(made_up(&Fields::from_iter([("form", "x")])), None);
    }
}
