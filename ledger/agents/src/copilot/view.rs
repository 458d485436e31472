//! A conversation as its page shows it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::Value;
use shared::id::{AgentConfirmationId, CopilotConversationId};

use super::{
    action_store,
    card::{Card, Seen, Stage},
    chat::Block,
    context::Context,
    conversation::{self, Entry},
    render::{self, Part, Piece},
    store::Sender,
    toolset,
};
use crate::confirmation::words::Line;
use identity::access::{
    session::Session,
    step_up::{self, Challenge},
};
use kit::{
    error::Result,
    page::zone::{When, Zone},
};

/// Names that are looked up for one page.
const NAMES_MAX: usize = 30;
/// How an id begins, what it identifies, and where its page is.
const PAGES: [(&str, &str, &str); 6] = [
    ("aff_", "Affiliate", "affiliates"),
    ("prog_", "Program", "programs"),
    ("conv_", "Sale", "conversions"),
    ("com_", "Commission", "commissions"),
    ("cus_", "Customer", "customers"),
    ("run_", "Payout run", "payouts/runs"),
];
/// What has a name that people know.
const NAMED: [(&str, &str); 2] = [("aff_", "/api/v1/affiliates/"), ("prog_", "/api/v1/programs/")];
/// What of an id tells it from others.
const END_LEN: usize = 4;

/// The label and the page of each id.
type Names = BTreeMap<String, (String, String)>;

/// A part of the conversation.
#[derive(Debug)]
pub enum Shown {
    Person(String),
    /// What the model wrote, and why it isn't whole.
    Answer(Vec<Part>, Option<String>),
    /// The tools that ran, by their titles, and whether each worked.
    Steps(Vec<(String, bool)>),
    Card(Box<CardView>),
}

#[derive(Debug)]
pub struct CardView {
    id: AgentConfirmationId,
    title: &'static str,
    effect: String,
    lines: Vec<Line>,
    preview: Vec<Line>,
    /// Of the lines: what is confirmed is what was seen.
    digest: String,
    stage: Stage,
    expires: When,
    problem: Option<String>,
    /// A text of others after which it was prepared.
    source: Option<String>,
    challenge: Challenge,
    result: Option<String>,
    page: Option<String>,
}

/// The part of the page that a script puts in the place of what it showed.
#[derive(Debug, askama::Template)]
#[template(path = "copilot_thread.html")]
pub struct ThreadPart {
    pub organization: String,
    pub id: CopilotConversationId,
    pub shown: Vec<Shown>,
    pub is_busy: bool,
    /// What is wrong with a decision, at the card.
    pub problem: Option<(AgentConfirmationId, String)>,
    pub title: String,
}

/// What a model wrote, alone.
#[derive(Debug, askama::Template)]
#[template(path = "copilot_answer.html")]
pub struct AnswerPart {
    pub parts: Vec<Part>,
}

/// # Errors
/// 404 if it isn't the person's; 503 if the database or the API is unavailable.
pub async fn load(context: &Context, session: &Session, id: CopilotConversationId, zone: &Zone) -> Result<ThreadPart> {
    let thread = conversation::load(context, id).await?;
    let mut tx = context.state.db.tenant(context.member.organization).await?;
    let rows = action_store::list(&mut tx, id.uuid(), context.member.user).await?;
    tx.commit().await?;
    let mut cards = BTreeMap::new();
    for row in rows {
        let card = match Card::of(row, context).await {
            Ok(card) => card,
            // Its tool is gone with a new build.
            Err(error) if error.status() == StatusCode::NOT_FOUND => continue,
            Err(error) => return Err(error),
        };
        cards.insert(card.row.id().to_string(), card_view(context, session, &card, zone).await?);
    }
    let titles = titles(context).await?;
    let mut shown = Vec::new();
    for entry in &thread.entries {
        show(entry, &context.state.config.public_url, &titles, &mut cards, &mut shown);
    }
    let names = names(context, &shown).await?;
    shown.iter_mut().for_each(|one| resolve(one, &names));
    Ok(ThreadPart {
        organization: context.member.organization.to_string(),
        id,
        shown,
        is_busy: thread.is_busy,
        problem: None,
        title: thread.title,
    })
}

impl ThreadPart {
    /// The person's last message, if its answer isn't whole or, after a crash, not there: it can be sent again.
    pub fn again(&self) -> Option<&str> {
        let Some(Shown::Answer(_, Some(_)) | Shown::Person(_)) = self.shown.last() else { return None };
        let message = self.shown.iter().rev().find_map(|one| match one {
            Shown::Person(text) => Some(text.as_str()),
            _ => None,
        });
        message.filter(|_| !self.is_busy)
    }

    /// What is wrong with the decision about a card.
    pub fn problem_of<'a>(&'a self, card: &'a CardView) -> Option<&'a str> {
        let own = self.problem.as_ref().filter(|(id, _)| *id == card.id).map(|(_, words)| words.as_str());
        own.or(card.problem.as_deref())
    }
}

async fn titles(context: &Context) -> Result<BTreeMap<String, String>> {
    let tools = context.copilot.server.catalog().await?;
    let text = |tool: &Value, name: &str| tool[name].as_str().unwrap_or_default().to_owned();
    Ok(tools.all().map(|(tool, _)| (text(tool, "name"), text(tool, "title"))).collect())
}

fn show(
    entry: &Entry,
    public_url: &str,
    titles: &BTreeMap<String, String>,
    cards: &mut BTreeMap<String, CardView>,
    shown: &mut Vec<Shown>,
) {
    let texts = entry.blocks.iter().filter_map(|block| match block {
        Block::Text { text } => Some(text.as_str()),
        _ => None,
    });
    let text = texts.collect::<Vec<_>>().join("\n\n");
    match entry.from {
        Sender::Person => shown.push(Shown::Person(text)),
        // The card itself says what became of it.
        Sender::Note => {}
        Sender::Model => {
            let parts = render::parts(&text, public_url);
            if !parts.is_empty() || entry.note.is_some() {
                shown.push(Shown::Answer(parts, entry.note.clone()));
            }
            let called: Vec<(String, bool)> = entry
                .blocks
                .iter()
                .filter_map(|block| match block {
                    Block::Call { name, .. } if name != toolset::OPEN => {
                        titles.get(name).map(|title| (title.clone(), true))
                    }
                    _ => None,
                })
                .collect();
            match shown.last_mut() {
                _ if called.is_empty() => {}
                Some(Shown::Steps(steps)) => steps.extend(called),
                _ => shown.push(Shown::Steps(called)),
            }
        }
        Sender::Tools => {
            for block in &entry.blocks {
                let Block::Result { content, failed, .. } = block else { continue };
                let action = serde_json::from_str::<Value>(content).ok();
                let action = action.as_ref().and_then(|content| content["actionId"].as_str());
                if let Some(card) = action.and_then(|id| cards.remove(id)) {
                    shown.push(Shown::Card(Box::new(card)));
                } else if let (true, Some(Shown::Steps(steps))) = (failed, shown.last_mut())
                    && let Some(last) = steps.last_mut()
                {
                    last.1 = false;
                }
            }
        }
    }
}

async fn card_view(context: &Context, session: &Session, card: &Card<'_>, zone: &Zone) -> Result<CardView> {
    let stage = card.stage(context.state.clock.now());
    let Seen { effect, lines, preview, digest, problem } = card.seen(context).await?;
    let asks = stage == Stage::Open && card.is_money();
    let challenge = if asks { step_up::challenge_for(&context.state, session).await? } else { Challenge::Nothing };
    let organization = context.member.organization;
    let page = card.row.result_id.as_deref().and_then(|id| page_of(id, &organization.to_string()));
    Ok(CardView {
        id: card.row.id(),
        title: card.tool.entry.title,
        effect,
        lines,
        preview,
        digest,
        stage,
        expires: zone.when(card.row.expires_at),
        problem: problem.filter(|_| stage == Stage::Open).map(|mistake| mistake.message),
        source: card.source.clone(),
        challenge,
        result: card.row.result_text.clone(),
        page,
    })
}

fn page_of(id: &str, organization: &str) -> Option<String> {
    let (_, _, page) = PAGES.iter().find(|(prefix, ..)| id.starts_with(prefix))?;
    Some(format!("/dashboard/{page}/{id}?organization={organization}"))
}

/// Finds out what the ids in the answers are called.
async fn names(context: &Context, shown: &[Shown]) -> Result<Names> {
    let organization = context.member.organization.to_string();
    let caller = context.caller();
    let mut names = Names::new();
    let mut looked_up = 0;
    for id in ids(shown) {
        let Some(page) = page_of(&id, &organization) else { continue };
        let (_, noun, _) = PAGES.into_iter().find(|(prefix, ..)| id.starts_with(prefix)).unwrap_or_default();
        let mut label = format!("{noun} \u{2026}{}", &id[id.len().saturating_sub(END_LEN)..]);
        let path = NAMED.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, path)| path);
        if let Some(path) = path.filter(|_| looked_up < NAMES_MAX) {
            looked_up += 1;
            let answered = caller.get(&format!("{path}{id}")).await?;
            // The model may have made it up.
            if !answered.status.is_success() {
                continue;
            }
            let name = answered.body["name"].as_str().unwrap_or_default();
            if !name.is_empty() {
                name.clone_into(&mut label);
            }
        }
        names.insert(id, (label, page));
    }
    Ok(names)
}

fn ids(shown: &[Shown]) -> BTreeSet<String> {
    let parts = shown.iter().filter_map(|one| match one {
        Shown::Answer(parts, _) => Some(parts),
        _ => None,
    });
    let mut parts: Vec<Part> = parts.flatten().cloned().collect();
    let pieces = parts.iter_mut().flat_map(Part::lines_mut).flatten();
    let ids = pieces.filter_map(|piece| match piece {
        Piece::Id(id) => Some(id.clone()),
        _ => None,
    });
    ids.collect()
}

/// Shows each id as a link with its name; one that nothing has as it is.
fn resolve(shown: &mut Shown, names: &Names) {
    let Shown::Answer(parts, _) = shown else { return };
    for piece in parts.iter_mut().flat_map(Part::lines_mut).flatten() {
        let Piece::Id(id) = piece else { continue };
        *piece = match names.get(id) {
            Some((label, path)) => Piece::Link(label.clone(), path.clone()),
            None => Piece::Code(std::mem::take(id)),
        };
    }
}
