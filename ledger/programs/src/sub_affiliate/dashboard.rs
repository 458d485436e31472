//! `/dashboard/programs/{id}/sub-affiliates`: what a program pays affiliates for those whom they recruited.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{config, store};
use crate::program::dashboard::{Answer, Shell, id, to};
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
    error::Result,
    form::{Fields, Problems},
    page::Html,
    state::AppState,
};
use rules::commission::{compute::percent, sub_affiliate::Terms};

const PAGE: &str = "/sub-affiliates";
const SHOWN: [&str; 2] = ["percent", "months"];

#[derive(Debug, askama::Template)]
#[template(path = "program_sub_affiliates.html")]
struct SubAffiliatesPage {
    frame: Frame,
    shell: Shell,
    form: TermsForm,
    problems: Problems,
}

impl SubAffiliatesPage {
    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&SHOWN)
    }
}

#[derive(Debug)]
struct TermsForm {
    enabled: bool,
    percent: String,
    months: String,
}

impl TermsForm {
    fn of(terms: Option<Terms>) -> Self {
        Self {
            enabled: terms.is_some_and(|terms| terms.enabled),
            percent: terms.map(|terms| percent(terms.percent_ppm)).unwrap_or_default(),
            months: terms.and_then(|terms| terms.months).map(|months| months.to_string()).unwrap_or_default(),
        }
    }

    fn of_fields(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self { enabled: fields.is_ticked("enabled"), percent: text("percent"), months: text("months") }
    }
}

/// `GET /dashboard/programs/{id}/sub-affiliates`.
///
/// # Errors
/// 404 for what isn't the person's organization's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(program): Path<String>,
    mut query: Query,
) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let done = query.text("done");
    Ok(Html(load(&state, &session, (organization, &program), done.as_deref(), None).await?).into_response())
}

/// `POST /dashboard/programs/{id}/sub-affiliates`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for those who may not configure. A mistake is shown next to its field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let organization = member.organization;
    let program_id: ProgramId = id(&program)?;
    let mut problems = Problems::default();
    let mut status = StatusCode::BAD_REQUEST;
    if let Some(terms) = requested(&fields, &mut problems, state.clock.now()) {
        let outcome = write(&state, &member, program_id, terms).await;
        match problems.refused(outcome.map(|()| true))? {
            Some(refused) => status = refused,
            None => return Ok(to(organization, program_id, PAGE, "saved")),
        }
    }
    let given = Some((TermsForm::of_fields(&fields), problems));
    Ok((status, Html(load(&state, &session, (organization, &program), None, given).await?)).into_response())
}

/// Reads the form; `None` after a mistake.
fn requested(fields: &Fields, problems: &mut Problems, now: Timestamp) -> Option<Terms> {
    let months: Option<i64> = fields.number("months", problems);
    let percent = fields.text("percent").trim_end_matches('%').trim_end();
    match config::terms(fields.is_ticked("enabled"), percent, months, now) {
        Ok(terms) => Some(terms).filter(|_| problems.is_empty()),
        Err(error) => {
            let body = error.body();
            problems.add(body.field.as_deref().unwrap_or("percent"), body.message.clone());
            None
        }
    }
}

async fn write(state: &AppState, member: &Member, program: ProgramId, terms: Terms) -> Result<()> {
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = config::enact(&mut tx, state, program, terms).await?;
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    done: Option<&str>,
    given: Option<(TermsForm, Problems)>,
) -> Result<SubAffiliatesPage> {
    let (frame, shell) = Shell::open(state, session, (organization, program), (PAGE, done)).await?;
    let mut tx = state.db.tenant(organization).await?;
    let terms = store::last_terms(&mut tx, shell.program.id).await?;
    tx.commit().await?;
    let (form, problems) = given.unwrap_or_else(|| (TermsForm::of(terms), Problems::default()));
    Ok(SubAffiliatesPage { frame, shell, form, problems })
}
