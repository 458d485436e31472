//! A connector against its fake server, without the ledger: the fastest way to see what is sent and what comes of it.

use std::{collections::BTreeMap, sync::Mutex};

use connector::{
    Account, AffiliateStatus, Answer, Body, Connector, Consent, Fault, FaultKind, Known, Login, Method, Person,
    Request, StepContext, StepRequest, Task, Then, Token, Tokens, Walk, providers, session_ended,
};
use shared::timestamp::Timestamp;

use super::{Crm, FakeServer};
use crate::http;

/// 2026-11-20T08:30:00Z.
pub fn now() -> Timestamp {
    Timestamp::from_millis(1_795_163_400_000).unwrap()
}

/// A vendor's fake server with a connected account, and an affiliate of that address who is to be on its list.
pub async fn started(vendor: impl Crm + 'static, email: &str) -> (FakeServer<Box<dyn Crm>>, Account, Person) {
    let fake = super::start(Box::new(vendor));
    let account = connected(&fake).await;
    let person = person(&fake, email);
    (fake, account, person)
}

/// The kind and the code of the fault with which that person's sync ends.
///
/// # Panics
/// Where it succeeds.
pub async fn fault(fake: &FakeServer<Box<dyn Crm>>, account: &Account, person: Person) -> (FaultKind, &'static str) {
    let fault = run(fake, account, &Task::Sync(person), 0).await.faults.pop().expect("it must fail");
    (fault.kind, fault.code)
}

/// An affiliate who is to be on the fake server's list.
pub fn person(fake: &FakeServer<Box<dyn Crm>>, email: &str) -> Person {
    let joined_at = Timestamp::from_seconds(1_790_000_000).unwrap();
    let name = ["Lauren", "van Vale"].map(|part| Some(part.to_owned()));
    Person {
        id: "aff_01kdvdna00fec9rpb7dk6gd3hy".to_owned(),
        email: email.to_owned(),
        moved_from: None,
        first_name: Some("Lauren".to_owned()),
        last_name: Some("van Vale".to_owned()),
        our_names: vec![name],
        is_synced: false,
        affiliate_status: AffiliateStatus::Approved,
        joined_at,
        consent: Some(Consent { at: joined_at, version: Some("2026-01".to_owned()) }),
        lists: fake.with(|crm| crm.list()).into_iter().collect(),
        used_lists: Vec::new(),
        tags: ["Rekomi affiliate", "VIP", "spring & summer"].map(str::to_owned).to_vec(),
        untags: Vec::new(),
    }
}

/// The same affiliate after they left: without lists, without the tags that we gave, marked as a former one.
pub fn former(person: &Person) -> Person {
    Person {
        affiliate_status: AffiliateStatus::Left,
        lists: Vec::new(),
        used_lists: person.lists.iter().map(|list| list.id.clone()).collect(),
        tags: vec!["Rekomi former affiliate".to_owned()],
        untags: person.tags.clone(),
        ..person.clone()
    }
}

/// Everything that was asked so far, as `POST /path body`.
pub fn lines(fake: &FakeServer<Box<dyn Crm>>) -> Vec<String> {
    fake.calls().iter().map(|call| format!("{} {}", call.line(), String::from_utf8_lossy(&call.body))).collect()
}

/// What came of a task.
#[derive(Debug)]
pub struct Outcome {
    pub known: Known,
    pub left_alone: Option<String>,
    /// What went wrong on the way, in order; the last one ended it, if `ended` says so.
    pub faults: Vec<Fault>,
    pub ended: bool,
}

impl Outcome {
    /// Went through, and nobody was left alone.
    pub fn is_success(&self) -> bool {
        !self.ended && self.left_alone.is_none()
    }
}

/// The connector of a fake server.
///
/// # Panics
/// Where none has its slug.
pub fn connector_of(fake: &FakeServer<Box<dyn Crm>>) -> &'static dyn Connector {
    let slug = fake.with(|crm| crm.slug());
    providers::named(slug).unwrap_or_else(|| panic!("no connector for {slug}"))
}

/// The account after its test call.
///
/// # Panics
/// Where the test call fails.
pub async fn connected(fake: &FakeServer<Box<dyn Crm>>) -> Account {
    let mut account = Account { credentials: fake.with(|crm| crm.credentials()), found: Known::new() };
    let checked = run(fake, &account, &Task::Check, 0).await;
    assert!(checked.is_success(), "{:?}", checked.faults);
    account.found = checked.known;
    account
}

/// Walks through a task. A fault that may pass is met by asking the same step again, up to `patience` times.
///
/// # Panics
/// Where the fake server can't be reached.
pub async fn run(fake: &FakeServer<Box<dyn Crm>>, account: &Account, task: &Task, patience: usize) -> Outcome {
    let mut walk = Walk::new(connector_of(fake), account, task);
    let mut faults = Vec::new();
    loop {
        let step = match walk.next(now()) {
            Ok(None) => return Outcome { known: walk.known, left_alone: walk.left_alone, faults, ended: false },
            Ok(Some(request)) => {
                let answer = send(fake.base(), &request).await;
                answer.and_then(|answer| walk.parse_response(&answer, now()))
            }
            Err(fault) => Err(fault),
        };
        if let Err(fault) = step {
            let hopeless = !matches!(fault.kind, FaultKind::Passing | FaultKind::Busy);
            faults.push(fault);
            if hopeless || faults.len() > patience {
                return Outcome { known: walk.known, left_alone: walk.left_alone, faults, ended: true };
            }
        }
    }
}

/// A sync that is planned for one state of a person and goes on, after so many calls, with another: the ledger reads the
/// person anew for each attempt, and keeps the plan.
///
/// # Errors
/// The first fault.
pub async fn run_changed(
    fake: &FakeServer<Box<dyn Crm>>,
    account: &Account,
    (planned, later): (&Person, &Person),
    calls: usize,
) -> Result<(), Fault> {
    let (connector, mut known, mut made) = (connector_of(fake), Known::new(), 0);
    let tasks = [planned, later].map(|person| Task::Sync(person.clone()));
    for step in connector.plan(account, &tasks[0]) {
        for polls in 0.. {
            let task = &tasks[usize::from(made >= calls)];
            let ctx = StepContext { account, task, step: &step, known: &known, polls, now: now(), sync: None };
            let StepRequest::Send(request) = connector.request(&ctx)? else { break };
            let parsed = connector.parse_response(&ctx, &send(fake.base(), &request).await?)?;
            made += 1;
            known.absorb(parsed.learned);
            match parsed.then {
                Then::Done => break,
                Then::Again(_) => {}
                Then::LeaveAlone(_) => return Ok(()),
            }
        }
    }
    Ok(())
}

/// The access tokens of this process. Each fake server has its own address, and so its own tokens.
static TOKENS: Mutex<BTreeMap<String, Tokens>> = Mutex::new(BTreeMap::new());

/// A new server may have the port of an earlier one, whose tokens it doesn't know.
pub(super) fn forget_tokens(base: &str) {
    TOKENS.lock().unwrap().remove(base);
    REFRESH_TOKENS.lock().unwrap().remove(base);
}

fn token(base: &str, login: &Login) -> Option<Token> {
    TOKENS.lock().unwrap().entry(base.to_owned()).or_default().get(login, now())
}

/// Sends a connector's request to the fake server, whatever host it is for, with an access token where it needs one.
///
/// # Errors
/// A passing fault where no whole answer came, or the fault of the login.
pub async fn send(base: &str, request: &Request) -> Result<Answer, Fault> {
    let Some(login) = &request.login else { return call(base, request).await };
    if let Some(token) = token(base, login) {
        let answer = call(base, &login.signed(request, &token)).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        TOKENS.lock().unwrap().remove(base);
        if request.method != Method::Get {
            return Err(session_ended());
        }
    }
    let token = exchanged(base, login).await?;
    TOKENS.lock().unwrap().entry(base.to_owned()).or_default().keep(login, token.clone(), now());
    call(base, &login.signed(request, &token)).await
}

/// The newest refresh token at each fake server.
static REFRESH_TOKENS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Logs in, with the newest refresh token where the vendor replaces it.
async fn exchanged(base: &str, login: &Login) -> Result<Token, Fault> {
    let newest = REFRESH_TOKENS.lock().unwrap().get(base).cloned();
    let login =
        newest.filter(|_| login.rotates).map_or_else(|| login.clone(), |token| login.with_refresh_token(&token));
    let answer = call(base, &login.request).await?;
    if let Some(next) = login.next_refresh_token(&answer) {
        REFRESH_TOKENS.lock().unwrap().insert(base.to_owned(), next);
    }
    login.token(&answer, now())
}

async fn call(base: &str, request: &Request) -> Result<Answer, Fault> {
    let url = request.url(Some(base));
    let mut wire = http::Request::new(request.method.as_str(), url.strip_prefix(base).expect("below the base"));
    let (body, kind) = request.bytes();
    let named = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let Some(kind) = kind
        && !named
    {
        wire = wire.header("Content-Type", kind);
    }
    for (name, value) in &request.headers {
        wire = wire.header(name, value);
    }
    wire.body = body;
    assert!(request.body == Body::Empty || !wire.body.is_empty());
    let response = wire.send(base).await.map_err(|error| Fault::passing("connection_failed", error.to_string()))?;
    let lower = |(name, value): (String, String)| (name.to_lowercase(), value);
    let headers = response.headers.into_iter().map(lower).collect();
    Ok(Answer { status: response.status, headers, body: response.body, at: Some(now()) })
}
