//! `/dashboard/programs/{id}/plan/edit`: edits a plan, previews it in plain words, and publishes it from a date on. The
//! form carries the whole draft, so each of its buttons works without JavaScript.

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

use super::{
    Answer, Shell,
    known::Known,
    plan,
    plan_field::field_of,
    plan_form::{FormAction, PlanForm, elsewhere},
    presets::{PRESETS, Preset},
    share_store, to,
};
use crate::program::{
    plan_store,
    plan_view::{Plan, Scope},
    plans::NewPlan,
    rate_increase,
};
use engine::commission::offer::offer;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Result,
    form::{Fields, Problems, is_mistake, message_for},
    page::{Html, zone::Zone},
    state::AppState,
    text::Texts,
};
use rules::commission::plan::Component;

#[derive(Debug, askama::Template)]
#[template(path = "program_plan_edit.html")]
struct EditPage {
    frame: Frame,
    shell: Shell,
    form: PlanForm,
    whose: Whose,
    problems: Problems,
    preview: Vec<String>,
    presets: [Preset; 6],
    /// What conditions are picked from.
    known: Known,
    /// What a start in the past would mean, if it was requested and not confirmed yet.
    past: Option<String>,
    /// Whether the plan ends raises of an affiliate's rate.
    ends_raises: bool,
}

const SHOWN: [&str; 8] =
    ["components", "scope", "segment", "affiliate", "effectiveAt", "holdDays", "note", "scope.segment"];

impl EditPage {
    fn of(&self, field: impl AsRef<str>) -> Option<&str> {
        self.problems.of(field.as_ref())
    }

    fn elsewhere(&self) -> Option<&str> {
        elsewhere(&self.problems, &SHOWN)
    }
}

/// The scope of a plan, and its start.
#[derive(Debug, Clone, Default)]
pub(super) struct Whose {
    pub(super) scope: String,
    pub(super) segment: String,
    /// The affiliate's email, slug or id.
    pub(super) affiliate: String,
    /// A day in the organization's time zone; empty for now.
    pub(super) day: String,
    /// When the upcoming version begins that this one corrects; empty if it corrects none.
    pub(super) corrects: String,
    pub(super) hold: String,
    pub(super) note: String,
}

impl Whose {
    pub(super) fn of_fields(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            scope: text("scope"),
            segment: text("segment"),
            affiliate: text("affiliate"),
            day: text("effectiveAt"),
            corrects: text("corrects"),
            hold: text("holdDays"),
            note: text("note"),
        }
    }

    /// Prefills the form from the previous version and the URL.
    pub(super) fn of(plan: Option<&Plan>, query: &mut Query) -> Self {
        let mut whose = Self { scope: "program".to_owned(), ..Self::default() };
        whose.hold = plan.map(|plan| plan.hold_days.to_string()).unwrap_or_default();
        match plan.map(|plan| &plan.scope) {
            Some(Scope::Segment(name)) => (whose.scope, whose.segment) = ("segment".to_owned(), name.clone()),
            Some(Scope::Affiliate(id)) => (whose.scope, whose.affiliate) = ("affiliate".to_owned(), id.to_string()),
            Some(Scope::Program) | None => {}
        }
        if let Some(scope) = query.text("scope") {
            whose.scope = scope;
        }
        if let Some(affiliate) = query.text("affiliate") {
            (whose.scope, whose.affiliate) = ("affiliate".to_owned(), affiliate);
        }
        whose
    }

    /// The selected scope; a mistake is added to its field.
    pub(super) async fn scope(
        &self,
        state: &AppState,
        organization: OrganizationId,
        problems: &mut Problems,
    ) -> Result<Option<Scope>> {
        match self.scope.as_str() {
            "segment" if self.segment.is_empty() => problems.add("segment", "Enter a segment."),
            "segment" => return Ok(Some(Scope::Segment(self.segment.clone()))),
            "affiliate" => {
                let mut tx = state.db.tenant(organization).await?;
                let found = share_store::find(&mut tx, &self.affiliate).await?;
                tx.commit().await?;
                match found {
                    Some(found) => return Ok(Some(Scope::Affiliate(found))),
                    None => problems.add("affiliate", "No affiliate has this email address, link name or ID."),
                }
            }
            _ => return Ok(Some(Scope::Program)),
        }
        Ok(None)
    }

    /// When the plan starts: with the version that it corrects, if it's for the same day. Otherwise, today means now.
    fn from(&self, zone: &Zone, state: &AppState, problems: &mut Problems) -> Option<Timestamp> {
        if self.day.is_empty() {
            return None;
        }
        let Ok(day) = self.day.parse::<jiff::civil::Date>() else {
            problems.add("effectiveAt", "Enter a date such as 2026-12-01.");
            return None;
        };
        let now = state.clock.now();
        let corrected = Timestamp::parse_rfc3339(&self.corrects).ok();
        let corrected = corrected.filter(|at| *at > now && zone.day_of(*at) == day);
        corrected.or_else(|| (zone.day_of(now) != day).then(|| zone.start_of(day)))
    }
}

/// `GET /dashboard/programs/{id}/plan/edit`.
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
    let (frame, shell) = Shell::open(&state, &session, (organization, &program), ("/plan", None)).await?;
    let from = query.text("from");
    let plan = plan::begin(&state, organization, shell.program.id, from.as_deref()).await?;
    let components = plan.as_ref().and_then(|plan| plan.components.clone()).unwrap_or_default();
    let mut whose = Whose::of(plan.as_ref(), &mut query);
    // A version that starts from one to come corrects it, so it begins at the same time.
    if let Some(plan) = plan.as_ref().filter(|plan| from.is_some() && plan.effective_at > state.clock.now()) {
        let day = frame.zone.day_of(plan.effective_at).to_string();
        (whose.day, whose.corrects) = (day, plan.effective_at.to_string());
    }
    let mut form = PlanForm::of(&components);
    let known = Known::load(&state, organization, &mut form).await?;
    let preview = offer(Texts::default(), &components);
    let ends_raises = ends_raises(&state, &frame, shell.program.id, &whose).await?;
    let (problems, presets, past) = (Problems::default(), PRESETS, None);
    let page = EditPage { frame, shell, form, whose, problems, preview, presets, known, past, ends_raises };
    Ok(Html(page).into_response())
}

/// `POST /dashboard/programs/{id}/plan/edit`: handles one of the form's buttons.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. Mistakes are shown next to their fields.
pub async fn press(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let (frame, shell) = Shell::open(&state, &session, (organization, &program), ("/plan", None)).await?;
    let (mut form, whose) = (PlanForm::of_fields(&fields), Whose::of_fields(&fields));
    let button = fields.text("do");
    let act = form.press(button);
    let known = Known::load(&state, organization, &mut form).await?;
    let mut problems = Problems::default();
    let components = form.read(&mut problems);
    let (mut status, mut past) = (StatusCode::OK, None);
    if act == FormAction::Publish {
        let requested = read_input(&state, (&frame, &fields), (components.clone(), &whose), &mut problems).await?;
        let requested = requested.filter(|_| problems.is_empty());
        if fields.text("past") != whose.day {
            past = begins_in_the_past(&state, &frame, shell.program.id, requested.as_ref()).await?;
        }
        if past.is_none() {
            status = StatusCode::BAD_REQUEST;
        }
        if let Some(requested) = requested.filter(|_| past.is_none()) {
            match plan::publish(&state, &member, shell.program.id, requested).await {
                Ok(()) => return Ok(to(organization, shell.program.id, "/plan", "published")),
                Err(error) if is_mistake(&error) => {
                    status = error.status();
                    problems.add(&place(kit::form::field_of(&error)), message_for(&error));
                }
                Err(error) => return Err(error.into()),
            }
        }
    } else if !matches!(button, "" | "look") {
        // An unfinished form isn't a mistake.
        problems = Problems::default();
    }
    let preview = offer(Texts::default(), components.as_deref().unwrap_or_default());
    let ends_raises = ends_raises(&state, &frame, shell.program.id, &whose).await?;
    let presets = PRESETS;
    let page = EditPage { frame, shell, form, whose, problems, preview, presets, known, past, ends_raises };
    Ok((status, Html(page)).into_response())
}

/// Explains what a start in the past means. `None` if it isn't in the past, or isn't allowed, which publishing reports.
async fn begins_in_the_past(
    state: &AppState,
    frame: &Frame,
    program: ProgramId,
    requested: Option<&NewPlan>,
) -> Result<Option<String>> {
    let now = state.clock.now();
    let Some((requested, from)) =
        requested.and_then(|plan| Some((plan, plan.effective_at?))).filter(|(_, from)| *from < now)
    else {
        return Ok(None);
    };
    let Ok(scope) = requested.scope.clone().unwrap_or(Scope::Program).read() else { return Ok(None) };
    let mut tx = state.db.tenant(frame.organization).await?;
    let happened = plan_store::has_happened_since(&mut tx, program, &scope, from).await?;
    tx.commit().await?;
    let of_clicks = requested.components.iter().flatten().any(|component| component.per_click().is_some());
    let clicks = if of_clicks { " It also pays for visitors from the last 7 days." } else { "" };
    let message = format!(
        "This plan starts in the past, on {}. No one it applies to has earned anything since, so no commission changes. It \
         applies to sales from that time that are reported or credited later.{clicks}",
        frame.zone.date(from)
    );
    Ok((!happened).then_some(message))
}

/// Whether the draft is for an affiliate, and takes the place of what raises of their rate have scheduled.
async fn ends_raises(state: &AppState, frame: &Frame, program: ProgramId, whose: &Whose) -> Result<bool> {
    if whose.scope != "affiliate" || whose.affiliate.is_empty() {
        return Ok(false);
    }
    let mut unshown = Problems::default();
    let Some(scope) = whose.scope(state, frame.organization, &mut unshown).await? else { return Ok(false) };
    let from = whose.from(&frame.zone, state, &mut unshown).unwrap_or_else(|| state.clock.now());
    let mut tx = state.db.tenant(frame.organization).await?;
    let starts = plan_store::starts(&mut tx, program, &scope.read()?, from).await?;
    tx.commit().await?;
    Ok(!rate_increase::repeats(&starts, from).is_empty())
}

/// The form field for a field of the API.
fn place(field: &str) -> String {
    match field {
        "scope.segment" => "segment".to_owned(),
        "scope.affiliateId" => "affiliate".to_owned(),
        field => field_of(field),
    }
}

async fn read_input(
    state: &AppState,
    (frame, fields): (&Frame, &Fields),
    (components, whose): (Option<Vec<Component>>, &Whose),
    problems: &mut Problems,
) -> Result<Option<NewPlan>> {
    let scope = whose.scope(state, frame.organization, problems).await?;
    let effective_at = whose.from(&frame.zone, state, problems);
    let hold_days = fields.number("holdDays", problems);
    let note = fields.given("note").map(str::to_owned);
    Ok(components.map(|components| NewPlan { scope, effective_at, hold_days, components: Some(components), note }))
}
