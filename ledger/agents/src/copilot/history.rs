//! Prepares what was said in a conversation for the next request: complete, in order, and short enough.

use super::chat::{Author, Block, Message};

/// About 40,000 tokens.
pub const CHARACTERS_MAX: usize = 160_000;
/// What remains of a message that no longer fits.
const LINE_MAX: usize = 120;
const LINES_MAX: usize = 20;
/// What remains of a result that no longer fits.
const LEFT_OUT: &str =
    r#"{"truncated":true,"hint":"This result is no longer shown. Go on with what you wrote down, or ask for less."}"#;

/// The messages of a request. A call without a result, or a result without its call, isn't sent: servers refuse both.
/// The person's last words stay, and so does what follows them, but for the content of early results.
pub fn fit(messages: Vec<Message>, characters_max: usize) -> Vec<Message> {
    let mut messages = paired(messages);
    let mut total: usize = messages.iter().map(size).sum();
    let last_words = messages.iter().rposition(begins).unwrap_or(0);
    let mut from = 0;
    // It begins with words of the person.
    while from < last_words && (total > characters_max || (from > 0 && !begins(&messages[from]))) {
        total -= size(&messages[from]);
        from += 1;
    }
    // The model needs the latest results next.
    let latest = messages.len().saturating_sub(1);
    for message in messages.get_mut(last_words..latest).into_iter().flatten() {
        if total <= characters_max {
            break;
        }
        total -= size(message);
        message.blocks.iter_mut().for_each(leave_out);
        total += size(message);
    }
    let mut kept = messages;
    let later = paired(kept.split_off(from));
    let lines: Vec<String> = kept.iter().filter(|one| begins(one)).map(summary).collect();
    if lines.is_empty() {
        return later;
    }
    let skipped = lines.len().saturating_sub(LINES_MAX);
    let lines: Vec<String> = lines.into_iter().skip(skipped).collect();
    let note =
        format!("Earlier in this conversation, which is no longer shown, the person wrote:\n{}", lines.join("\n"));
    let mut fitting = vec![Message::text(Author::Person, note)];
    fitting.extend(later);
    fitting
}

/// Replaces a result that no longer fits.
fn leave_out(block: &mut Block) {
    if let Block::Result { content, .. } = block
        && content.len() > LEFT_OUT.len()
    {
        LEFT_OUT.clone_into(content);
    }
}

fn begins(message: &Message) -> bool {
    message.author == Author::Person
        && message.blocks.iter().any(|block| matches!(block, Block::Text { .. }))
        && !message.blocks.iter().any(|block| matches!(block, Block::Result { .. }))
}

fn size(message: &Message) -> usize {
    serde_json::to_string(&message.blocks).map_or(0, |text| text.chars().count())
}

fn summary(message: &Message) -> String {
    let text = message.blocks.iter().find_map(|block| match block {
        Block::Text { text } => Some(text.as_str()),
        _ => None,
    });
    let line: String = text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    format!("- {}", line.chars().take(LINE_MAX).collect::<String>())
}

/// Removes calls without results, results without calls, and messages that have nothing left.
fn paired(mut messages: Vec<Message>) -> Vec<Message> {
    for at in 0..messages.len() {
        let results: Vec<String> = messages.get(at + 1).map(result_ids).unwrap_or_default();
        if let Some(message) = messages.get_mut(at).filter(|message| message.author == Author::Model) {
            message.blocks.retain(|block| !matches!(block, Block::Call { id, .. } if !results.contains(id)));
        }
        let calls: Vec<String> =
            at.checked_sub(1).and_then(|before| messages.get(before)).map(call_ids).unwrap_or_default();
        if let Some(message) = messages.get_mut(at).filter(|message| message.author == Author::Person) {
            message.blocks.retain(|block| !matches!(block, Block::Result { id, .. } if !calls.contains(id)));
        }
    }
    // Servers refuse texts without a word.
    for message in &mut messages {
        message.blocks.retain(|block| !matches!(block, Block::Text { text } if text.trim().is_empty()));
    }
    // A server's own blocks say nothing without the rest of their message.
    messages.retain(|message| message.blocks.iter().any(|block| !matches!(block, Block::Own { .. })));
    messages
}

fn result_ids(message: &Message) -> Vec<String> {
    let ids = message.blocks.iter().filter_map(|block| match block {
        Block::Result { id, .. } => Some(id.clone()),
        _ => None,
    });
    ids.collect()
}

fn call_ids(message: &Message) -> Vec<String> {
    let ids = message.blocks.iter().filter_map(|block| match block {
        Block::Call { id, .. } => Some(id.clone()),
        _ => None,
    });
    ids.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn call(id: &str) -> Block {
        Block::Call { id: id.to_owned(), name: "search".to_owned(), arguments: None }
    }

    fn result(id: &str) -> Block {
        Block::Result { id: id.to_owned(), content: "{}".to_owned(), failed: false }
    }

    fn message(author: Author, blocks: &[Block]) -> Message {
        Message { author, blocks: blocks.to_vec() }
    }

    #[test]
    fn a_call_that_never_ended_is_left_out() {
        let own = Block::Own { value: serde_json::json!({}) };
        let kept = fit(
            vec![
                Message::text(Author::Person, "Hi"),
                message(Author::Model, &[own, call("a")]),
                Message::text(Author::Person, "And?"),
                message(Author::Model, &[call("b"), call("c")]),
                message(Author::Person, &[result("b"), result("x")]),
            ],
            CHARACTERS_MAX,
        );
        let expected = vec![
            Message::text(Author::Person, "Hi"),
            Message::text(Author::Person, "And?"),
            message(Author::Model, &[call("b")]),
            message(Author::Person, &[result("b")]),
        ];
        assert_eq!(kept, expected);
    }

    #[test]
    fn what_is_too_long_becomes_a_line() {
        let kept = fit(
            vec![
                Message::text(Author::Person, "First  question\nof many"),
                Message::text(Author::Model, "x".repeat(5_000)),
                Message::text(Author::Person, "Second"),
                message(Author::Model, &[call("a")]),
                message(Author::Person, &[result("a")]),
            ],
            1_000,
        );
        assert_eq!(kept.len(), 4);
        assert!(matches!(&kept[0].blocks[0], Block::Text { text } if text.ends_with("- First question of many")));
        assert_eq!(kept[1], Message::text(Author::Person, "Second"));
    }

    #[test]
    fn an_answer_that_reads_a_lot_keeps_the_question_and_its_last_result() {
        let long = |id: &str| Block::Result { id: id.to_owned(), content: "x".repeat(800), failed: false };
        let question = Message::text(Author::Person, "Which affiliates dropped off? ".repeat(10));
        let kept = fit(
            vec![
                Message::text(Author::Person, "Before"),
                Message::text(Author::Model, "y".repeat(800)),
                question.clone(),
                message(Author::Model, &[call("a")]),
                message(Author::Person, &[long("a")]),
                message(Author::Model, &[call("b")]),
                message(Author::Person, &[long("b")]),
            ],
            1_500,
        );
        assert_eq!(kept.len(), 6, "{kept:?}");
        assert!(matches!(&kept[0].blocks[0], Block::Text { text } if text.ends_with("- Before")));
        assert_eq!((&kept[1], &kept[5]), (&question, &message(Author::Person, &[long("b")])));
        assert!(matches!(&kept[3].blocks[0], Block::Result { content, .. } if content == LEFT_OUT));
    }

    proptest! {
        #[test]
        fn what_is_sent_is_always_paired(kinds in prop::collection::vec(0_u8..5, 0..30), most in 10_usize..3_000) {
            let messages = kinds.iter().enumerate().map(|(at, kind)| match kind {
                0 => Message::text(Author::Person, format!("question {at}")),
                1 => Message::text(Author::Model, "answer ".repeat(at)),
                2 => message(Author::Model, &[call(&at.to_string())]),
                3 => message(Author::Person, &[result(&at.saturating_sub(1).to_string())]),
                _ => message(Author::Model, &[Block::Text { text: "x".repeat(300) }, call(&at.to_string())]),
            });
            let kept = fit(messages.collect(), most);
            for (at, one) in kept.iter().enumerate() {
                let next = kept.get(at + 1).map(result_ids).unwrap_or_default();
                prop_assert!(call_ids(one).iter().all(|id| next.contains(id)));
                let before = at.checked_sub(1).map(|at| call_ids(&kept[at])).unwrap_or_default();
                prop_assert!(result_ids(one).iter().all(|id| before.contains(id)));
            }
        }
    }
}
