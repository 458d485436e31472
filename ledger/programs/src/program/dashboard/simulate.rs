//! `/dashboard/programs/{id}/simulate`: what a plan would pay, for an example customer and for past sales, compared
//! with what was paid. Nothing is saved.

use std::collections::{BTreeMap, HashMap};

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use shared::{
    id::{AffiliateId, OrganizationId},
    money::Money,
};

use super::{
    Answer, Shell,
    example::{Buyer, ExampleForm, Line, has_leads, work_out},
    known::Known,
    plan,
    plan_edit::Whose,
    plan_form::{PlanForm, elsewhere},
    presets::{PRESETS, Preset},
    share_store,
    simulated::{SaleView, Total, amounts, cumulated, over_time, plot, total, view},
    store,
};
use crate::program::{
    simulate::{self, PlanDraft},
    simulate_view::SimulatedPlan,
};
use engine::commission::offer::offer;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Error, Result},
    form::{Fields, Problems, is_mistake},
    page::{Html, chart::plot::Chart},
    state::AppState,
    text::Texts,
};
use rules::{commission::plan::Component, format};

const SPANS: [(&str, &str); 4] =
    [("30", "Last 30 days"), ("90", "Last 90 days"), ("180", "Last 6 months"), ("365", "Last 12 months")];
const OTHERWISE: i64 = 90;
/// The maximum number of sales with calculations, and of affiliates, on the page.
const EXAMPLES: i64 = 5;
const AFFILIATES: usize = 10;

#[derive(Debug, askama::Template)]
#[template(path = "program_simulate.html")]
struct SimulatePage {
    frame: Frame,
    shell: Shell,
    form: PlanForm,
    whose: Whose,
    example: ExampleForm,
    days: String,
    spans: [(&'static str, &'static str); 4],
    problems: Problems,
    preview: Vec<String>,
    presets: [Preset; 6],
    known: Known,
    one: Option<One>,
    past: Option<Past>,
}

const SHOWN: [&str; 9] = [
    "components",
    "segment",
    "affiliate",
    "exAmount",
    "exCurrency",
    "exPayments",
    "exEarlier",
    "exProduct",
    "exCountry",
];

impl SimulatePage {
    fn of(&self, field: impl AsRef<str>) -> Option<&str> {
        self.problems.of(field.as_ref())
    }

    fn elsewhere(&self) -> Option<&str> {
        elsewhere(&self.problems, &SHOWN)
    }
}

/// What one customer would earn their affiliate.
#[derive(Debug)]
struct One {
    /// Payment, earnings now, earnings with the draft, and the draft's calculation.
    lines: Vec<(String, String, String, String)>,
    now: String,
    drafted: String,
    chart: Option<Chart>,
}

/// What past sales would have earned.
#[derive(Debug)]
struct Past {
    conversions: String,
    totals: Vec<Total>,
    chart: Option<Chart>,
    affiliates: Vec<(String, Total)>,
    sales: Vec<SaleView>,
}

/// `GET /dashboard/programs/{id}/simulate`: the current plan, with an example.
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
    let (frame, shell) = Shell::open(&state, &session, (organization, &program), ("/simulate", None)).await?;
    let from = query.text("from");
    let plan = plan::begin(&state, organization, shell.program.id, from.as_deref()).await?;
    let mut tx = state.db.tenant(organization).await?;
    let currency = store::home_currency(&mut tx).await?;
    tx.commit().await?;
    let components = plan.as_ref().and_then(|plan| plan.components.clone()).unwrap_or_default();
    let (mut problems, example) = (Problems::default(), ExampleForm::usual(currency));
    let one = match example.read(state.clock.now(), &mut problems) {
        Some(buyer) if !components.is_empty() => Some(try_one(&state, &shell, &components, &buyer).await?),
        _ => None,
    };
    let mut form = PlanForm::of(&components);
    let page = SimulatePage {
        whose: Whose::of(plan.as_ref(), &mut query),
        preview: offer(Texts::default(), &components),
        known: Known::load(&state, organization, &mut form).await?,
        form,
        days: OTHERWISE.to_string(),
        frame,
        shell,
        example,
        spans: SPANS,
        problems,
        presets: PRESETS,
        one,
        past: None,
    };
    Ok(Html(page).into_response())
}

/// `POST /dashboard/programs/{id}/simulate`: handles one of the form's buttons; each of them simulates the draft.
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
    let (frame, shell) = Shell::open(&state, &session, (organization, &program), ("/simulate", None)).await?;
    let (mut form, whose) = (PlanForm::of_fields(&fields), Whose::of_fields(&fields));
    let example = if fields.given("exAmount").is_some() {
        ExampleForm::of(&fields)
    } else {
        // The request comes from the plan editor.
        let mut tx = state.db.tenant(organization).await?;
        let currency = store::home_currency(&mut tx).await?;
        tx.commit().await?;
        ExampleForm::usual(currency)
    };
    let days = fields.text("days").parse().ok().filter(|days| (1..=365).contains(days)).unwrap_or(OTHERWISE);
    let button = fields.text("do");
    form.press(button);
    let known = Known::load(&state, organization, &mut form).await?;
    let mut problems = Problems::default();
    let components = form.read(&mut problems);
    let buyer = example.read(state.clock.now(), &mut problems);
    let (mut one, mut past, mut status) = (None, None, StatusCode::OK);
    if let Some(components) = &components {
        if let Some(buyer) = &buyer {
            one = Some(try_one(&state, &shell, components, buyer).await?);
        }
        match replay(&state, (&frame, &shell), (components, &whose), days, &mut problems).await {
            Ok(replayed) => past = replayed,
            Err(error) if is_mistake(&error) => {
                status = error.status();
                problems.add_error(&error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if button == "run" && !problems.is_empty() && status == StatusCode::OK {
        status = StatusCode::BAD_REQUEST;
    } else if button != "run" {
        // An unfinished form isn't a mistake.
        problems = Problems::default();
    }
    let page = SimulatePage {
        preview: offer(Texts::default(), components.as_deref().unwrap_or_default()),
        days: days.to_string(),
        frame,
        shell,
        form,
        whose,
        example,
        spans: SPANS,
        problems,
        presets: PRESETS,
        known,
        one,
        past,
    };
    Ok((status, Html(page)).into_response())
}

async fn try_one(state: &AppState, shell: &Shell, components: &[Component], buyer: &Buyer) -> Result<One> {
    let plan = plan::begin(state, shell.organization, shell.program.id, None).await?;
    let current = plan.and_then(|plan| plan.components).unwrap_or_default();
    let with_lead = has_leads(&current) || has_leads(components);
    let now = work_out(&current, buyer, with_lead).map_err(|error| Error::internal(error))?;
    let drafted = work_out(components, buyer, with_lead).map_err(|error| Error::internal(error))?;
    let rows = now.iter().zip(&drafted).map(|(now, drafted)| {
        let what = match drafted.payment {
            0 => "Lead".to_owned(),
            1 => "First payment".to_owned(),
            number => format!("Payment {number}"),
        };
        let steps = drafted.steps.join("; ");
        (what, amounts(&now.earned), amounts(&drafted.earned), steps)
    });
    let whole = |lines: &[Line]| {
        let sums = lines.iter().flat_map(|line| &line.earned).fold(BTreeMap::new(), |mut sums, money: &Money| {
            *sums.entry(money.currency).or_insert(0_i64) += money.minor;
            sums
        });
        amounts(&sums.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect::<Vec<_>>())
    };
    let currency = buyer.amount.currency;
    let sums = |lines: &[Line]| -> Vec<i64> {
        let of = |line: &Line| {
            line.earned.iter().filter(|money| money.currency == currency).map(|money| money.minor).sum::<i64>()
        };
        cumulated(lines.iter().map(of))
    };
    let (before, after) = (sums(&now), sums(&drafted));
    let names: Vec<String> = rows.clone().map(|(what, ..)| what).collect();
    let chart = (after.len() > 1).then(|| plot("Cumulative affiliate earnings", &names, &before, &after, currency));
    Ok(One { lines: rows.collect(), now: whole(&now), drafted: whole(&drafted), chart })
}

async fn replay(
    state: &AppState,
    (frame, shell): (&Frame, &Shell),
    (components, whose): (&[Component], &Whose),
    days: i64,
    problems: &mut Problems,
) -> Result<Option<Past>> {
    let organization = shell.organization;
    let Some(scope) = whose.scope(state, organization, problems).await? else { return Ok(None) };
    let to = state.clock.now();
    let draft = PlanDraft {
        components: components.to_vec(),
        scope: Some(scope),
        from: Some(to.plus_days(-days)),
        to: Some(to),
        limit_examples: Some(EXAMPLES),
    };
    let (plan, by_day) = simulate::replay(state, organization, shell.program.id, draft).await?;
    let names = names(state, organization, &plan).await?;
    let name = |id: &AffiliateId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let affiliates = plan.affiliates.iter().filter(|one| one.total.difference_cents != 0).take(AFFILIATES);
    Ok(Some(Past {
        conversions: format::count(u64::try_from(plan.conversions).unwrap_or_default()),
        totals: plan.totals.iter().map(total).collect(),
        chart: over_time(&by_day, &plan.totals, (to.plus_days(-days), to)),
        affiliates: affiliates.map(|one| (name(&one.affiliate_id), total(&one.total))).collect(),
        sales: plan.examples.iter().map(|sale| view(sale, frame)).collect(),
    }))
}

async fn names(
    state: &AppState,
    organization: OrganizationId,
    plan: &SimulatedPlan,
) -> Result<HashMap<AffiliateId, String>> {
    let ids: Vec<AffiliateId> = plan.affiliates.iter().take(AFFILIATES * 3).map(|one| one.affiliate_id).collect();
    let mut tx = state.db.tenant(organization).await?;
    let names = share_store::names(&mut tx, &ids).await?;
    tx.commit().await?;
    Ok(names)
}
