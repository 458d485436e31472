//! `/a/inquiries/new`: an affiliate reports a missing sale.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use serde_json::json;

use super::store::{self, New};
use engine::privacy::arrival;
use identity::{
    audit::{self, Entry},
    portal::{frame::Frame, session::AffiliateSession},
};
use kit::{
    api::text,
    email_address,
    error::{Code, Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use rules::customer::mailbox::email_key;

const HERE: &str = "/a/inquiries/new";
const A_DAY_MAX: i64 = 5;
/// Affiliates have to email the brand about older sales.
const DAYS_MAX: i32 = 400;
const BOUGHT_MAX: usize = 200;
const NOTE_MAX: usize = 2_000;

#[derive(Debug, askama::Template)]
#[template(path = "missing_sale_claim_new.html")]
struct NewPage {
    t: Texts,
    frame: Frame,
    organization: String,
    fields: Fields,
    problems: Problems,
    today: String,
}

impl NewPage {
    fn of(session: &AffiliateSession, state: &AppState, fields: Fields, problems: Problems) -> Self {
        Self {
            t: session.t,
            frame: session.frame(HERE),
            organization: session.organization_name.clone(),
            fields,
            problems,
            today: session.zone.day_of(state.clock.now()).to_string(),
        }
    }

    fn given(&self, name: &str) -> &str {
        self.fields.raw(name)
    }
}

/// `GET /a/inquiries/new`: shows the form.
pub async fn show(State(state): State<AppState>, session: AffiliateSession) -> Response {
    Html(NewPage::of(&session, &state, Fields::default(), Problems::default())).into_response()
}

/// `POST /a/inquiries/new`: submits a claim.
///
/// # Errors
/// 503 if the database is unavailable. Other errors are shown on the page, with what was typed: 400 next to the field,
/// and 429 if the affiliate submits too many.
pub async fn submit(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let today = session.zone.day_of(state.clock.now());
    let input = match ClaimInput::read(session.t, &fields, today) {
        Ok(input) => input,
        Err(problems) => {
            let page = NewPage::of(&session, &state, fields, problems);
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    match keep(&state, &session, input).await {
        Ok(()) => {
            drop(state.news.send(session.organization));
            Ok(Redirect::to("/a/inquiries?done=asked").into_response())
        }
        Err(error) if error.status() == StatusCode::TOO_MANY_REQUESTS => {
            let page = NewPage::of(&session, &state, fields, Problems::of_error(&error));
            Ok((error.status(), error.retry_header(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The form's input, validated.
#[derive(Debug)]
struct ClaimInput {
    ordered_on: time::Date,
    bought: String,
    order_id: Option<String>,
    buyer_email: Option<String>,
    note: Option<String>,
}

impl ClaimInput {
    fn read(t: Texts, fields: &Fields, today: Date) -> std::result::Result<Self, Problems> {
        let mut problems = Problems::default();
        let line = |field: &'static str, key| {
            let wrong = || Problems::at(field, t.say(key).with("max", BOUGHT_MAX));
            text::checked(field, fields.raw(field), BOUGHT_MAX).map_err(|_| wrong())
        };
        let ordered_on = problems.take(day(t, fields.raw("orderedOn"), today).map(Some));
        let bought = problems.take(line("bought", "portal-claims-bought-wrong"));
        let order_id = match fields.text("orderId") {
            "" => None,
            _ => problems.take(line("orderId", "portal-claims-number-wrong").map(Some)),
        };
        let buyer_email = match fields.text("buyerEmail") {
            "" => None,
            text => {
                let wrong = || Problems::at("buyerEmail", t.say("portal-claims-email-wrong"));
                problems.take(email_address::parse(text).map(Some).ok_or_else(wrong))
            }
        };
        if fields.text("orderId").is_empty() && fields.text("buyerEmail").is_empty() {
            problems.add("orderId", t.say("portal-claims-needs-one"));
        }
        let note = fields.text("note").replace("\r\n", "\n");
        let plain = |character: char| !character.is_control() || character == '\n' || character == '\t';
        if note.chars().count() > NOTE_MAX || !note.chars().all(plain) {
            problems.add("note", t.say("portal-claims-note-wrong").with("max", NOTE_MAX));
        }
        let note = Some(note).filter(|note| !note.is_empty());
        match ordered_on {
            Some(ordered_on) if problems.is_empty() => Ok(Self { ordered_on, bought, order_id, buyer_email, note }),
            _ => Err(problems),
        }
    }
}

fn day(t: Texts, text: &str, today: Date) -> std::result::Result<time::Date, Problems> {
    let refused = |key| Problems::at("orderedOn", t.say(key));
    let wrong = || refused("portal-claims-date-wrong");
    let day: Date = text.trim().parse().map_err(|_| wrong())?;
    let ago = day.until(today).map_err(|_| wrong())?.get_days();
    if ago < 0 {
        return Err(refused("portal-claims-date-future"));
    }
    if ago > DAYS_MAX {
        return Err(refused("portal-claims-date-old"));
    }
    let month = u8::try_from(day.month()).ok().and_then(|month| time::Month::try_from(month).ok()).ok_or_else(wrong)?;
    let number = u8::try_from(day.day()).map_err(|_| wrong())?;
    time::Date::from_calendar_date(i32::from(day.year()), month, number).map_err(|_| wrong())
}

async fn keep(state: &AppState, session: &AffiliateSession, input: ClaimInput) -> Result<()> {
    let (organization, affiliate, now) = (session.organization, session.affiliate, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    // Concurrent claims are counted one after the other.
    engine::book::store::lock(&mut tx).await?;
    if store::submitted_since(&mut tx, affiliate, now.plus_days(-1)).await? >= A_DAY_MAX {
        let message = session.t.say("portal-claims-too-many").with("count", A_DAY_MAX);
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, message).retry_after(3_600));
    }
    let buyer_email = match input.buyer_email {
        // An erased person's email is replaced by its pseudonym.
        Some(email) => Some(match arrival::compared(&mut tx, state, &email).await? {
            Some(pseudonym) => pseudonym,
            None => email_key(&email),
        }),
        None => None,
    };
    let new = New {
        id: state.new_id(),
        ordered_on: input.ordered_on,
        bought: input.bought,
        order_id: input.order_id,
        buyer_email,
        note: input.note,
    };
    store::insert(&mut tx, affiliate, &new, now).await?;
    let entry = Entry::new("inquiry.asked", new.id).after(json!({"orderedOn": new.ordered_on.to_string()}));
    audit::record(&mut tx, &session.actor, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(change: &[(&str, &str)]) -> std::result::Result<ClaimInput, Problems> {
        let usual =
            [("orderedOn", "2026-11-18"), ("bought", "The yearly plan"), ("orderId", "A-17"), ("buyerEmail", "")];
        let mut fields = Fields::from_iter(usual);
        for (name, value) in change {
            fields.set(name, *value);
        }
        ClaimInput::read(Texts::default(), &fields, "2026-11-20".parse().unwrap())
    }

    #[test]
    fn an_claim_names_a_sale() {
        let whole = input(&[("note", " I saw\r\nit ")]).unwrap();
        assert_eq!((whole.order_id.as_deref(), whole.note.as_deref()), (Some("A-17"), Some("I saw\nit")));
        let by_mail = input(&[("orderId", ""), ("buyerEmail", "Ann@x.test")]).unwrap();
        assert_eq!(by_mail.buyer_email.as_deref(), Some("ann@x.test"));
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (change, at) in [
            (&[("orderedOn", "yesterday")][..], "orderedOn"),
            (&[("orderedOn", "2026-11-21")], "orderedOn"),
            (&[("orderedOn", "2024-11-21")], "orderedOn"),
            (&[("bought", "")], "bought"),
            (&[("orderId", "")], "orderId"),
            (&[("buyerEmail", "nobody")], "buyerEmail"),
            (&[("note", "a\0")], "note"),
        ] {
            assert!(input(change).unwrap_err().of(at).is_some(), "{change:?}");
        }
        let all = input(&[("orderedOn", ""), ("bought", ""), ("orderId", ""), ("note", "a\0")]).unwrap_err();
        let fields: Vec<&str> = all.pairs().iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["orderedOn", "bought", "orderId", "note"], "all at once");
    }
}
