//! A stand-in for a model that chooses a tool. It ranks the listed tools by how well their texts match a question (BM25 with
//! weighted fields), and always comes to the same result.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// How little more a word counts that a tool repeats.
const SATURATION: f64 = 1.2;
/// How much less a word counts in a tool with long texts; 1 is the most.
const LENGTH: f64 = 0.5;
/// What a word in each part of a tool counts.
const NAME: f64 = 3.0;
const TITLE: f64 = 2.0;
const DESCRIPTION: f64 = 2.0;
const ARGUMENTS: f64 = 1.0;
/// Stands for every worse rank as well: which tool is the 20th and which the 21st says nothing.
pub(super) const RANK_MAX: usize = 10;

/// Words that say nothing about what a question is about.
const STOP_WORDS: &[&str] = &[
    "a", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do",
    "does", "don", "for", "from", "had", "has", "have", "he", "her", "him", "his", "how", "i", "if", "in", "into",
    "is", "it", "its", "just", "ll", "many", "me", "much", "my", "no", "not", "now", "of", "on", "or", "our", "please",
    "re", "s", "she", "should", "show", "so", "t", "tell", "than", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "to", "us", "ve", "want", "was", "we", "were", "what", "when", "where", "which",
    "who", "whom", "will", "with", "would", "you", "your",
];

/// The listed tools.
#[derive(Debug)]
pub(super) struct Chooser {
    tools: Vec<Texts>,
    /// In how many tools each word is.
    spread: BTreeMap<String, f64>,
    mean_length: f64,
}

/// The words of a tool, with what they count in it.
#[derive(Debug)]
struct Texts {
    name: String,
    words: BTreeMap<String, f64>,
    length: f64,
}

impl Chooser {
    pub(super) fn of(tools: &[Value]) -> Self {
        let tools: Vec<Texts> = tools.iter().map(Texts::of).collect();
        let mut spread = BTreeMap::new();
        for word in tools.iter().flat_map(|tool| tool.words.keys()) {
            *spread.entry(word.clone()).or_insert(0.0) += 1.0;
        }
        let mean_length = tools.iter().map(|tool| tool.length).sum::<f64>() / count(tools.len());
        Self { tools, spread, mean_length }
    }

    /// Knows only what the tools do, and not what they take.
    pub(super) fn without_arguments(tools: &[Value]) -> Self {
        let part =
            |tool: &Value| json!({"name": tool["name"], "title": tool["title"], "description": tool["description"]});
        Self::of(&tools.iter().map(part).collect::<Vec<_>>())
    }

    /// 1 for the best tool, and at most [`RANK_MAX`]. Tools that match equally well share the worst rank among them.
    pub(super) fn rank(&self, question: &str, tool: &str) -> usize {
        let scores = self.scores(question);
        let own = scores.iter().find(|(name, _)| *name == tool).unwrap_or_else(|| panic!("{tool} isn't listed")).1;
        scores.iter().filter(|(_, score)| *score >= own).count().min(RANK_MAX)
    }

    /// The best tool, if any matches.
    pub(super) fn nearest(&self, question: &str) -> Option<&str> {
        let matching = self.scores(question).into_iter().filter(|(_, score)| *score > 0.0);
        matching.max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(name, _)| name)
    }

    fn scores(&self, question: &str) -> Vec<(&str, f64)> {
        let question: BTreeSet<String> = words(question).into_iter().collect();
        self.tools
            .iter()
            .map(|tool| (tool.name.as_str(), question.iter().map(|word| self.score(tool, word)).sum()))
            .collect()
    }

    fn score(&self, tool: &Texts, word: &str) -> f64 {
        let (Some(weight), Some(spread)) = (tool.words.get(word), self.spread.get(word)) else { return 0.0 };
        let rarity = (1.0 + (count(self.tools.len()) - spread + 0.5) / (spread + 0.5)).ln();
        let length = 1.0 - LENGTH + LENGTH * tool.length / self.mean_length;
        rarity * weight * (SATURATION + 1.0) / (weight + SATURATION * length)
    }
}

impl Texts {
    fn of(tool: &Value) -> Self {
        let text = |field: &str| tool[field].as_str().unwrap_or_default().to_owned();
        let mut arguments = Vec::new();
        argument_texts(&tool["inputSchema"], &mut arguments);
        let mut weights = BTreeMap::new();
        let parts = [
            (text("name"), NAME),
            (text("title"), TITLE),
            (text("description"), DESCRIPTION),
            (arguments.join(" "), ARGUMENTS),
        ];
        for (text, weight) in parts {
            for word in words(&text) {
                *weights.entry(word).or_insert(0.0) += weight;
            }
        }
        Self { name: text("name"), length: weights.values().sum(), words: weights }
    }
}

/// The names, descriptions and values of arguments, at all levels.
fn argument_texts(schema: &Value, found: &mut Vec<String>) {
    found.extend(schema["description"].as_str().map(str::to_owned));
    found.extend(schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        found.push(name.clone());
        argument_texts(property, found);
    }
    let choices =
        ["oneOf", "anyOf", "allOf"].into_iter().flat_map(|word| schema[word].as_array().into_iter().flatten());
    choices.chain(schema.get("items")).for_each(|part| argument_texts(part, found));
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

/// The stems of a text's words, without stop words. `affiliateId` and `affiliate_id` are two words.
fn words(text: &str) -> Vec<String> {
    let mut apart = String::with_capacity(text.len());
    let mut was_small = false;
    for sign in text.chars() {
        if was_small && sign.is_ascii_uppercase() {
            apart.push(' ');
        }
        was_small = sign.is_ascii_lowercase();
        apart.push(if sign.is_alphanumeric() { sign.to_ascii_lowercase() } else { ' ' });
    }
    apart.split_whitespace().filter(|word| !STOP_WORDS.contains(word)).map(stem).collect()
}

/// A word without the ending of a plural, a past or a continuous form.
fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    if let Some(root) = stem.strip_suffix("ies").or_else(|| stem.strip_suffix("ied"))
        && root.len() > 1
    {
        return format!("{root}y");
    }
    if stem.len() > 2 && stem.ends_with('s') && !stem.ends_with("ss") && !stem.ends_with("us") {
        stem.pop();
    }
    for ending in ["ing", "ed", "e"] {
        if let Some(root) = stem.strip_suffix(ending)
            && root.len() > 1
            && root.contains(['a', 'e', 'i', 'o', 'u'])
        {
            stem.truncate(root.len());
            break;
        }
    }
    let signs = stem.as_bytes();
    if signs.len() > 3
        && signs[signs.len() - 1] == signs[signs.len() - 2]
        && signs[signs.len() - 1].is_ascii_alphabetic()
    {
        stem.pop();
    }
    stem
}

#[test]
fn forms_of_a_word_are_one_word() {
    for (forms, expected) in [
        (&["commission", "commissions"][..], "commission"),
        (&["approve", "approved", "approves", "approving"], "approv"),
        (&["deny", "denied", "denies"], "deny"),
        (&["run", "runs", "running"], "run"),
        (&["sale", "sales"], "sal"),
        (&["status"], "status"),
        (&["address"], "addres"),
        (&["add"], "add"),
        (&["paid"], "paid"),
    ] {
        for form in forms {
            assert_eq!(stem(form), expected, "{form}");
        }
    }
    let found = words("How many affiliateIds does the change_link's host-name have?");
    assert_eq!(found, ["affiliat", "id", "chang", "link", "host", "nam"]);
}

fn tool(name: &str, title: &str, description: &str, arguments: Value) -> Value {
    json!({"name": name, "title": title, "description": description,
           "inputSchema": {"type": "object", "properties": arguments}})
}

#[test]
fn the_tool_that_says_what_is_asked_is_first() {
    let status = json!({"status": {"type": "string", "enum": ["Failed", "Sent"], "description": "How it ended."}});
    let people = json!({"people": {"type": "array", "items": {"oneOf": [{"properties": {"nickname": {}}}]}}});
    let mut tools = vec![
        tool("list_payouts", "List payouts", "Payments to affiliates.", status),
        tool("list_links", "List links", "Tracking links of an affiliate.", json!({})),
        tool("invite", "Invite affiliates", "Sends an email.", people),
    ];
    let chooser = Chooser::of(&tools);
    for (question, name) in [
        ("Which payments failed?", "list_payouts"),
        ("Show me the tracking link", "list_links"),
        ("Is there a nickname?", "invite"),
    ] {
        assert_eq!((chooser.nearest(question), chooser.rank(question, name)), (Some(name), 1), "{question}");
    }
    assert_eq!(chooser.nearest("What's the weather?"), None);
    assert_eq!(Chooser::without_arguments(&tools).nearest("Is there a nickname?"), None);
    for name in ["list_payouts", "list_links", "invite"] {
        assert_eq!(chooser.rank("What's the weather?", name), 3, "nothing matches, so all are last");
    }
    let rank = chooser.rank("Which tracking links are there?", "list_links");
    tools[1]["description"] = json!("Addresses.");
    tools[1]["title"] = json!("Addresses");
    tools[1]["name"] = json!("list_addresses");
    assert!(rank < Chooser::of(&tools).rank("Which tracking links are there?", "list_addresses"));
}
