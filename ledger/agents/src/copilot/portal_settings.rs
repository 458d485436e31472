//! `/dashboard/settings/copilot/affiliates`: whether affiliates may ask the model in the portal, and how much on a day.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{connection, settings};
use identity::{
    access::{member::Member, session::Session},
    audit::{self, Entry},
    portal::ask_store::{self, Asking},
};
use kit::{
    access::role::Right,
    error::{Checks, Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, flash::Flash},
    state::AppState,
};

/// What the form has before anyone decided.
pub const USUAL: Asking = Asking { enabled: false, tokens_per_affiliate: 20_000, tokens_per_day: 200_000 };
const TOKENS_MIN: i64 = 1_000;
/// The most that an organization may allow for a model of its own.
const MOST: Asking = Asking { enabled: true, tokens_per_affiliate: 1_000_000, tokens_per_day: 100_000_000 };

/// The form's fields.
pub(super) fn form(asking: Asking) -> Fields {
    let mut fields = Fields::from_iter([
        ("tokensPerAffiliate", asking.tokens_per_affiliate.to_string()),
        ("affiliatesTokensPerDay", asking.tokens_per_day.to_string()),
    ]);
    if asking.enabled {
        fields.set("affiliatesMayAsk", "yes");
    }
    fields
}

/// `POST /dashboard/settings/copilot/affiliates`.
///
/// # Errors
/// 403 for anyone but owners and admins; 404 if nothing is connected. A mistake is shown next to its field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let Err(error) = put(&state, &member, &fields).await else {
        let to = format!("{}?organization={}", settings::PLACE, member.organization);
        return Ok(Flash::done("Saved for affiliates").redirect(&to));
    };
    if !kit::form::is_mistake(&error) {
        return Err(error.into());
    }
    let mut page = settings::load(&state, &session, member.organization).await?;
    page.refuse(fields, Problems::of_error(&error));
    Ok((error.status(), Html(page)).into_response())
}

async fn put(state: &AppState, member: &Member, fields: &Fields) -> Result<()> {
    let mut tx = state.db.tenant(member.organization).await?;
    let connection = connection::find(&mut tx, state).await?.ok_or_else(connection::none)?;
    let asking = checked(fields, connection.within(MOST))?;
    let before = ask_store::read(&mut tx).await?;
    if before != Some(asking) {
        ask_store::put(&mut tx, asking, &member.actor.who, state.clock.now()).await?;
        let entry = Entry::new("copilot.changed", tx.organization());
        let entry = entry.before(shown(before.unwrap_or(USUAL))).after(shown(asking));
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    Ok(tx.commit().await?)
}

fn shown(asking: Asking) -> serde_json::Value {
    json!({
        "affiliatesMayAsk": asking.enabled, "tokensPerAffiliate": asking.tokens_per_affiliate,
        "affiliatesTokensPerDay": asking.tokens_per_day,
    })
}

fn checked(fields: &Fields, most: Asking) -> Result<Asking> {
    let mut checks = Checks::default();
    let mut tokens = |field: &'static str, most: i32| {
        let number = fields.text(field).parse::<i64>().map_err(|_| Error::field(field, "Must be a whole number."));
        let number = number.and_then(|number| kit::api::text::within(field, number, TOKENS_MIN, i64::from(most)));
        checks.or(0, number)
    };
    let tokens_per_affiliate = tokens("tokensPerAffiliate", most.tokens_per_affiliate);
    let tokens_per_day = tokens("affiliatesTokensPerDay", most.tokens_per_day);
    checks.end()?;
    Ok(Asking { enabled: fields.is_ticked("affiliatesMayAsk"), tokens_per_affiliate, tokens_per_day })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_within_bounds() {
        let read = |own: &str, all: &str| {
            checked(&Fields::from_iter([("tokensPerAffiliate", own), ("affiliatesTokensPerDay", all)]), MOST)
        };
        assert_eq!(read("20000", "200000").unwrap(), USUAL);
        for (own, all) in
            [("", "200000"), ("999", "200000"), ("20000", "x"), ("20000", "100000001"), ("1000001", "2000")]
        {
            assert!(read(own, all).is_err(), "{own} {all}");
        }
        let on = Asking { enabled: true, ..USUAL };
        assert_eq!(checked(&form(on), MOST).unwrap(), on);
    }
}
