//! `/dashboard/affiliates/{id}/bonus`: adds a bonus or an adjustment to what an affiliate earned.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use shared::{
    id::{AffiliateId, EventId, EventKind, OrganizationId, ProgramId},
    money::{Currency, Money},
};

use super::{DAYS, Sent, sent, store};
use crate::dashboard::affiliates;
use engine::decision::{bonus, extra::Extra};
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
    api::query::Query,
    dashboard::amount,
    error::{Code, Error, Result},
    form::{Fields, Problems, is_mistake},
    page::{Html, PageError, address::Address, flash::Flash},
    state::AppState,
};
use programs::{affiliate::status_change, dashboard::pick_store};
use rules::format;

const FIELDS: [&str; 6] = ["kind", "amountCents", "currency", "programId", "holdDays", "reason"];
const BONUS: &str = "Bonus";
/// Value and label of the other kinds.
const ADJUSTMENTS: [(&str, &str); 2] =
    [("Increase", "Add to what you owe them"), ("Deduct", "Deduct from what you owe them")];

#[derive(Debug, askama::Template)]
#[template(path = "bonus_new.html")]
struct BonusPage {
    frame: Frame,
    affiliate: AffiliateId,
    name: String,
    adjustments: Vec<(String, String)>,
    programs: Vec<(String, String)>,
    typed: Fields,
    problems: Problems,
    question: Option<Question>,
}

/// What the person is asked before it is booked.
#[derive(Debug)]
struct Question {
    title: String,
    /// The words on the button.
    action: String,
    program: String,
    reason: String,
    hold: String,
    sent: Vec<Sent>,
}

impl BonusPage {
    fn typed(&self, name: &str) -> &str {
        self.typed.raw(name)
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.problems.of(name)
    }

    fn is_bonus(&self) -> bool {
        self.typed("kind") == BONUS
    }

    fn wrong_elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&FIELDS)
    }

    fn ask(&self, extra: &Extra) -> Question {
        let money = format::money(extra.amount.minor.saturating_abs(), extra.amount.currency.code());
        let name = &self.name;
        let (title, action) = match self.typed("kind") {
            "Deduct" => (format!("Deduct {money} from what you owe {name}?"), format!("Deduct {money}")),
            "Increase" => (format!("Add {money} to what you owe {name}?"), format!("Add {money}")),
            _ => (format!("Add a bonus of {money} for {name}?"), format!("Add {money} bonus")),
        };
        let program = self.programs.iter().find(|(id, _)| *id == extra.program_id.to_string());
        let hold = match extra.hold_days {
            0 => "Payable right away".to_owned(),
            1 => "Payable in 1 day".to_owned(),
            days => format!("Payable in {days} days"),
        };
        Question {
            title,
            action,
            program: program.map(|(_, name)| name.clone()).unwrap_or_default(),
            reason: extra.reason.clone(),
            hold,
            sent: sent(&self.typed, &FIELDS),
        }
    }
}

/// # Errors
/// 404 if the user can't access it; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut page = load(&state, &session, organization, &id, Fields::default()).await?;
    let kind = query.peek("kind").unwrap_or_default();
    page.typed.set("kind", known(kind).unwrap_or(BONUS));
    let mut tx = state.db.tenant(organization).await?;
    let currency = store::currency(&mut tx).await?;
    tx.commit().await?;
    page.typed.set("currency", currency.unwrap_or_else(|| Currency::USD.code().to_owned()));
    page.typed.set("form", state.new_id::<EventKind>().to_string());
    Ok(Html(page).into_response())
}

/// Asks with the amount, or books what was asked.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. Mistakes are shown next to
/// their field.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let mut page = load(&state, &session, organization, &id, fields).await?;
    let extra = match read(page.affiliate, &page.typed) {
        Ok(extra) => extra,
        Err(problems) => {
            page.problems = problems;
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    match page.typed.text("step") {
        "change" => return Ok(Html(page).into_response()),
        "book" => {}
        _ => {
            page.question = Some(page.ask(&extra));
            return Ok(Html(page).into_response());
        }
    }
    match book(&state, &member, &extra, page.typed.text("form")).await {
        Ok(()) => {
            let money = format::money(extra.amount.minor, extra.amount.currency.code());
            let what = if extra.is_bonus { "Bonus" } else { "Adjustment" };
            let place = Address::of(format!("{}/{}", affiliates::PLACE, page.affiliate), organization);
            Ok(Flash::done(format!("{what} of {money} added for {}", page.name)).redirect(&place.to_string()))
        }
        Err(error) if is_mistake(&error) => {
            page.problems.add_error(&error);
            if error.status() == StatusCode::CONFLICT {
                page.typed.set("form", state.new_id::<EventKind>().to_string());
            }
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: &str,
    typed: Fields,
) -> Result<BonusPage> {
    let affiliate: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let frame = Frame::load(state, session, organization, affiliates::PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let one = status_change::read(&mut tx, state, affiliate).await?;
    let programs = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    Ok(BonusPage {
        frame,
        affiliate,
        name: one.name,
        adjustments: ADJUSTMENTS.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned())).collect(),
        programs: programs.into_iter().map(|program| (program.id.to_string(), program.name)).collect(),
        typed,
        problems: Problems::default(),
        question: None,
    })
}

fn known(kind: &str) -> Option<&'static str> {
    let adjustments = ADJUSTMENTS.into_iter().map(|(value, _)| value);
    adjustments.chain([BONUS]).find(|known| *known == kind)
}

fn read(affiliate: AffiliateId, fields: &Fields) -> std::result::Result<Extra, Problems> {
    let mut problems = Problems::default();
    let kind = known(fields.text("kind"));
    if kind.is_none() {
        problems.add("kind", "Choose a type.");
    }
    let amount = problems.take(read_money(fields));
    let program = fields.text("programId").parse::<ProgramId>().ok();
    if program.is_none() {
        problems.add("programId", "Choose one of your programs.");
    }
    let hold_days = fields.number::<u16>("holdDays", &mut problems).unwrap_or_default();
    if fields.text("reason").is_empty() {
        problems.add("reason", "Enter a reason.");
    }
    let (Some(kind), Some(amount), Some(program_id)) = (kind, amount, program) else { return Err(problems) };
    let minor = if kind == "Deduct" { -amount.minor } else { amount.minor };
    let extra = Extra {
        program_id,
        affiliate_id: affiliate,
        amount: Money::new(minor, amount.currency),
        is_bonus: kind == BONUS,
        hold_days,
        not_before: None,
        reason: fields.text("reason").to_owned(),
    };
    match bonus::checked(extra) {
        Ok(extra) if problems.is_empty() => Ok(extra),
        Ok(_) => Err(problems),
        Err(error) => {
            problems.add_error(&error);
            Err(problems)
        }
    }
}

/// The amount and its currency, from the fields `amountCents` and `currency`.
pub(super) fn read_money(fields: &Fields) -> std::result::Result<Option<Money>, Problems> {
    let currency = fields.text("currency").to_uppercase().parse::<Currency>().ok();
    let minor = amount::minor(fields.text("amountCents"), currency.unwrap_or(Currency::USD)).filter(|minor| *minor > 0);
    if let (Some(minor), Some(currency)) = (minor, currency) {
        return Ok(Some(Money::new(minor, currency)));
    }
    let mut problems = Problems::default();
    if minor.is_none() {
        problems.add("amountCents", "Enter an amount such as 50.00.");
    }
    if currency.is_none() {
        problems.add("currency", "Enter a currency code such as USD.");
    }
    Err(problems)
}

/// Books the amount, unless the form was sent before.
///
/// # Errors
/// 409 if it was sent with other details.
async fn book(state: &AppState, member: &Member, extra: &Extra, form: &str) -> Result<()> {
    // Only forms of this page have an id.
    form.parse::<EventId>().map_err(|_| Error::field("form", "Open this form again."))?;
    let content = content(extra);
    let mut tx = state.db.tenant(member.organization).await?;
    if !store::use_up(&mut tx, form, &content, state.clock.wall().plus_days(DAYS)).await? {
        return if store::is_booked(&mut tx, form, &content).await? { Ok(()) } else { Err(used()) };
    }
    let (_, entry) = bonus::give_by_hand(&mut tx, state, extra, &member.actor.who).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(member.organization));
    Ok(())
}

/// All that a form books, to tell whether it was booked before.
fn content(extra: &Extra) -> String {
    let (amount, kind) = (extra.amount, if extra.is_bonus { BONUS } else { "Adjustment" });
    let currency = amount.currency.code();
    json!([extra.affiliate_id, extra.program_id, kind, amount.minor, currency, extra.hold_days, extra.reason])
        .to_string()
}

fn used() -> Error {
    let message = "Something else was already added with this form. Check the affiliate's commissions before you add \
                   this, too.";
    Error::new(StatusCode::CONFLICT, Code::Conflict, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_found_at_once() {
        let id = AffiliateId::from_bytes([1; 16]);
        let program = ProgramId::from_bytes([2; 16]).to_string();
        let form = |kind: &str, amount: &str, currency: &str, hold: &str| {
            Fields::from_iter([
                ("kind", kind),
                ("amountCents", amount),
                ("currency", currency),
                ("programId", &program),
                ("holdDays", hold),
                ("reason", "Thanks."),
            ])
        };
        let extra = read(id, &form("Deduct", "1,250.50", "usd", "")).unwrap();
        assert_eq!((extra.amount.minor, extra.is_bonus, extra.hold_days), (-125_050, false, 0));
        assert_eq!(read(id, &form("Bonus", "50", "JPY", "3")).unwrap().amount.minor, 50);
        let wrong = read(id, &form("Gift", "-5", "USD", "x")).unwrap_err();
        for field in ["kind", "amountCents", "holdDays"] {
            assert!(wrong.of(field).is_some(), "{field}: {wrong:?}");
        }
        let both = read(id, &form("Bonus", "abc", "XX", "")).unwrap_err();
        assert!(both.of("amountCents").is_some() && both.of("currency").is_some(), "{both:?}");
        assert!(read(id, &form("Bonus", "5", "USD", "366")).unwrap_err().of("holdDays").is_some());
    }
}
