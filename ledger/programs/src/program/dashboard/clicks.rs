//! `/dashboard/programs/{id}/clicks`: the limits on what a program pays for clicks.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use shared::{
    id::{OrganizationId, ProgramId},
    money::Currency,
};

use super::{
    Answer, Shell,
    form::{amount, currency, id, major},
    to,
};
use crate::program::{
    click_rules::{self, ChangedClickRules},
    plan_store,
};
use engine::accrual::clicks::click_rules::ClickRules;
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

const PAGE: &str = "/clicks";
const SHOWN: [&str; 4] = ["visitorsPerAffiliate", "dailyBudgetCents", "currency", "reviewGrowth"];

#[derive(Debug, askama::Template)]
#[template(path = "program_clicks.html")]
struct ClicksPage {
    frame: Frame,
    shell: Shell,
    /// Whether the current plan pays for clicks at all.
    pays: bool,
    form: RulesForm,
    problems: Problems,
}

impl ClicksPage {
    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&SHOWN)
    }
}

#[derive(Debug)]
struct RulesForm {
    visitors: String,
    budget: String,
    currency: String,
    growth: String,
}

impl RulesForm {
    fn of(rules: &ClickRules) -> Self {
        Self {
            visitors: rules.visitors_per_affiliate.to_string(),
            budget: rules.daily_budget.map(|budget| major(budget.minor, budget.currency)).unwrap_or_default(),
            currency: rules.daily_budget.map_or(Currency::USD, |budget| budget.currency).code().to_owned(),
            growth: rules.review_growth.map(|growth| growth.to_string()).unwrap_or_default(),
        }
    }

    fn of_fields(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            visitors: text("visitorsPerAffiliate"),
            budget: text("dailyBudgetCents"),
            currency: text("currency"),
            growth: text("reviewGrowth"),
        }
    }
}

/// `GET /dashboard/programs/{id}/clicks`.
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

/// `POST /dashboard/programs/{id}/clicks`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. A mistake is shown next to its field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let program_id: ProgramId = id(&program)?;
    let mut problems = Problems::default();
    let changed = changed(&fields, &mut problems);
    let mut status = StatusCode::BAD_REQUEST;
    if problems.is_empty() {
        let outcome = write(&state, &member, program_id, changed).await;
        match problems.refused(outcome.map(|()| true))? {
            Some(refused) => status = refused,
            None => return Ok(to(organization, program_id, PAGE, "saved")),
        }
    }
    let given = Some((RulesForm::of_fields(&fields), problems));
    Ok((status, Html(load(&state, &session, (organization, &program), None, given).await?)).into_response())
}

/// Reads the whole form; an empty field means none.
fn changed(fields: &Fields, problems: &mut Problems) -> ChangedClickRules {
    let visitors: Option<i64> = fields.number("visitorsPerAffiliate", problems);
    if visitors.is_none() {
        problems.add("visitorsPerAffiliate", "Enter a whole number.");
    }
    let budget = fields.given("dailyBudgetCents").and_then(|text| {
        let money = match currency(fields.text("currency")) {
            Ok(currency) => amount(text, currency).map_err(|mistake| ("dailyBudgetCents", mistake)),
            Err(mistake) => Err(("currency", mistake)),
        };
        money.map_err(|(field, mistake)| problems.add(field, mistake)).ok()
    });
    ChangedClickRules {
        visitors_per_affiliate: visitors,
        daily_budget_cents: Some(budget.map(|budget| budget.minor)),
        currency: budget.map(|budget| budget.currency.code().to_owned()),
        review_growth: Some(fields.number("reviewGrowth", problems)),
    }
}

async fn write(state: &AppState, member: &Member, program: ProgramId, changed: ChangedClickRules) -> Result<()> {
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = click_rules::enact(&mut tx, state, program, changed).await?;
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
    given: Option<(RulesForm, Problems)>,
) -> Result<ClicksPage> {
    let (frame, shell) = Shell::open(state, session, (organization, program), (PAGE, done)).await?;
    let (id, now) = (shell.program.id, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let rules = click_rules::current(&mut tx, id, now).await?.map(|(_, rules)| rules).unwrap_or_default();
    let plan = plan_store::in_force(&mut tx, id, now).await?;
    tx.commit().await?;
    let components = plan.and_then(|plan| plan.components).unwrap_or_default();
    let (form, problems) = given.unwrap_or_else(|| (RulesForm::of(&rules), Problems::default()));
    Ok(ClicksPage {
        pays: components.iter().any(|component| component.per_click().is_some()),
        frame,
        shell,
        form,
        problems,
    })
}
