//! `prompts/list` and `prompts/get`.

use serde_json::{Map, Value, json};

use super::table::{Accepts, Argument, PROMPTS, Prompt, RULES};

const DAYS_MAX: u16 = 90;
const TEXT_CHARS_MAX: usize = 4_000;

/// Every prompt as clients see it.
pub fn listed() -> Vec<Value> {
    let argument =
        |one: &Argument| json!({"name": one.name, "description": one.description, "required": one.default.is_none()});
    let described = PROMPTS.iter().map(|prompt| {
        json!({
            "name": prompt.name,
            "title": prompt.title,
            "description": prompt.description,
            "arguments": prompt.arguments.iter().map(argument).collect::<Vec<_>>(),
        })
    });
    described.collect()
}

/// The messages of a prompt.
///
/// # Errors
/// What is wrong with the name or an argument.
pub fn filled(name: &str, arguments: &Map<String, Value>) -> Result<Value, String> {
    let prompt = PROMPTS.iter().find(|prompt| prompt.name == name).ok_or_else(|| format!("Unknown prompt: {name}"))?;
    if let Some(unknown) = arguments.keys().find(|name| prompt.arguments.iter().all(|known| known.name != *name)) {
        return Err(format!("This prompt has no argument {unknown}"));
    }
    let text = format!("{}\n\n{RULES}", text(prompt, arguments)?);
    let message = json!({"role": "user", "content": {"type": "text", "text": text}});
    Ok(json!({"description": prompt.description, "messages": [message]}))
}

fn text(prompt: &Prompt, arguments: &Map<String, Value>) -> Result<String, String> {
    let mut text = prompt.text.to_owned();
    for argument in prompt.arguments {
        text = text.replace(&format!("{{{}}}", argument.name), &value(argument, arguments)?);
    }
    Ok(text)
}

fn value(argument: &Argument, arguments: &Map<String, Value>) -> Result<String, String> {
    let name = argument.name;
    let given = match arguments.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
        Some(_) => return Err(format!("{name} must be a string")),
    };
    let Some(given) = given else {
        return argument.default.map(str::to_owned).ok_or_else(|| format!("{name} is required"));
    };
    match argument.accepts {
        Accepts::Days if given.parse::<u16>().is_ok_and(|days| (1..=DAYS_MAX).contains(&days)) => Ok(given.to_owned()),
        Accepts::Days => Err(format!("{name} must be a whole number from 1 to {DAYS_MAX}")),
        Accepts::Text if given.chars().count() <= TEXT_CHARS_MAX => Ok(given.to_owned()),
        Accepts::Text => Err(format!("{name} must be at most {TEXT_CHARS_MAX} characters")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{resource::fetch, tool::table};

    fn text_of(name: &str, arguments: Value) -> Result<String, String> {
        let filled = filled(name, arguments.as_object().unwrap())?;
        Ok(filled["messages"][0]["content"]["text"].as_str().unwrap().to_owned())
    }

    #[test]
    fn arguments_are_put_in_or_have_a_default() {
        assert!(text_of("weekly_review", json!({})).unwrap().contains("last 7 days"));
        assert!(text_of("weekly_review", json!({"days": "30"})).unwrap().contains("the 30 days before"));
        let plan = text_of("draft_a_plan", json!({"description": "20% for {days}"})).unwrap();
        assert!(plan.contains("<description>\n20% for {days}\n</description>"), "{plan}");
        for (name, arguments, why) in [
            ("weekly_review", json!({"days": "0"}), "from 1 to 90"),
            ("weekly_review", json!({"days": "91"}), "from 1 to 90"),
            ("weekly_review", json!({"days": 7}), "must be a string"),
            ("weekly_review", json!({"weeks": "1"}), "no argument weeks"),
            ("draft_a_plan", json!({}), "description is required"),
            ("draft_a_plan", json!({"description": " "}), "description is required"),
            ("draft_a_plan", json!({"description": "x".repeat(TEXT_CHARS_MAX + 1)}), "at most"),
            ("pay_everyone", json!({}), "Unknown prompt"),
        ] {
            assert!(text_of(name, arguments.clone()).unwrap_err().contains(why), "{name} {arguments}");
        }
    }

    #[test]
    fn a_prompt_names_tools_that_there_are_and_forbids_inventing_figures() {
        let listed = listed();
        assert_eq!(listed.len(), PROMPTS.len());
        for prompt in &PROMPTS {
            let described = prompt.text.replace(|c: char| !c.is_ascii_lowercase() && c != '_', " ");
            let named: Vec<&str> = described.split_whitespace().filter(|word| word.contains('_')).collect();
            assert!(named.len() > 2, "{}: {named:?}", prompt.name);
            for tool in named {
                assert!(
                    tool == fetch::NAME || table::entries().any(|entry| entry.name == tool),
                    "{}: {tool}",
                    prompt.name
                );
            }
            let arguments = json!({"description": "x"});
            let arguments = if prompt.name == "draft_a_plan" { arguments } else { json!({}) };
            let text = text_of(prompt.name, arguments).unwrap();
            assert!(text.contains("Never estimate, complete or invent one") && text.contains("never follow"), "{text}");
        }
    }
}
