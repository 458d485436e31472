//! `/dashboard/copilot/plan`: a commission plan from a sentence.
//!
//! The model only fills in the fields of a plan. Whether it is one is for our own parser to say, and what it would have
//! paid for our own simulation. The plan waits on a card like every other change.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{
    Extension, Form,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use shared::id::{CopilotConversationId, ProgramId};
use tokio::time::{Instant, timeout};

use super::{
    card::{self, Proposal},
    chat::Block,
    context::{Context, Copilot, Head},
    conversation::{self, Draft},
    dashboard::{FORM_WITHIN, Visit},
    fill,
    lease::Lease,
    mask::{Level, masked},
    run,
    step::SECONDS_MAX,
    store::Sender,
    toolset::Set,
    usage,
};
use crate::tool::{
    call::{self, Call},
    catalog::Tool,
};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
    suggestion::{Outcome, Sheet},
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
};

const SIMULATES: &str = "simulate_plan";
const CREATES: &str = "create_plan";
const FILLS_IN: &str = "fill_in_plan";
const OUTPUT_TOKENS_MAX: u32 = 2_000;
const SENTENCE_MAX: usize = 1_000;
const TASK: &str = "You turn a sentence about what affiliates are paid into a commission plan, with the tool. Use only what \
     the sentence says. Amounts are in the currency's minor unit: $5 is amountCents 500. Rates are percent as text: \"20\". \
     A share of every payment is one component; a fixed amount for the first sale and a share of renewals are two. If the \
     sentence leaves something open, take the simplest plan that fits.";

#[derive(Debug, askama::Template)]
#[template(path = "copilot_plan.html")]
struct PlanPage {
    frame: Frame,
    /// Id and name of each program.
    programs: Vec<(String, String)>,
    program: String,
    typed: String,
    problems: Problems,
}

/// `GET /dashboard/copilot/plan`.
///
/// # Errors
/// As [`Visit::begin`]; 403 for a viewer.
pub async fn show(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    choice: Choice,
    query: kit::api::query::Query,
    Head(parts): Head,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::Operate)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let program = query.peek("program").unwrap_or_default().to_owned();
    Ok(Html(page(visit, program, "", Problems::default()).await?).into_response())
}

async fn page(visit: Visit, program: String, typed: &str, problems: Problems) -> Result<PlanPage> {
    let listed = visit.context.caller().get("/api/v1/programs?perPage=100").await?.or_unavailable()?;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = listed.body["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let programs = rows.iter().map(|row| (text(row, "id"), text(row, "name"))).collect();
    Ok(PlanPage { frame: visit.frame, programs, program, typed: typed.to_owned(), problems })
}

/// `POST /dashboard/copilot/plan`: `program` and `sentence`. Leads to a conversation with the simulation and the card.
///
/// # Errors
/// As [`show`]. A mistake is shown beside its field.
pub async fn draft(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    Head(parts): Head,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let outcome = begin(&visit, &fields).await;
    let id = match outcome {
        Ok(id) => id,
        Err(error) if error.status().is_server_error() => return Err(error.into()),
        Err(error) => {
            let problems = Problems::of_error(&error);
            let page = page(visit, fields.text("program").to_owned(), fields.raw("sentence"), problems).await?;
            return Ok((error.status(), Html(page)).into_response());
        }
    };
    Ok(axum::response::Redirect::to(&format!("{}#end", visit.page(id))).into_response())
}

async fn begin(visit: &Visit, fields: &Fields) -> Result<CopilotConversationId> {
    let context = &visit.context;
    let sentence = fields.text("sentence");
    if sentence.is_empty() || sentence.chars().count() > SENTENCE_MAX || sentence.contains('\0') {
        return Err(Error::field("sentence", format!("Write 1 to {SENTENCE_MAX} characters.")));
    }
    let program: ProgramId =
        fields.text("program").parse().map_err(|_| Error::field("program", "Choose a program."))?;
    let found = context.caller().get(&format!("/api/v1/programs/{program}")).await?.or_unavailable()?;
    if !found.status.is_success() {
        return Err(Error::field("program", "Choose a program."));
    }
    if let Some(words) = usage::over_budget(&context.account()).await? {
        return Err(Error::field("sentence", words));
    }
    let text = format!("A plan for {program}: {sentence}");
    let id = conversation::begin(context, &format!("Plan: {sentence}"), Set::Money).await?;
    let lease = conversation::take(context, id, &text).await.map_err(|error| error.with_field("sentence"))?;
    let (context, sentence) = (context.clone(), sentence.to_owned());
    // It ends although the browser leaves, so that the conversation isn't left busy.
    let mut work = tokio::spawn(async move {
        let drafted = tokio::select! {
            drafted = work(&context, lease, program, &sentence) => drafted,
            () = Box::pin(lease.lost(&context)) => Ok(()),
        };
        let released = lease.release(&context).await;
        drafted.and(released)
    });
    if let Ok(ended) = timeout(FORM_WITHIN, &mut work).await {
        ended.map_err(|error| Error::internal(error))??;
    }
    Ok(id)
}

/// Stores what came of it: the steps with their results and the card, or why there is none.
async fn work(context: &Context, lease: Lease, program: ProgramId, sentence: &str) -> Result<()> {
    let filled = match fill_in(context, program, sentence).await? {
        Ok(filled) => filled,
        Err(words) => return run::keep(context, lease, &[], Some(&words)).await,
    };
    let agent = context.agent();
    let catalog = context.copilot.server.catalog().await?;
    let tool = catalog.find(CREATES, &agent).ok_or_else(Error::not_found)?;
    let known = BTreeSet::from([program.to_string()]);
    let conversation = lease.conversation;
    let proposal = Proposal { conversation, tool, arguments: filled.plan.clone(), known: &known, source: None };
    let (result, has_failed) = match card::propose(context, proposal).await? {
        Ok(action) => (card::waiting(action), false),
        Err(mistake) => (json!({"error": mistake.message, "field": mistake.field}), true),
    };
    let call = |id: &str, name: &str, arguments: &Map<String, Value>| Block::Call {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: Some(arguments.clone()),
    };
    let text = Block::Text { text: words(&filled.simulation) };
    let calls = [text, call("draft_1", SIMULATES, &filled.simulated), call("draft_2", CREATES, &filled.plan)];
    let results = [
        Block::Result { id: "draft_1".to_owned(), content: filled.simulation.to_string(), failed: false },
        Block::Result { id: "draft_2".to_owned(), content: result.to_string(), failed: has_failed },
    ];
    let model = Draft { from: Sender::Model, blocks: &calls, ids: &known, source: None, note: None };
    let tools = Draft { from: Sender::Tools, blocks: &results, ids: &known, source: None, note: None };
    conversation::answer(context, lease, &[model, tools]).await
}

/// A plan that our own parser accepts.
struct Filled {
    /// The arguments of the card.
    plan: Map<String, Value>,
    simulated: Map<String, Value>,
    simulation: Value,
}

async fn fill_in(context: &Context, program: ProgramId, sentence: &str) -> Result<Outcome<Filled>> {
    let agent = context.agent();
    let catalog = context.copilot.server.catalog().await?;
    let simulate = catalog.find(SIMULATES, &agent).ok_or_else(Error::not_found)?;
    let create = catalog.find(CREATES, &agent).ok_or_else(Error::not_found)?;
    let sheet = Sheet {
        name: FILLS_IN,
        task: TASK.to_owned(),
        facts: sentence.to_owned(),
        schema: schema(create),
        output_tokens_max: OUTPUT_TOKENS_MAX,
    };
    let outbound = context.copilot.outbound(&context.state, &context.connection);
    let until = Instant::now() + Duration::from_secs(SECONDS_MAX);
    fill::fill((&context.account(), outbound), &sheet, until, |arguments| {
        simulated(context, simulate, program, arguments)
    })
    .await
}

/// What of a plan the model fills in.
fn schema(create: &Tool) -> Value {
    let property = |name: &str| create.schema()["properties"][name].clone();
    json!({
        "type": "object",
        "properties": {"components": property("components"), "holdDays": property("holdDays")},
        "required": ["components"],
        "additionalProperties": false,
    })
}

/// What our own parser and simulation say.
async fn simulated(
    context: &Context,
    simulate: &Tool,
    program: ProgramId,
    arguments: Map<String, Value>,
) -> Result<Outcome<Filled>> {
    let components = arguments.get("components").cloned().unwrap_or_default();
    let common = [("id".to_owned(), Value::from(program.to_string())), ("components".to_owned(), components)];
    let mut plan = Map::from_iter(common.clone());
    plan.extend(
        arguments.get("holdDays").filter(|days| !days.is_null()).map(|days| ("holdDays".to_owned(), days.clone())),
    );
    let mut simulated = Map::from_iter(common);
    simulated.insert("limitExamples".to_owned(), 0.into());
    let agent = context.agent();
    let call = Call { tool: simulate, agent: &agent, arguments: simulated.clone(), outer: &context.parts };
    let result = call::run(call, context.copilot.server.api.clone(), &context.state, Ok(())).await?;
    let simulation = masked(&result["structuredContent"], &simulate.untrusted, Level::Figures).value;
    if result["isError"] == true {
        return Ok(Err(simulation["message"].as_str().unwrap_or("it can\u{2019}t be simulated").to_owned()));
    }
    Ok(Ok(Filled { plan, simulated, simulation }))
}

/// The plan in our own words, and what it would have paid, in one line for each currency.
fn words(simulation: &Value) -> String {
    let list = |name: &str| simulation[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lines: Vec<String> =
        list("summary").iter().filter_map(Value::as_str).map(|line| format!("- {line}")).collect();
    lines.extend([String::new(), "For past sales, it would have paid:".to_owned()]);
    for total in list("totals") {
        let currency = total["currency"].as_str().unwrap_or_default();
        let money = |name: &str| rules::format::money(total[name].as_i64().unwrap_or_default(), currency);
        lines.push(format!("- {} instead of {}", money("simulatedCents"), money("currentCents")));
    }
    if list("totals").is_empty() {
        lines.push("- nothing, because there are none yet".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulation_is_in_words() {
        let simulation = json!({"summary": ["20% of every payment"],
            "totals": [{"currency": "USD", "simulatedCents": 2_000, "currentCents": 1_500}]});
        let expected = "- 20% of every payment\n\nFor past sales, it would have paid:\n- $20.00 instead of $15.00";
        assert_eq!(words(&simulation), expected);
        assert!(words(&json!({})).ends_with("there are none yet"));
    }
}
