//! `/dashboard/payouts/settings`: how and when the organization pays.

use std::collections::BTreeMap;

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use payout_core::tax::gate::Gate;
use shared::{
    id::OrganizationId,
    money::{Currency, Money},
};

use super::{
    settings::{self, Changes, Ending, Settings},
    store,
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
        step_up::{self, Challenge, Given},
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Checks, Error},
    form::{Fields, Problems},
    page::{Html, PageError, flash::Flash, zone::When},
    state::AppState,
};

const PLACE: &str = "/dashboard/payouts/settings";
const WEEKDAYS: [(&str, &str); 7] = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
];
const GATES: [(Gate, &str); 3] = [
    (Gate::Warn, "Pay them and show a warning"),
    (Gate::Hold, "Don't pay until they submit one"),
    (Gate::Withhold, "Pay them minus 24% US backup withholding"),
];

#[derive(Debug, askama::Template)]
#[template(path = "payout_settings.html")]
struct SettingsPage {
    frame: Frame,
    form: Filled,
    /// Whether a second person has to approve at present.
    is_guarded: bool,
    /// What an owner must enter to end that rule.
    challenge: Challenge,
    next_run: Option<When>,
    problems: Problems,
}

/// The form's values.
#[derive(Debug, Clone, Default)]
struct Filled {
    schedule: String,
    weekday: String,
    month_day: String,
    minimums: String,
    second_approver: bool,
    tax_gate: String,
    tax_thresholds: String,
}

impl SettingsPage {
    const fn weekdays() -> &'static [(&'static str, &'static str)] {
        &WEEKDAYS
    }

    const fn gates() -> &'static [(Gate, &'static str)] {
        &GATES
    }
}

impl Filled {
    fn of(settings: &Settings) -> Self {
        let line = |(code, minor): (&String, &i64)| {
            let currency = code.parse().unwrap_or(Currency::USD);
            format!("{code} {}", Money::new(*minor, currency).major())
        };
        let lines = |map: &BTreeMap<String, i64>| map.iter().map(line).collect::<Vec<_>>().join("\n");
        Self {
            schedule: settings.plan.name().to_owned(),
            weekday: settings.plan.weekday().map_or_else(|| "1".to_owned(), |day| day.to_string()),
            month_day: settings.plan.month_day().map_or_else(|| "1".to_owned(), |day| day.to_string()),
            minimums: lines(&settings.minimums),
            second_approver: settings.second_approver,
            tax_gate: settings.tax_gate.as_str().to_owned(),
            tax_thresholds: lines(&settings.tax_thresholds),
        }
    }

    fn given(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            schedule: text("schedule"),
            weekday: text("weekday"),
            month_day: text("monthDay"),
            minimums: text("minimums"),
            second_approver: fields.sent("secondApprover").is_some(),
            tax_gate: text("taxGate"),
            tax_thresholds: text("taxThresholds"),
        }
    }

    fn changes(&self) -> Result<Changes, Error> {
        let day = |text: &str| Some(text.parse::<i16>().unwrap_or_default());
        let mut checks = Checks::default();
        let changes = Changes {
            weekday: day(&self.weekday).filter(|_| self.schedule == "Weekly"),
            month_day: day(&self.month_day).filter(|_| self.schedule == "Monthly"),
            schedule: Some(self.schedule.clone()),
            minimums: Some(checks.value(amounts("minimums", &self.minimums))),
            second_approver: Some(self.second_approver),
            tax_gate: Some(self.tax_gate.clone()),
            tax_thresholds: Some(checks.value(amounts("taxThresholds", &self.tax_thresholds))),
        };
        checks.end().map(|()| changes)
    }
}

/// Parses lines of a name and an amount: `USD 10.00`.
fn amounts(field: &str, text: &str) -> Result<BTreeMap<String, i64>, Error> {
    let (what, example) = if field == "minimums" { ("currency", "USD 10.00") } else { ("year", "2027 2100.00") };
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let shown: String = line.chars().take(40).collect();
        let refused = || {
            Error::field(
                field,
                format!(
                    "{field} must have a {what} and an amount on each line, such as {example}: \u{201c}{shown}\u{201d} \
                     isn\u{2019}t valid"
                ),
            )
        };
        let (name, amount) = line.split_once(char::is_whitespace).ok_or_else(refused)?;
        let currency = name.parse().unwrap_or(Currency::USD);
        found.insert(name.to_uppercase(), minor(amount.trim(), currency).ok_or_else(refused)?);
    }
    Ok(found)
}

fn minor(text: &str, currency: Currency) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places = usize::try_from(currency.exponent()).ok()?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !digits(whole) || !digits(fraction) || fraction.len() > places {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

/// `GET /dashboard/payouts/settings`.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization).await?).into_response())
}

/// `POST /dashboard/payouts/settings`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for people who may not change settings. An error is shown next to its field; so
/// is the refusal if anyone but an owner with a password or code ends the rule that a second person approves.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let challenge = Given::take(&mut fields);
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let organization = member.organization;
    let given = Filled::given(&fields);
    match write(&state, &session, &member, &given, challenge).await {
        Ok(()) => Ok(Flash::done("Changes saved").redirect(&format!("{PLACE}?organization={organization}"))),
        Err(error) if error.status().is_client_error() => {
            let page = load(&state, &session, organization).await?;
            // The form has one field for all minimums: `minimums.USD` is shown there.
            let field = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
            let problems = Problems::of_error(&error).at_fields(field);
            Ok((error.status(), Html(SettingsPage { form: given, problems, ..page })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn write(
    state: &AppState,
    session: &Session,
    member: &Member,
    given: &Filled,
    challenge: Given,
) -> Result<(), Error> {
    let changes = given.changes()?;
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let is_guarded = store::read(&mut tx).await?.second_approver;
    tx.commit().await?;
    let mut ending = Ending::Refused;
    if is_guarded && !given.second_approver {
        if !member.role.may(Right::Govern) {
            return Err(settings::owner_required());
        }
        step_up::prove(state, session, challenge).await?;
        ending = Ending::By(&member.actor);
    }
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = settings::change(&mut tx, state, changes, ending).await?;
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    Ok(tx.commit().await?)
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<SettingsPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let settings = store::read(&mut tx).await?;
    tx.commit().await?;
    let is_owner = frame.role.may(Right::Govern);
    Ok(SettingsPage {
        is_guarded: settings.second_approver,
        challenge: if settings.second_approver && is_owner {
            step_up::challenge_for(state, session).await?
        } else {
            Challenge::Nothing
        },
        form: Filled::of(&settings),
        next_run: settings.next_run_at.map(|at| frame.zone.when(at)),
        frame,
        problems: Problems::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_shown() {
        let settings = Settings {
            minimums: BTreeMap::from([("JPY".to_owned(), 5_000), ("USD".to_owned(), 1_050)]),
            tax_thresholds: BTreeMap::from([("2027".to_owned(), 210_000)]),
            is_tax_gate_chosen: true,
            ..Settings::default()
        };
        let filled = Filled::of(&settings);
        assert_eq!(filled.minimums, "JPY 5000\nUSD 10.50");
        assert_eq!(filled.tax_thresholds, "2027 2100.00");
        assert_eq!(filled.changes().unwrap().applied_to(&settings).unwrap(), settings);
        for bad in ["USD", "USD ten", "USD 1.005", "USD -1", "JPY 1.5"] {
            assert!(amounts("minimums", bad).is_err(), "{bad}");
        }
    }
}
