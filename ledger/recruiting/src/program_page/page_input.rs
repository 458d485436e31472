//! The changes of a program page that the API takes, checked by the same rules as the editor's form. Pure.

use serde::Deserialize;
use shared::money::Currency;
use utoipa::ToSchema;

use super::{
    block::{ANSWERS_MAX, Block, BlockKind, Blocks, QUOTES_MAX, TEMPLATES, VideoLink},
    block_form::BlockForm,
    field::{self, Field, Kind},
    page_view::{PageAnswer, PageQuote, PageVideo, normal},
    settings,
    store::{Row, Settings},
};
use kit::{
    api::body::present,
    error::{Error, Result},
};

/// The parts to change. Omitted parts stay unchanged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"headline": "Earn with Acme", "color": "#0f6b5c", "template": "creator", "replyDays": 3}))]
pub struct ChangedProgramPage {
    /// The last part of the page's URL: 2 to 63 lowercase letters, digits or hyphens. The first can't be a hyphen.
    handle: Option<String>,
    /// At most 120 characters on one line. If it is empty, the page has a usual one.
    headline: Option<String>,
    /// At most 4000 characters.
    introduction: Option<String>,
    /// A color such as `#0f6b5c`. Null uses the organization's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    color: Option<Option<String>>,
    /// `simple`, `creator` or `saas`: shows this template's blocks. Your texts stay.
    template: Option<String>,
    /// The blocks to show, in this order; the others are hidden. `terms` and `form` are always shown.
    blocks: Option<Vec<String>>,
    /// The price of the calculator's example, in minor units.
    calculator_price_cents: Option<i64>,
    /// Within how many days you answer an application, 1 to 60. Null says nothing about it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u16>)]
    reply_days: Option<Option<u16>>,
    /// Your own questions and answers, at most 8. They replace all of the page's.
    answers: Option<Vec<PageAnswer>>,
    /// A link to a video. Null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PageVideo>)]
    video: Option<Option<PageVideo>>,
    /// Quotes, at most 3. They replace all of the page's.
    quotes: Option<Vec<PageQuote>>,
    /// The questions of the application form, at most 30. They replace all of the page's, so send those that stay with
    /// their `key`. One must have the key `email`.
    questions: Option<Vec<NewPageQuestion>>,
}

/// A question of the application form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPageQuestion {
    /// The key of a question that the form has already. Omit it for a new question.
    #[schema(example = "website")]
    key: Option<String>,
    /// `text`, `long_text`, `email`, `url`, `number`, `date`, `dropdown`, `checkboxes`, `radio`, `consent`, `phone`,
    /// `country` or `address`. It can't change, because people have already answered the question.
    #[schema(example = "url")]
    kind: String,
    /// The question: 1 to 120 characters.
    #[schema(example = "Website or channel")]
    label: String,
    /// Help below the question: up to 300 characters.
    #[schema(example = "Your site, blog, channel or newsletter.")]
    hint: Option<String>,
    /// Whether an application needs an answer. Defaults to false.
    required: Option<bool>,
    /// The answers to choose from, for `dropdown`, `checkboxes` and `radio`: 1 to 40.
    #[schema(example = json!([]))]
    options: Option<Vec<String>>,
}

impl ChangedProgramPage {
    /// Returns the settings after the change, checked; `None` if none is named.
    ///
    /// # Errors
    /// 400 naming the field.
    pub(super) fn settings(&self, row: &Row) -> Result<Option<Settings>> {
        if self.handle.is_none() && self.headline.is_none() && self.introduction.is_none() && self.color.is_none() {
            return Ok(None);
        }
        let text = |given: &Option<String>, known: &str| given.as_deref().map_or_else(|| known.to_owned(), normal);
        let color = self.color.as_ref().map(|color| color.as_deref().map(|color| normal(color).to_lowercase()));
        let requested = Settings {
            handle: text(&self.handle, &row.handle).to_lowercase(),
            headline: text(&self.headline, &row.headline),
            introduction: text(&self.introduction, &row.introduction),
            color: color.unwrap_or_else(|| row.color.clone()),
            auto_approve: row.auto_approve,
        };
        settings::check(requested).map(Some)
    }

    /// Returns the blocks after the change, checked.
    ///
    /// # Errors
    /// 400 naming the field.
    pub(super) fn blocks(&self, row: &Row, currency: Currency) -> Result<Blocks> {
        let mut blocks = row.blocks.clone();
        if let Some(name) = &self.template {
            let wrong = || Error::field("template", "template must be simple, creator or saas");
            blocks.apply(TEMPLATES.iter().find(|template| template.name == name).ok_or_else(wrong)?);
        }
        if let Some(names) = &self.blocks {
            blocks.order = order(names)?;
            blocks = blocks.complete();
        }
        blocks.price = self.calculator_price_cents.unwrap_or(blocks.price);
        blocks.reply_days = self.reply_days.unwrap_or(blocks.reply_days);
        if let Some(answers) = &self.answers {
            at_most("answers", answers.len(), ANSWERS_MAX)?;
            blocks.answers = answers.iter().map(Into::into).collect();
        }
        if let Some(video) = &self.video {
            blocks.video = video.as_ref().map(VideoLink::from).unwrap_or_default();
        }
        if let Some(quotes) = &self.quotes {
            at_most("quotes", quotes.len(), QUOTES_MAX)?;
            blocks.quotes = quotes.iter().map(Into::into).collect();
        }
        BlockForm::of(&blocks, currency).read(currency).map_err(|error| renamed(&error))
    }

    /// Returns the questions after the change, checked; `None` if they aren't named.
    ///
    /// # Errors
    /// 400 naming the field.
    pub(super) fn questions(&self, row: &Row) -> Result<Option<Vec<Field>>> {
        let Some(given) = &self.questions else { return Ok(None) };
        at_most("questions", given.len(), field::FIELDS_MAX)?;
        let mut fields: Vec<Field> = Vec::new();
        for (place, question) in given.iter().enumerate() {
            let field = question.read(place, &row.fields, &fields)?;
            fields.push(field);
        }
        field::checked(fields).map(Some).map_err(|error| renamed(&error))
    }
}

impl NewPageQuestion {
    fn read(&self, place: usize, known: &[Field], earlier: &[Field]) -> Result<Field> {
        let wrong = |what: &str, message: &str| Error::field(&format!("questions[{place}].{what}"), message);
        let kind = Kind::named(&self.kind).ok_or_else(|| wrong("kind", "there is no such kind of question"))?;
        let mut read = match &self.key {
            Some(key) => {
                let found = known.iter().find(|field| field.key == *key);
                let found = found.ok_or_else(|| wrong("key", "the form has no question with this key"))?;
                if earlier.iter().any(|field| field.key == *key) {
                    return Err(wrong("key", "each question can be in the form once"));
                }
                if found.kind != kind {
                    return Err(wrong("kind", "the kind of a question can't change: add a new one instead"));
                }
                found.clone()
            }
            None => field::new(kind, &self.label, &[known, earlier].concat()),
        };
        read.label.clone_from(&self.label);
        read.hint = self.hint.clone().unwrap_or_default();
        read.required = self.required.unwrap_or_default();
        read.options = self.options.clone().unwrap_or_default();
        Ok(read)
    }
}

fn order(names: &[String]) -> Result<Vec<Block>> {
    let mut order: Vec<Block> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let wrong = |message: &str| Error::field(&format!("blocks[{place}]"), message);
        let kind = BlockKind::named(name).ok_or_else(|| wrong("there is no such block"))?;
        if order.iter().any(|block| block.kind == kind) {
            return Err(wrong("each block can be on the page once"));
        }
        order.push(Block { kind, shown: true });
    }
    Ok(order)
}

fn at_most(field: &str, count: usize, most: usize) -> Result<()> {
    if count > most {
        return Err(Error::field(field, format!("{field} must be at most {most}")));
    }
    Ok(())
}

/// The first mistake, with the field's name in the API instead of that in the form.
fn renamed(error: &Error) -> Error {
    let body = error.body();
    let field = body.field.as_deref().unwrap_or_default();
    let (name, row) = field.rsplit_once('_').unwrap_or((field, ""));
    let named = match name {
        "price" => "calculatorPriceCents".to_owned(),
        "videoTitle" => "video.title".to_owned(),
        "videoUrl" => "video.url".to_owned(),
        "question" => format!("answers[{row}].question"),
        "answer" => format!("answers[{row}].answer"),
        "quote" => format!("quotes[{row}].text"),
        "quoteName" => format!("quotes[{row}].name"),
        "quoteAbout" => format!("quotes[{row}].about"),
        "fields" => "questions".to_owned(),
        _ => match field.split_once('.') {
            Some((row, what)) => format!("questions[{row}].{what}"),
            None => field.to_owned(),
        },
    };
    Error::field(&named, body.message.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn row() -> Row {
        Row {
            handle: "acme".to_owned(),
            headline: String::new(),
            introduction: String::new(),
            color: None,
            fields: field::usual(),
            blocks: Blocks::default(),
            auto_approve: true,
            published_at: None,
        }
    }

    fn change(body: Value) -> ChangedProgramPage {
        serde_json::from_value(body).unwrap()
    }

    fn refused(body: Value) -> String {
        let change = change(body);
        let settings = change.settings(&row()).err();
        let blocks = change.blocks(&row(), Currency::USD).err();
        let error = settings.or(blocks).or_else(|| change.questions(&row()).err()).unwrap();
        error.body().field.clone().unwrap()
    }

    #[test]
    fn a_mistake_names_the_field_of_the_api() {
        let email = json!({"key": "email", "kind": "email", "label": "Email"});
        for (body, field) in [
            (json!({"handle": "-x"}), "handle"),
            (json!({"color": "green"}), "color"),
            (json!({"template": "other"}), "template"),
            (json!({"blocks": ["about", "other"]}), "blocks[1]"),
            (json!({"blocks": ["about", "about"]}), "blocks[1]"),
            (json!({"calculatorPriceCents": 0}), "calculatorPriceCents"),
            (json!({"calculatorPriceCents": -5}), "calculatorPriceCents"),
            (json!({"replyDays": 90}), "replyDays"),
            (json!({"answers": [{"question": "Why?", "answer": "x".repeat(1_001)}]}), "answers[0].answer"),
            (json!({"answers": vec![json!({"question": "Why?", "answer": "x"}); 9]}), "answers"),
            (json!({"video": {"title": "Tour", "url": "javascript:alert(1)"}}), "video.url"),
            (json!({"quotes": [{"text": "Good", "name": ""}]}), "quotes[0].name"),
            (json!({"questions": []}), "questions"),
            (json!({"questions": [email, {"kind": "radio", "label": "One?"}]}), "questions[1].options"),
            (json!({"questions": [{"key": "email", "kind": "text", "label": "Email"}]}), "questions[0].kind"),
            (json!({"questions": [email, {"key": "q9", "kind": "text", "label": "x"}]}), "questions[1].key"),
            (json!({"questions": [email, email]}), "questions[1].key"),
            (json!({"questions": [email, {"kind": "file", "label": "x"}]}), "questions[1].kind"),
        ] {
            assert_eq!(refused(body.clone()), field, "{body}");
        }
    }

    #[test]
    fn what_is_left_out_stays() {
        let none = change(json!({}));
        assert!(none.settings(&row()).unwrap().is_none() && none.questions(&row()).unwrap().is_none());
        assert_eq!(none.blocks(&row(), Currency::USD).unwrap(), row().blocks);
        let kept = change(json!({"headline": " Earn "})).settings(&row()).unwrap().unwrap();
        assert_eq!((kept.headline.as_str(), kept.handle.as_str(), kept.auto_approve), ("Earn", "acme", true));
    }

    #[test]
    fn listed_blocks_are_shown_in_their_order_and_the_form_always() {
        let blocks = change(json!({"blocks": ["faq", "about"], "replyDays": 3})).blocks(&row(), Currency::USD).unwrap();
        let shown: Vec<_> = blocks.order.iter().filter(|block| block.shown).map(|block| block.kind.name()).collect();
        assert_eq!((shown, blocks.reply_days), (vec!["faq", "about", "terms", "form"], Some(3)));
    }

    #[test]
    fn a_new_question_gets_a_key_that_no_other_has() {
        let body = json!({"questions": [{"key": "email", "kind": "email", "label": "Email"},
            {"kind": "text", "label": "One"}, {"kind": "text", "label": "Two"}]});
        let fields = change(body).questions(&row()).unwrap().unwrap();
        let keys: Vec<_> = fields.iter().map(|field| field.key.as_str()).collect();
        assert_eq!(keys, ["email", "q1", "q2"]);
        assert!(fields[0].required, "an application always has an email address");
    }
}
