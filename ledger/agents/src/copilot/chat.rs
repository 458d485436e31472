//! What is sent to a model and what comes back, whichever format its server speaks.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who a message is from, as models see it. Results of tools are the person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Author {
    Person,
    Model,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Block {
    Text {
        text: String,
    },
    /// A tool that the model calls. `arguments` is `None` if they weren't a JSON object.
    Call {
        id: String,
        name: String,
        arguments: Option<Map<String, Value>>,
    },
    /// What became of a call.
    Result {
        id: String,
        content: String,
        failed: bool,
    },
    /// Something of the server's own, such as a model's thinking, which goes back to it unchanged.
    Own {
        value: Value,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub author: Author,
    pub blocks: Vec<Block>,
}

impl Message {
    pub fn text(author: Author, text: impl Into<String>) -> Self {
        Self { author, blocks: vec![Block::Text { text: text.into() }] }
    }
}

/// A tool as models see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub name: String,
    pub description: String,
    pub schema: Value,
}

/// Which tools the model may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Free,
    /// The only one, which it has to call.
    Forced,
}

/// A request to a model.
#[derive(Debug, Clone)]
pub struct Prompt {
    pub model: String,
    pub system: String,
    pub messages: Vec<Message>,
    pub tools: Vec<Offer>,
    pub choice: Choice,
    pub output_tokens_max: u32,
    pub streams: bool,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Complete,
    /// The answer reached the limit of its length.
    Length,
    /// The model or a filter of its server declined to answer.
    Refused,
    /// The connection ended before the answer did.
    Cut,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens that were read, without those that the server had cached.
    pub input: u64,
    pub cached: u64,
    pub output: u64,
}

impl Usage {
    pub const fn total(self) -> u64 {
        self.input.saturating_add(self.cached).saturating_add(self.output)
    }
}

/// A call: its id, the tool, and its arguments if they were a JSON object.
pub type Called<'r> = (&'r str, &'r str, Option<&'r Map<String, Value>>);

/// What a model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub blocks: Vec<Block>,
    pub end: End,
    /// `None` if the server didn't say.
    pub usage: Option<Usage>,
}

impl Reply {
    /// The tools that the model called. A cut answer calls none: its last call may be incomplete.
    pub fn calls(&self) -> Vec<Called<'_>> {
        if self.end == End::Cut {
            return Vec::new();
        }
        let calls = self.blocks.iter().filter_map(|block| match block {
            Block::Call { id, name, arguments } => Some((id.as_str(), name.as_str(), arguments.as_ref())),
            _ => None,
        });
        calls.collect()
    }

    pub fn has_text(&self) -> bool {
        self.blocks.iter().any(|block| matches!(block, Block::Text { text } if !text.trim().is_empty()))
    }

    /// The same without its calls, so that nothing waits for their results.
    #[must_use]
    pub fn without_calls(mut self) -> Self {
        self.blocks.retain(|block| !matches!(block, Block::Call { .. }));
        self
    }
}

/// Why there is no answer, or not all of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The server doesn't accept the key.
    Credentials,
    /// Too many requests, or the server is overloaded; how many seconds it wants us to wait.
    Busy(Option<u32>),
    /// The server rejects the request, in its words.
    Rejected(String),
    /// What came isn't what the format says.
    Unreadable,
    /// Nothing came, in our words.
    Unreachable(String),
    /// Nothing came for too long.
    Silent,
    /// The answer is too long.
    TooLong,
}

/// What is shown of a server's own words.
const WORDS_MAX: usize = 300;

impl Fault {
    pub fn rejected(words: &str) -> Self {
        Self::Rejected(words.chars().filter(|sign| !sign.is_control()).take(WORDS_MAX).collect())
    }

    /// Whether the same request may succeed a moment later.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unreachable(_) | Self::Silent)
    }

    /// For people.
    pub fn words(&self) -> String {
        match self {
            Self::Credentials => "The model\u{2019}s provider doesn\u{2019}t accept the API key.".to_owned(),
            Self::Busy(_) => {
                "The model\u{2019}s provider is busy or limits requests. Try again in a moment.".to_owned()
            }
            Self::Rejected(words) if words.is_empty() => "The model\u{2019}s provider rejected the request.".to_owned(),
            Self::Rejected(words) => format!("The model\u{2019}s provider rejected the request: {words}"),
            Self::Unreadable => "The model\u{2019}s provider sent something that we can\u{2019}t read.".to_owned(),
            Self::Unreachable(words) => format!("The model\u{2019}s provider couldn\u{2019}t be reached: {words}."),
            Self::Silent => "The model\u{2019}s provider stopped answering.".to_owned(),
            Self::TooLong => "The answer was too long, so we stopped reading it.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(end: End) -> Reply {
        let call = Block::Call { id: "1".to_owned(), name: "search".to_owned(), arguments: None };
        Reply { blocks: vec![Block::Text { text: " ".to_owned() }, call], end, usage: None }
    }

    #[test]
    fn a_cut_answer_calls_nothing() {
        assert_eq!(reply(End::Complete).calls().len(), 1);
        assert!(reply(End::Cut).calls().is_empty() && !reply(End::Cut).has_text());
        assert_eq!(reply(End::Cut).without_calls().blocks.len(), 1);
    }

    #[test]
    fn a_message_is_stored_as_it_is() {
        let whole = Message { author: Author::Model, blocks: reply(End::Complete).blocks };
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), whole);
    }

    #[test]
    fn a_fault_is_in_words_and_shows_little_of_the_servers() {
        let long = Fault::rejected(&"x\n".repeat(1_000));
        assert!(long.words().chars().count() < 400 && !long.is_temporary());
        assert!(Fault::Busy(None).is_temporary() && Fault::Silent.words().ends_with('.'));
    }
}
