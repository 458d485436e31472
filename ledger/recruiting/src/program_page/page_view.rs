//! A program page as the API returns it, and the parts that it also takes.

use serde::{Deserialize, Serialize};
use shared::{id::ProgramId, money::Currency, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    block::{Answer, Quote, VideoLink},
    field::Field,
    store::{Logo, Row},
};

/// A program's public page, where people apply.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgramPage {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// The last part of the page's URL.
    #[schema(example = "acme")]
    pub handle: String,
    /// Where the page is, once it is published.
    #[schema(example = "https://rekomi.test/p/acme")]
    pub url: String,
    /// Since when it is published; null if it is hidden.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub published_at: Option<Timestamp>,
    /// The headline. If it is empty, the page has a usual one.
    #[schema(example = "Earn with Acme")]
    pub headline: String,
    /// Who you are, and who should apply.
    #[schema(example = "Acme keeps books in order. We look for people who write about small businesses.")]
    pub introduction: String,
    /// The page's color. Null if it has the organization's.
    #[schema(required, example = "#0f6b5c")]
    pub color: Option<String>,
    /// The page's own logo. Null if it shows the organization's.
    #[schema(required, nullable)]
    pub logo: Option<PageLogo>,
    /// The blocks that are shown, in their order: `about`, `offer`, `calculator`, `steps`, `rewards`, `faq`, `video`,
    /// `quotes`, `terms` and `form`, of which the last two are always shown.
    #[schema(example = json!(["about", "calculator", "steps", "faq", "terms", "form"]))]
    pub blocks: Vec<&'static str>,
    /// The price of the calculator's example, in minor units.
    #[schema(example = 5000)]
    pub calculator_price_cents: i64,
    /// The currency of the calculator's example: the plan's.
    #[schema(example = "USD")]
    pub calculator_currency: String,
    /// Within how many days you answer an application, if the page says so.
    #[schema(required, example = 3)]
    pub reply_days: Option<u16>,
    /// Your own questions and answers.
    pub answers: Vec<PageAnswer>,
    /// A link to a video.
    #[schema(required, nullable)]
    pub video: Option<PageVideo>,
    /// Quotes of affiliates or customers.
    pub quotes: Vec<PageQuote>,
    /// The questions of the application form.
    pub questions: Vec<PageQuestion>,
}

/// A logo.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageLogo {
    /// In pixels.
    #[schema(example = 400)]
    width: i32,
    /// In pixels.
    #[schema(example = 120)]
    height: i32,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    updated_at: Timestamp,
}

/// A question with your answer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageAnswer {
    /// 1 to 160 characters.
    #[schema(example = "Do you ship to Canada?")]
    pub question: String,
    /// 1 to 1000 characters.
    #[schema(example = "Yes, within a week.")]
    pub answer: String,
}

/// A video elsewhere. The page links to it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageVideo {
    /// 1 to 120 characters.
    #[schema(example = "Acme in two minutes")]
    pub title: String,
    /// Begins with `https://`.
    #[schema(example = "https://video.acme.test/tour")]
    pub url: String,
}

/// A quote.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageQuote {
    /// 1 to 400 characters.
    #[schema(example = "My readers love it.")]
    pub text: String,
    /// Who says so: 1 to 80 characters.
    #[schema(example = "Lauren Vale")]
    pub name: String,
    /// Who they are: up to 120 characters.
    #[serde(default)]
    #[schema(required = false, example = "Writes about bookkeeping")]
    pub about: String,
}

/// A question of the application form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageQuestion {
    /// Identifies the question, also in an affiliate's `application`.
    #[schema(example = "website")]
    pub key: String,
    /// `text`, `long_text`, `email`, `url`, `number`, `date`, `dropdown`, `checkboxes`, `radio`, `consent`, `phone`,
    /// `country` or `address`.
    #[schema(example = "url")]
    pub kind: &'static str,
    /// The question.
    #[schema(example = "Website or channel")]
    pub label: String,
    /// Help below the question; may be empty.
    #[schema(example = "Your site, blog, channel or newsletter.")]
    pub hint: String,
    /// Whether an application needs an answer.
    pub required: bool,
    /// The answers to choose from, for `dropdown`, `checkboxes` and `radio`.
    #[schema(example = json!([]))]
    pub options: Vec<String>,
}

impl ProgramPage {
    pub(super) fn of(
        (program, row): (ProgramId, Row),
        logo: Option<Logo>,
        currency: Currency,
        public_url: &str,
    ) -> Self {
        let blocks = row.blocks;
        Self {
            program_id: program,
            url: format!("{public_url}/p/{}", row.handle),
            handle: row.handle,
            published_at: row.published_at,
            headline: row.headline,
            introduction: row.introduction,
            color: row.color,
            logo: logo.map(|logo| PageLogo { width: logo.width, height: logo.height, updated_at: logo.updated_at }),
            blocks: blocks.order.iter().filter(|block| block.shown).map(|block| block.kind.name()).collect(),
            calculator_price_cents: blocks.price,
            calculator_currency: currency.code().to_owned(),
            reply_days: blocks.reply_days,
            answers: blocks.answers.into_iter().map(Into::into).collect(),
            video: Some(blocks.video).filter(|video| !video.url.is_empty()).map(Into::into),
            quotes: blocks.quotes.into_iter().map(Into::into).collect(),
            questions: row.fields.into_iter().map(Into::into).collect(),
        }
    }
}

/// A text without surrounding whitespace, with line feeds only, as a form's texts are read.
pub(super) fn normal(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

impl From<Answer> for PageAnswer {
    fn from(Answer { question, answer }: Answer) -> Self {
        Self { question, answer }
    }
}

impl From<&PageAnswer> for Answer {
    fn from(given: &PageAnswer) -> Self {
        Self { question: normal(&given.question), answer: normal(&given.answer) }
    }
}

impl From<VideoLink> for PageVideo {
    fn from(VideoLink { title, url }: VideoLink) -> Self {
        Self { title, url }
    }
}

impl From<&PageVideo> for VideoLink {
    fn from(given: &PageVideo) -> Self {
        Self { title: normal(&given.title), url: normal(&given.url) }
    }
}

impl From<Quote> for PageQuote {
    fn from(Quote { text, name, about }: Quote) -> Self {
        Self { text, name, about }
    }
}

impl From<&PageQuote> for Quote {
    fn from(given: &PageQuote) -> Self {
        Self { text: normal(&given.text), name: normal(&given.name), about: normal(&given.about) }
    }
}

impl From<Field> for PageQuestion {
    fn from(field: Field) -> Self {
        Self {
            kind: field.kind.name(),
            key: field.key,
            label: field.label,
            hint: field.hint,
            required: field.required,
            options: field.options,
        }
    }
}
