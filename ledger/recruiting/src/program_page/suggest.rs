//! `POST /dashboard/programs/{id}/page/suggest`: texts for a program page by the organization's model, in the editor's form.
//! They are drafted from what the program pays and how credit works, and saved by a person or not at all.

use axum::{
    Extension, Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use shared::id::ProgramId;

use super::{
    block::{ANSWERS_MAX, Answer},
    block_form::{ANSWER_MAX, QUESTION_MAX},
    editor,
    settings::HEADLINE_MAX,
    view::{self, Offer},
};
use identity::{
    access::session::Session,
    suggestion::{Outcome, Sheet, Suggestions, figures, plain, text},
};
use kit::{
    access::role::Right,
    api::path::parse_id,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

const OUTPUT_TOKENS_MAX: u32 = 2_000;
const INTRODUCTION_MAX: usize = 2_000;
const QUESTIONS_MAX: usize = 4;
const NOTE: &str = "Drafted by your model: the headline, the introduction and questions. Check them and save, or leave the page to \
     keep what you had.";
const TASK: &str = "You write the texts of the page on which people apply to an affiliate program. Fill in the form: a headline, an \
     introduction of two to four short paragraphs, and up to four questions with answers that applicants have and that \
     aren't answered yet. Plain text in plain English, without links, addresses or markup. Say only what the facts say: no \
     figures, promises or praise that aren't among them, figures exactly as they are written, and none as a word.";

/// Texts that a model drafted.
#[derive(Debug)]
struct Texted {
    headline: String,
    introduction: String,
    answers: Vec<Answer>,
}

impl Texted {
    /// Reads what the model filled in.
    ///
    /// # Errors
    /// Says what is wrong.
    fn read(filled: &Map<String, Value>, facts: &str) -> Outcome<Self> {
        let known = |field: &str, text: String| figures::check(field, &text, facts).map(|()| text);
        let headline = known("headline", plain::line("headline", text(filled, "headline"), HEADLINE_MAX)?)?;
        let introduction = plain::lines("introduction", text(filled, "introduction"), INTRODUCTION_MAX)?;
        let introduction = known("introduction", introduction)?;
        let rows = filled.get("questions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let answer = |row: &Value| -> Outcome<Answer> {
            let part = |name: &str| row[name].as_str().unwrap_or_default();
            let question = known("question", plain::line("question", part("question"), QUESTION_MAX)?)?;
            let answer = known("answer", plain::lines("answer", part("answer"), ANSWER_MAX)?)?;
            if question.is_empty() || answer.is_empty() {
                return Err("each question needs a text and an answer".to_owned());
            }
            Ok(Answer { question, answer })
        };
        let answers = rows.iter().map(answer).collect::<Outcome<_>>()?;
        Ok(Self { headline, introduction, answers })
    }

    /// Puts the texts into the form; its own questions stay before them.
    fn fill(self, form: &mut Fields) {
        form.set("headline", self.headline);
        form.set("introduction", self.introduction);
        let is_free = |form: &Fields, row: &usize| {
            form.text(&format!("question_{row}")).is_empty() && form.text(&format!("answer_{row}")).is_empty()
        };
        let free: Vec<usize> = (0..ANSWERS_MAX).filter(|row| is_free(form, row)).collect();
        for (row, answer) in free.into_iter().zip(self.answers) {
            form.set(&format!("question_{row}"), answer.question);
            form.set(&format!("answer_{row}"), answer.answer);
        }
    }
}

/// Shows the editor with what was typed and the drafted texts, or why there are none.
///
/// # Errors
/// 404 for an organization that isn't the person's, or without a model; 403 for a viewer; 503 if the database is unavailable.
pub async fn draft(
    State(state): State<AppState>,
    Extension(suggestions): Extension<Suggestions>,
    session: Session,
    Path(id): Path<String>,
    Form(mut form): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(form.text("organization")), Right::Operate)?;
    let model = suggestions.connected(&state, &member).await?;
    let program: ProgramId = parse_id(&id)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let row = editor::row(&mut tx, &state, program).await?;
    let kept = row.fields.clone();
    let offer = view::of_row(&mut tx, &state, (program, row), Texts::default()).await?;
    tx.commit().await?;
    let facts = facts(&offer, &form);
    let made = model.fill(&sheet(facts.clone()), |filled| Texted::read(filled, &facts)).await?;
    let mut page = editor::load(&state, &session, member.organization, program).await?;
    let note = match made {
        Ok(texts) => {
            texts.fill(&mut form);
            NOTE.to_owned()
        }
        Err(words) => words,
    };
    page.show_draft(&form, &kept, note);
    Ok(Html(page).into_response())
}

fn sheet(facts: String) -> Sheet {
    let text = |most: usize| json!({"type": "string", "minLength": 1, "maxLength": most});
    Sheet {
        name: "fill_in_page",
        task: TASK.to_owned(),
        facts,
        schema: json!({
            "type": "object",
            "properties": {
                "headline": text(HEADLINE_MAX),
                "introduction": text(INTRODUCTION_MAX),
                "questions": {"type": "array", "maxItems": QUESTIONS_MAX, "items": {
                    "type": "object",
                    "properties": {"question": text(QUESTION_MAX), "answer": text(ANSWER_MAX)},
                    "required": ["question", "answer"],
                    "additionalProperties": false,
                }},
            },
            "required": ["headline", "introduction", "questions"],
            "additionalProperties": false,
        }),
        output_tokens_max: OUTPUT_TOKENS_MAX,
    }
}

/// What the page itself says, and what the brand has written so far.
fn facts(offer: &Offer, form: &Fields) -> String {
    let mut lines = vec![format!("Brand: {}", offer.brand), format!("Program: {}", offer.program.name)];
    lines.extend(offer.lines.iter().map(|line| format!("Affiliates earn: {line}")));
    lines.extend(offer.discount.iter().map(|discount| format!("Their audience gets: {discount}")));
    lines.extend(offer.credit.iter().map(|line| format!("How it works: {line}")));
    lines.extend(offer.rules().into_iter().map(|(what, value)| format!("{what}: {value}")));
    lines.extend(offer.answers().into_iter().map(|answer| format!("Answered already: {}", answer.question)));
    for (name, what) in [("headline", "Headline so far"), ("introduction", "Introduction so far")] {
        lines.extend(form.given(name).map(|text| format!("{what}: {text}")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: &str = "Affiliates earn: 20% of each sale for 12 months";

    fn read(filled: &Value) -> Outcome<Texted> {
        Texted::read(filled.as_object().unwrap(), FACTS)
    }

    fn filled(introduction: &str, answer: &str) -> Value {
        json!({"headline": "Earn 20%", "introduction": introduction,
            "questions": [{"question": "For how long?", "answer": answer}]})
    }

    #[test]
    fn texts_go_into_free_fields() {
        let texts = read(&filled("Join us.\n\nEarn 20%.", "For 12 months.")).unwrap();
        let mut form = Fields::from_iter([("question_0", "Own?"), ("answer_0", "Yes."), ("headline", "Old")]);
        texts.fill(&mut form);
        assert_eq!((form.raw("headline"), form.raw("question_0")), ("Earn 20%", "Own?"));
        assert_eq!((form.raw("question_1"), form.raw("answer_1")), ("For how long?", "For 12 months."));
    }

    #[test]
    fn a_full_list_stays_as_it_is() {
        let own = (0..ANSWERS_MAX).map(|row| (format!("question_{row}"), "Own?"));
        let mut form = Fields::from_iter(own);
        read(&filled("Join us.", "For 12 months.")).unwrap().fill(&mut form);
        assert!((0..ANSWERS_MAX).all(|row| form.raw(&format!("question_{row}")) == "Own?"));
    }

    #[test]
    fn what_the_facts_do_not_say_is_refused() {
        for (introduction, answer) in [
            ("Earn 30%.", "For 12 months."),
            ("Earn 20%.", "For two years."),
            ("See https://evil.test", "For 12 months."),
            ("<b>Join</b>", "For 12 months."),
            ("Join us.", ""),
        ] {
            assert!(read(&filled(introduction, answer)).is_err(), "{introduction} {answer}");
        }
    }
}
