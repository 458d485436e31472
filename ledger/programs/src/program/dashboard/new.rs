//! `/dashboard/programs/new`: creates a program in under a minute, with the usual values filled in.

use axum::{Form, extract::State, http::StatusCode, response::IntoResponse};
use shared::id::{OrganizationId, ProgramId};

use super::{
    Answer, PLACE,
    form::{amount, currency},
    presets::{self, PRESETS, Preset},
    store, to,
};
use crate::program::{
    create::{self, NewProgram},
    program_rules,
};
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
    page::Html,
    state::AppState,
};
use rules::commission::plan::{Component, RATE_PPM_MAX, read_percent};

#[derive(Debug, askama::Template)]
#[template(path = "program_new.html")]
struct NewPage {
    frame: Frame,
    form: NewForm,
    problems: Problems,
    presets: [Preset; 6],
}

/// The fields that show their own problems.
const SHOWN: [&str; 9] =
    ["name", "slug", "destination", "preset", "rate", "amount", "currency", "cookieWindowDays", "holdDays"];

impl NewPage {
    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&SHOWN)
    }
}

/// The submitted values.
#[derive(Debug)]
struct NewForm {
    name: String,
    slug: String,
    destination: String,
    preset: String,
    rate: String,
    amount: String,
    currency: String,
    window: String,
    hold: String,
}

impl NewForm {
    fn usual(currency: String) -> Self {
        Self {
            name: String::new(),
            slug: String::new(),
            destination: String::new(),
            preset: "share".to_owned(),
            rate: "25".to_owned(),
            amount: "50".to_owned(),
            currency,
            window: "60".to_owned(),
            hold: "30".to_owned(),
        }
    }

    fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            name: text("name"),
            slug: text("slug"),
            destination: text("destination"),
            preset: text("preset"),
            rate: text("rate"),
            amount: text("amount"),
            currency: text("currency"),
            window: text("cookieWindowDays"),
            hold: text("holdDays"),
        }
    }

    fn components(&self, problems: &mut Problems) -> Option<Vec<Component>> {
        let Some(preset) = presets::find(&self.preset) else {
            problems.add("preset", "Choose a commission plan.");
            return None;
        };
        // Values that the preset doesn't use are ignored.
        let read = read_percent(self.rate.trim_end_matches('%').trim()).filter(|rate| *rate <= RATE_PPM_MAX);
        let rate = if preset.rate { read } else { Some(0) };
        if rate.is_none() {
            problems.add("rate", "Enter a percentage up to 100, such as 12.5.");
        }
        let in_currency = if preset.amount { currency(&self.currency) } else { Ok(shared::money::Currency::USD) };
        let money = match in_currency {
            Ok(currency) if preset.amount => amount(&self.amount, currency).map_err(|problem| ("amount", problem)),
            Ok(currency) => Ok(shared::money::Money::zero(currency)),
            Err(problem) => Err(("currency", problem)),
        };
        match money.and_then(|money| {
            if preset.amount && money.minor == 0 { Err(("amount", "Enter an amount above zero.")) } else { Ok(money) }
        }) {
            Ok(money) => Some(presets::components(preset, rate?, money)),
            Err((field, problem)) => {
                problems.add(field, problem);
                None
            }
        }
    }
}

/// `GET /dashboard/programs/new`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let currency = store::home_currency(&mut tx).await?;
    tx.commit().await?;
    let page = NewPage { frame, form: NewForm::usual(currency), problems: Problems::default(), presets: PRESETS };
    Ok(Html(page).into_response())
}

/// `POST /dashboard/programs/new`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. A mistake is shown next to its field.
pub async fn make(State(state): State<AppState>, session: Session, Form(fields): Form<Fields>) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (form, mut problems) = (NewForm::of(&fields), Problems::default());
    let development = state.config.environment.is_development();
    let requested = read_input(&form, &fields, development, &mut problems);
    if let Some(requested) = requested.filter(|_| problems.is_empty()) {
        match write(&state, &member, requested).await {
            Ok(id) => return Ok(to(member.organization, id, "", "made")),
            Err(error) if is_mistake(&error) => {
                return again(&state, &session, member.organization, form, problems, Some(&error)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    again(&state, &session, member.organization, form, problems, None).await
}

fn read_input(form: &NewForm, fields: &Fields, development: bool, problems: &mut Problems) -> Option<NewProgram> {
    let (slug, destination) = (fields.given("slug"), fields.given("destination"));
    if let Err(error) = create::check_typed(&form.name, slug, destination, development) {
        problems.add_error(&error);
    }
    let components = form.components(problems);
    let cookie_window_days = fields.number("cookieWindowDays", problems);
    let hold_days = fields.number("holdDays", problems);
    Some(NewProgram {
        name: form.name.clone(),
        slug: slug.map(str::to_owned),
        destination: destination.map(str::to_owned),
        // The script is ignored where it isn't allowed, and it is to run where links lead.
        allowed_origins: program_rules::origins_of(&form.destination, development),
        cookie_window_days,
        hold_days,
        components: components?,
        ..NewProgram::default()
    })
}

async fn write(state: &AppState, member: &Member, input: NewProgram) -> Result<ProgramId> {
    let (organization, now) = (member.organization, state.clock.now());
    let ready = create::check(input, state, now)?;
    let mut tx = state.db.tenant(organization).await?;
    let made = create::make(&mut tx, ready, now).await?;
    audit::record(&mut tx, &member.actor, now, made.entry()).await?;
    tx.commit().await?;
    // An error only means that no page is listening.
    drop(state.news.send(organization));
    state.edge_config_changed.notify_one();
    Ok(made.program.id)
}

async fn again(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    form: NewForm,
    mut problems: Problems,
    error: Option<&Error>,
) -> Answer {
    if let Some(error) = error {
        problems.add_error(error);
    }
    let status = error.map_or(StatusCode::BAD_REQUEST, Error::status);
    let frame = Frame::load(state, session, organization, PLACE).await?;
    Ok((status, Html(NewPage { frame, form, problems, presets: PRESETS })).into_response())
}
