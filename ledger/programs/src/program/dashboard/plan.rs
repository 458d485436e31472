//! `/dashboard/programs/{id}/plan`: a program's current, upcoming and past plans, and its overrides.

use axum::{
    Form,
    extract::{Path, State},
    response::IntoResponse,
};
use shared::{
    id::{OrganizationId, PlanVersionId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    Answer, Shell,
    form::id,
    to,
    versions::{self, VersionView},
};
use crate::program::{
    plan_store::{self, Filter},
    plan_view::{Plan, Scope},
    plans::{self, NewPlan},
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
    api::{pagination::Pagination, query::Query},
    error::{Error, Result},
    form::Fields,
    page::{Html, list::Pager},
    state::AppState,
};

/// The maximum number of the program's own versions to show.
const OWN_MAX: i64 = 50;

#[derive(Debug, askama::Template)]
#[template(path = "program_plan.html")]
struct PlanPage {
    frame: Frame,
    shell: Shell,
    current: Option<VersionView>,
    upcoming: Vec<VersionView>,
    past: Vec<VersionView>,
    overrides: Vec<VersionView>,
    pager: Pager,
    /// How existing customers are affected, in words.
    keeps: &'static str,
}

/// `GET /dashboard/programs/{id}/plan`.
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
    let (frame, shell) = Shell::open(&state, &session, (organization, &program), ("/plan", done.as_deref())).await?;
    let cursor = query.peek("cursor").map(str::to_owned);
    let pagination: Pagination<(Timestamp, uuid::Uuid)> = query.page()?;
    let (program, now) = (shell.program.id, state.clock.now());
    let filter = |of_program, after, limit| {
        let of_program = Some(of_program);
        Filter { program, id: None, of_program, replaced: false, after, limit }
    };
    let mut tx = state.db.tenant(organization).await?;
    let own = plan_store::list(&mut tx, filter(true, None, OWN_MAX), now).await?;
    let others = filter(false, pagination.after, pagination.limit());
    let overrides = plan_store::list(&mut tx, others, now).await?;
    let names = versions::names(&mut tx, &overrides).await?;
    tx.commit().await?;
    let overrides = pagination.page(overrides, |plan| (plan.effective_at, plan.id.uuid()), |plan| plan);
    let edit = shell.address("/plan/edit");
    let view = |plan: Plan| versions::view(plan, &names, (&frame.zone, now), &edit);
    let (upcoming, rest): (Vec<Plan>, Vec<Plan>) = own.into_iter().partition(|plan| plan.effective_at > now);
    let (current, past): (Vec<Plan>, Vec<Plan>) = rest.into_iter().partition(|plan| plan.in_force);
    let here = shell.address("/plan").maybe("cursor", cursor);
    let page = PlanPage {
        current: current.into_iter().next().map(view),
        upcoming: upcoming.into_iter().map(view).collect(),
        past: past.into_iter().map(view).collect(),
        pager: Pager::of_cursor(overrides.next_cursor.as_deref(), &here),
        overrides: overrides.data.into_iter().map(view).collect(),
        keeps: keeps(&shell.program.customer_binding),
        frame,
        shell,
    };
    Ok(Html(page).into_response())
}

fn keeps(binding: &str) -> &'static str {
    match binding {
        "AffiliateAndPlan" => {
            "New versions apply to customers referred from their effective date. Existing customers keep their plan."
        }
        "Affiliate" => {
            "New versions apply to every sale from their effective date, including sales to existing customers."
        }
        _ => "New versions apply to every sale from their effective date. Each sale is attributed separately.",
    }
}

/// `POST /dashboard/programs/{id}/plan/end`: ends an override now, or from its start on, so that the broader plan
/// applies again.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer.
pub async fn end(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let program: ProgramId = id(&program)?;
    let scope = match fields.text("scope") {
        "segment" => Scope::Segment(fields.text("whose").to_owned()),
        _ => Scope::Affiliate(id(fields.text("whose"))?),
    };
    let effective_at = fields.given("effectiveAt").map(Timestamp::parse_rfc3339).transpose();
    // One that has begun since its page was shown ends now, like every other.
    let effective_at = effective_at.map_err(|_| Error::not_found())?.filter(|start| *start > state.clock.now());
    let input = NewPlan { scope: Some(scope), effective_at, hold_days: None, components: None, note: None };
    publish(&state, &member, program, input).await?;
    Ok(to(member.organization, program, "/plan", "ended"))
}

/// Adds a version like the API; one for a day that already has one takes its place.
///
/// # Errors
/// 400 or 404 naming the field.
pub(super) async fn publish(state: &AppState, member: &Member, program: ProgramId, input: NewPlan) -> Result<()> {
    let organization = member.organization;
    let wish = plans::check(input)?;
    let mut tx = state.db.tenant(organization).await?;
    let plan = plans::add_or_replace(&mut tx, state, program, wish).await?;
    let entry = plans::entry(&plan)?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    // An error only means that no page is listening.
    drop(state.news.send(organization));
    Ok(())
}

/// The version that a draft starts from: the named one, otherwise the program's current plan.
///
/// # Errors
/// 404 if the version doesn't exist.
pub(super) async fn begin(
    state: &AppState,
    organization: OrganizationId,
    program: ProgramId,
    from: Option<&str>,
) -> Result<Option<Plan>> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let plan = match from {
        Some(text) => {
            let version: PlanVersionId = text.parse().map_err(|_| Error::not_found())?;
            Some(plans::one(&mut tx, program, version, now).await?)
        }
        None => plan_store::in_force(&mut tx, program, now).await?,
    };
    tx.commit().await?;
    Ok(plan)
}
