//! Has a model fill in a sheet, for helpers without a conversation: one forced tool whose arguments our own checks accept.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};
use shared::id::UserId;
use tokio::{sync::Semaphore, time::Instant};

use super::{
    chat::{Author, Block, Choice, Message, Offer, Prompt, Reply, Usage},
    connection,
    context::Copilot,
    dashboard::FORM_WITHIN,
    mask::{Level, without_addresses},
    portal,
    provider::{Failed, Provider},
    store,
    usage::{self, Account, User},
};
use crate::confirmation::check;
use identity::{
    access::member::Member,
    suggestion::{
        Check, ConnectedModel, Model, OthersTexts, Outcome, Sheet,
        question::{Answer, NoAnswer, Question, Reader},
    },
};
use kit::{
    error::{Error, Result},
    limit::{self, Limit},
    outbound::Outbound,
    state::AppState,
};

/// The first attempt, and one to correct it.
const ATTEMPTS: usize = 2;
const BUSY: &str = "Too many answers are being written at the moment. Try again in a moment.";
const OFTEN: &str = "Too many requests. Wait a minute, then try again.";
const LATE: Duration = Duration::from_secs(1);

/// Asks until `accept` makes something of the fields, which fit the schema.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn fill<T, A, F>(
    (account, outbound): (&Account, &Outbound),
    sheet: &Sheet,
    until: Instant,
    mut accept: A,
) -> Result<Outcome<T>>
where
    A: FnMut(Map<String, Value>) -> F + Send,
    F: Future<Output = Result<Outcome<T>>> + Send,
{
    let mut prompt = prompt(account, sheet);
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        if Instant::now() + LATE >= until {
            break;
        }
        if let Some(words) = usage::over_budget(account).await? {
            return Ok(Err(words));
        }
        let reply = match attempt(account.clone(), outbound.clone(), prompt.clone(), until).await? {
            Ok(reply) => reply,
            Err(failed) => return Ok(Err(failed.fault.words())),
        };
        let calls = reply.calls();
        let Some((call, arguments)) = calls
            .iter()
            .find_map(|(call, name, arguments)| (*name == sheet.name).then_some((*call, (*arguments)?.clone())))
        else {
            return Ok(Err("The model\u{2019}s answer wasn\u{2019}t in the expected format. Try again.".to_owned()));
        };
        let outcome = match check::fits(&sheet.schema, &Value::Object(arguments.clone())) {
            Ok(()) => accept(arguments).await?,
            Err(mistake) => Err(mistake.message),
        };
        match outcome {
            Ok(made) => return Ok(Ok(made)),
            Err(words) => {
                let content = json!({ "error": words }).to_string();
                let result = Block::Result { id: call.to_owned(), content, failed: true };
                // Of several calls, only this one gets a result.
                let is_kept = |block: &Block| !matches!(block, Block::Call { id, .. } if id != call);
                let blocks = reply.blocks.iter().filter(|block| is_kept(block)).cloned().collect();
                prompt.messages.push(Message { author: Author::Model, blocks });
                prompt.messages.push(Message { author: Author::Person, blocks: vec![result] });
                last = words;
            }
        }
    }
    Ok(Err(format!("The model\u{2019}s answer isn\u{2019}t one that we can use: {last}.")))
}

fn prompt(account: &Account, sheet: &Sheet) -> Prompt {
    let description = "Fills in the form. Its fields are all that is shown to the person.".to_owned();
    Prompt {
        model: account.connection.model.clone(),
        system: sheet.task.clone(),
        messages: vec![Message::text(Author::Person, sheet.facts.clone())],
        tools: vec![Offer { name: sheet.name.to_owned(), description, schema: sheet.schema.clone() }],
        choice: Choice::Forced,
        output_tokens_max: sheet.output_tokens_max,
        streams: true,
    }
}

/// One request. It is counted although the browser leaves.
pub(super) async fn attempt(
    account: Account,
    outbound: Outbound,
    prompt: Prompt,
    until: Instant,
) -> Result<std::result::Result<Reply, Failed>> {
    let work = async move {
        let provider = Provider { outbound: &outbound, connection: &account.connection };
        let answered = provider.answer(&prompt, until, &mut |_: &str| {}).await;
        let (reply, fault) = match &answered {
            Ok(reply) => (Some(reply), None),
            Err(Failed { fault, part }) => (part.as_ref(), Some(fault)),
        };
        usage::count(&account, &prompt, reply, fault).await?;
        Ok(answered)
    };
    tokio::spawn(work).await.map_err(|error| Error::internal(error))?
}

/// A connection that was looked up for one person's forms.
#[derive(Debug)]
struct Forms {
    account: Account,
    user: UserId,
    outbound: Outbound,
    running: Arc<Semaphore>,
}

impl ConnectedModel for Forms {
    fn others_texts(&self) -> OthersTexts {
        match self.account.connection.level {
            Level::Figures => OthersTexts::Hidden,
            Level::People => OthersTexts::Shared,
        }
    }

    fn fill<'a>(&'a self, sheet: &'a Sheet, check: &'a mut Check<'_>) -> BoxFuture<'a, Result<Outcome<()>>> {
        Box::pin(async move {
            let Account { state, organization, .. } = &self.account;
            let Ok(_permit) = self.running.try_acquire() else { return Ok(Err(BUSY.to_owned())) };
            if !limit::admit(state, &Limit::CopilotMessage(self.user)).await? {
                return Ok(Err(OFTEN.to_owned()));
            }
            let mut tx = state.db.tenant(*organization).await?;
            store::count(&mut tx, self.user, state.clock.now().date(), (1, Usage::default())).await?;
            tx.commit().await?;
            let sheet = Sheet { facts: without_addresses(&sheet.facts), ..sheet.clone() };
            // The page waits for it.
            let until = Instant::now() + FORM_WITHIN;
            fill((&self.account, &self.outbound), &sheet, until, |fields| std::future::ready(Ok(check(&fields)))).await
        })
    }
}

impl Model for Copilot {
    fn connected<'a>(
        &'a self,
        state: &'a AppState,
        member: &'a Member,
    ) -> BoxFuture<'a, Result<Option<Box<dyn ConnectedModel>>>> {
        Box::pin(async move {
            let (organization, user) = (member.organization, member.user);
            let mut tx = state.db.tenant(organization).await?;
            let found = connection::find(&mut tx, state).await?;
            tx.commit().await?;
            Ok(found.map(|connection| {
                let outbound = self.outbound(state, &connection).clone();
                let account = Account { state: state.clone(), organization, user: User::Person(user), connection };
                Box::new(Forms { account, user, outbound, running: Arc::clone(&self.running) })
                    as Box<dyn ConnectedModel>
            }))
        })
    }

    fn answer<'a>(
        &'a self,
        state: &'a AppState,
        question: Question<'a>,
        reader: &'a dyn Reader,
    ) -> BoxFuture<'a, Result<std::result::Result<Answer, NoAnswer>>> {
        Box::pin(portal::answer(self, state, question, reader))
    }
}
