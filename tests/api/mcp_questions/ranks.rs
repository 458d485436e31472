//! The ranks that the chooser gave to the recorded tools, compared with those in `tests/fixtures/question_ranks.json`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Value, json};
use world::settings;

use super::chooser::RANK_MAX;

/// A model reads all tools, but those that match best are where it looks first.
const FIRST: usize = 3;

/// Ranks by question and tool.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ranks {
    by_question: BTreeMap<String, BTreeMap<String, usize>>,
    /// Questions with a tool, and those whose answering tool is among the first.
    questions: usize,
    found: usize,
}

impl Ranks {
    /// `answers` says whether the tool answers the question, and doesn't only find what another call needs.
    pub(super) fn add(&mut self, question: &str, tool: &str, rank: usize, answers: bool) {
        self.by_question.entry(question.to_owned()).or_default().insert(tool.to_owned(), rank);
        self.questions += usize::from(answers);
        self.found += usize::from(answers && rank <= FIRST);
    }

    /// Compares with what is recorded, or with `REKOMI_TEST_UPDATE=1` records it.
    ///
    /// # Panics
    /// If a tool is harder to find than recorded.
    pub(super) fn compare(&self) {
        if std::env::var_os("REKOMI_TEST_UPDATE").is_some() {
            fs::write(file(), format!("{:#}\n", self.json())).unwrap();
            return;
        }
        let recorded: Value =
            fs::read_to_string(file()).map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
        let worse = self.worse(&Self::of(&recorded));
        assert!(
            worse.is_empty(),
            "the tools' texts are harder to match with these questions; see \"Questions to assistants\" in \
             docs/contributing/testing.md:\n  {}",
            worse.join("\n  ")
        );
    }

    /// What is worse than it was, and what isn't recorded.
    fn worse(&self, recorded: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.found * recorded.questions < recorded.found * self.questions {
            let [now, then] = [self, recorded].map(|ranks| format!("{} of {}", ranks.found, ranks.questions));
            found.push(format!("the right tool is among the first {FIRST} for {now} questions, and was for {then}"));
        }
        for (question, tools) in &self.by_question {
            for (tool, rank) in tools {
                match recorded.by_question.get(question).and_then(|tools| tools.get(tool)) {
                    Some(then) if rank <= then => {}
                    Some(then) => {
                        found.push(format!("{question}: {tool} was {}, and is {}", place(*then), place(*rank)))
                    }
                    None => found.push(format!("{question}: {tool} is {}, which isn't recorded", place(*rank))),
                }
            }
        }
        found
    }

    fn json(&self) -> Value {
        json!({"amongFirst": {"places": FIRST, "found": self.found, "of": self.questions}, "ranks": self.by_question})
    }

    fn of(recorded: &Value) -> Self {
        let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
        let tools = |value: &Value| {
            let tools = value.as_object().into_iter().flatten();
            tools.map(|(tool, rank)| (tool.clone(), number(rank))).collect()
        };
        let questions = recorded["ranks"].as_object().into_iter().flatten();
        Self {
            by_question: questions.map(|(question, value)| (question.clone(), tools(value))).collect(),
            questions: number(&recorded["amongFirst"]["of"]),
            found: number(&recorded["amongFirst"]["found"]),
        }
    }
}

fn file() -> PathBuf {
    settings::root().join("tests/fixtures/question_ranks.json")
}

fn place(rank: usize) -> String {
    if rank < RANK_MAX { format!("number {rank}") } else { format!("number {RANK_MAX} or worse") }
}

#[test]
fn only_what_is_worse_is_reported() {
    let ranks = |all: &[(&str, &str, usize, bool)]| {
        let mut ranks = Ranks::default();
        all.iter().for_each(|(question, tool, rank, answers)| ranks.add(question, tool, *rank, *answers));
        ranks
    };
    let recorded = ranks(&[("a", "find", 7, false), ("a", "read", 3, true), ("b", "read", 9, true)]);
    assert_eq!(Ranks::of(&recorded.json()), recorded);
    assert_eq!((recorded.found, recorded.questions), (1, 2));
    let better = ranks(&[("a", "find", 7, false), ("a", "read", 1, true), ("b", "read", 2, true)]);
    assert_eq!(better.worse(&recorded), [""; 0]);
    let worse = recorded.worse(&better);
    assert_eq!(worse.len(), 3, "{worse:?}");
    assert!(worse[0].contains("1 of 2") && worse[2].contains("b: read was number 2, and is number 9"), "{worse:?}");
    let more = ranks(&[("c", "read", 10, true)]).worse(&recorded);
    assert!(more.iter().any(|line| line.contains("c: read is number 10 or worse, which isn't recorded")), "{more:?}");
}
