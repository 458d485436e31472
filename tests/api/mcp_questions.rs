//! Goal: a changed tool, or a changed text of one, can't make assistants worse unnoticed: they find the tool for a question,
//! know its arguments, and get the answer.
//! Method: people's questions about the demo organization, each with the calls that answer it (`tests/fixtures/questions.json`).
//! The calls are made over `/mcp`. In place of a model, a chooser ranks the listed tools for each question; its ranks are
//! compared with those recorded before.

mod chooser;
mod question;
mod ranks;
mod scene;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use world::{
    World,
    mcp_fixture::{Assistant, connect},
    organization_fixture::owner,
};

use self::{
    chooser::Chooser,
    question::{Call, Names, Question},
    ranks::Ranks,
    scene::Scene,
};

const QUESTIONS: usize = 60;
/// How much of a wrong result is shown.
const SHOWN_MAX: usize = 3_000;
/// What no call changes, also by asking for a confirmation.
const UNCHANGED: [&str; 10] = [
    "select id, revoked_at from api_keys order by id",
    "select user_id, role from memberships order by user_id",
    "select id, status, amount from payouts order by id",
    "select id, state from payout_runs order by id",
    "select id, status, amount from commissions order by id",
    "select id, affiliate_id from conversions order by id",
    "select id, status, email from affiliates where slug <> 'ida' order by id",
    "select id from plan_versions order by id",
    "select id, destination, disabled_at from links where slug <> 'lena-pricing' order by id",
    "select id, code from coupons order by id",
];

/// An assistant and the tools that it was offered.
struct Asking<'w> {
    world: &'w World,
    assistant: Assistant,
    tools: Vec<Value>,
}

impl Asking<'_> {
    fn tool(&self, name: &str) -> &Value {
        self.tools.iter().find(|tool| tool["name"] == name).unwrap_or_else(|| panic!("{name} isn't listed"))
    }

    /// Makes a call; returns what is wrong with it or with its result.
    async fn call(&self, call: &Call, names: &mut Names) -> Vec<String> {
        let (tool, arguments) = (self.tool(&call.tool), names.fill(&call.arguments));
        let takes = jsonschema::draft202012::new(&tool["inputSchema"]).unwrap();
        if let Err(why) = takes.validate(&arguments) {
            return vec![format!("{}: {why}", why.instance_path())];
        }
        let result = self.assistant.call(&call.tool, arguments).await;
        let content = &result["structuredContent"];
        let mut wrong = call.mistakes(content, names);
        if content["error"].as_str() != call.error.as_deref() || result["isError"] != call.error.is_some() {
            wrong.push(format!("the error is {}", content["error"]));
        }
        let needs_person = tool["annotations"]["destructiveHint"] == true;
        if needs_person && call.error.is_none() {
            wrong.extend(self.confirmation(&call.tool, content).await);
        } else if content.get("needsConfirmation").is_some() {
            wrong.push("it needs a confirmation".to_owned());
        }
        wrong.extend(call.keep(content, names));
        if !wrong.is_empty() {
            wrong.push(content.to_string().chars().take(SHOWN_MAX).collect());
        }
        wrong
    }

    /// What is wrong with the result of a call that a person has to confirm.
    async fn confirmation(&self, tool: &str, result: &Value) -> Option<String> {
        let page = format!("{}/dashboard/confirm/", self.world.ledger.base());
        let message = result["message"].as_str().unwrap_or_default();
        let has_page = message.starts_with("Nothing has happened yet.") && message.contains(&page);
        let id = &result["needsConfirmation"]["id"];
        let state = self.assistant.call("read_confirmation", json!({ "id": id })).await;
        let state = &state["structuredContent"];
        let is_open = state["state"] == "Pending" && state["tool"] == tool;
        (!has_page || !is_open).then(|| format!("it waits for no one: {state}"))
    }

    /// The best tool, if it would change something at once.
    fn rash(&self, question: &Question) -> Option<String> {
        let purposes = Chooser::without_arguments(&self.tools);
        let nearest = purposes.nearest(&question.text)?;
        let hints = &self.tool(nearest)["annotations"];
        let is_rash = hints["readOnlyHint"] == false && hints["destructiveHint"] == false;
        is_rash.then(|| format!("{nearest} matches best, and changes something at once"))
    }

    /// Tools that there must not be, and are.
    async fn present(&self, question: &Question) -> Vec<String> {
        let mut present = Vec::new();
        for name in &question.absent {
            let request = self.assistant.modern("tools/call", json!({"name": name, "arguments": {}}));
            let answer = self.assistant.send(request).await.expect_status(200).json();
            if answer["error"]["code"] != -32_602 {
                present.push(format!("{name}: {answer}"));
            }
        }
        present
    }
}

async fn unchanged(world: &World) -> Vec<Vec<Vec<String>>> {
    let mut all = Vec::new();
    for query in UNCHANGED {
        all.push(world.database.texts(query).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_find_their_tools_and_their_answers() {
    let Scene { fixture, mut names, iris } = Box::pin(Scene::start()).await;
    let world = &fixture.world;
    let mut owner = owner(world).await;
    let (_, token) = connect(world, &mut owner, "Analyst", "change").await;
    let assistant = Assistant::new(world.ledger.base(), &token);
    let listed = assistant.send(assistant.modern("tools/list", json!({}))).await.expect_status(200).json();
    let tools = listed["result"]["tools"].as_array().unwrap().clone();
    let chooser = Chooser::of(&tools);
    let asking = Asking { world, assistant, tools };
    let before = unchanged(world).await;

    let questions = question::all();
    let ids: BTreeSet<&str> = questions.iter().map(|question| question.id.as_str()).collect();
    assert_eq!((questions.len(), ids.len()), (QUESTIONS, QUESTIONS));
    let (mut wrong, mut ranks, mut used) = (Vec::new(), Ranks::default(), BTreeSet::new());
    for question in &questions {
        let mut mistakes = asking.present(question).await;
        for (position, call) in question.calls.iter().enumerate() {
            let made = asking.call(call, &mut names).await;
            mistakes.extend(made.into_iter().map(|why| format!("{}: {why}", call.tool)));
            let rank = chooser.rank(&question.text, &call.tool);
            ranks.add(&question.id, &call.tool, rank, position + 1 == question.calls.len());
            used.insert(call.tool.as_str());
        }
        if question.calls.is_empty() {
            mistakes.extend(asking.rash(question));
        }
        wrong.extend(mistakes.into_iter().map(|why| format!("{}: {why}", question.id)));
    }
    assert!(wrong.is_empty(), "questions with another answer:\n  {}", wrong.join("\n  "));
    let unused: Vec<&Value> =
        asking.tools.iter().map(|tool| &tool["name"]).filter(|name| !used.contains(name.as_str().unwrap())).collect();
    assert!(unused.is_empty(), "no question needs {unused:?}");
    assert_eq!(unchanged(world).await, before, "only a person may change these");
    fixture.arrive(&iris).await;
    ranks.compare();
    fixture.finish().await;
}
