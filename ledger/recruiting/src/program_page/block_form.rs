//! The blocks of a program page as fields of the editor's form. Its buttons work without a script. Pure.

use shared::money::{Currency, Money};
use url::Url;

use super::block::{ANSWERS_MAX, Answer, Block, BlockKind, Blocks, QUOTES_MAX, Quote, TEMPLATES, VideoLink};
use kit::{
    error::{Checks, Error, Result},
    form::Fields,
};
use programs::program::dashboard::earnings::{price_for_field, read_price};

pub(super) const QUESTION_MAX: usize = 160;
pub(super) const ANSWER_MAX: usize = 1_000;
const TITLE_MAX: usize = 120;
const URL_MAX: usize = 500;
const QUOTE_MAX: usize = 400;
const NAME_MAX: usize = 80;
const PRICE_MAX: i64 = 1_000_000_000;
const REPLY_DAYS_MAX: u16 = 60;
/// How many rows for further questions the form has.
const BLANK_ROWS: usize = 2;

#[derive(Debug, Clone)]
pub(super) struct BlockForm {
    pub(super) order: Vec<Block>,
    pub(super) price: String,
    pub(super) reply_days: String,
    pub(super) answers: Vec<Answer>,
    pub(super) video: VideoLink,
    pub(super) quotes: Vec<Quote>,
}

impl BlockForm {
    pub(super) fn of(blocks: &Blocks, currency: Currency) -> Self {
        let form = Self {
            order: blocks.order.clone(),
            price: price_for_field(Money::new(blocks.price, currency)),
            reply_days: blocks.reply_days.map(|days| days.to_string()).unwrap_or_default(),
            answers: blocks.answers.clone(),
            video: blocks.video.clone(),
            quotes: blocks.quotes.clone(),
        };
        form.padded()
    }

    /// What was typed; `None` if the form has no blocks.
    pub(super) fn of_fields(form: &Fields) -> Option<Self> {
        let named = form.all("block");
        if named.is_empty() {
            return None;
        }
        let block = |name: String| {
            let kind = BlockKind::named(&name)?;
            Some(Block { kind, shown: form.is_ticked(&format!("show_{name}")) })
        };
        let order = named.into_iter().filter_map(block).collect();
        let lines = |name: &str| form.raw(name).replace("\r\n", "\n").trim().to_owned();
        let answer = |row: usize| Answer {
            question: lines(&format!("question_{row}")),
            answer: lines(&format!("answer_{row}")),
        };
        let quote = |row: usize| Quote {
            text: lines(&format!("quote_{row}")),
            name: lines(&format!("quoteName_{row}")),
            about: lines(&format!("quoteAbout_{row}")),
        };
        let typed = Self {
            order: Blocks { order, ..Blocks::default() }.complete().order,
            price: lines("price"),
            reply_days: lines("replyDays"),
            answers: (0..ANSWERS_MAX).map(answer).filter(|answer| *answer != Answer::default()).collect(),
            video: VideoLink { title: lines("videoTitle"), url: lines("videoUrl") },
            quotes: (0..QUOTES_MAX).map(quote).filter(|quote| *quote != Quote::default()).collect(),
        };
        Some(typed.padded())
    }

    /// Adds blank rows for more.
    fn padded(mut self) -> Self {
        let rows = (self.answers.len() + BLANK_ROWS).min(ANSWERS_MAX);
        self.answers.resize(rows, Answer::default());
        self.quotes.resize(QUOTES_MAX, Quote::default());
        self
    }

    /// Performs a button's action: `block-up:faq`, `block-down:faq`, `template:simple`. Returns whether it was one.
    pub(super) fn press(&mut self, button: &str) -> bool {
        let (action, name) = button.split_once(':').unwrap_or((button, ""));
        let mut blocks = Blocks { order: self.order.clone(), ..Blocks::default() };
        match (action, BlockKind::named(name), TEMPLATES.iter().find(|template| template.name == name)) {
            ("block-up", Some(kind), _) => blocks.move_by(kind, false),
            ("block-down", Some(kind), _) => blocks.move_by(kind, true),
            ("template", _, Some(template)) => blocks.apply(template),
            _ => return false,
        }
        self.order = blocks.order;
        true
    }

    /// Checks what was typed.
    ///
    /// # Errors
    /// 400 naming every wrong field.
    pub(super) fn read(&self, currency: Currency) -> Result<Blocks> {
        let mut checks = Checks::default();
        let blocks = Blocks {
            order: self.order.clone(),
            price: checks.value(self.read_price(currency)),
            reply_days: checks.value(self.read_reply_days()),
            answers: checks.value(self.read_answers()),
            video: checks.value(self.read_video()),
            quotes: checks.value(self.read_quotes()),
        };
        checks.end().map(|()| blocks)
    }

    fn read_price(&self, currency: Currency) -> Result<i64> {
        let price = read_price(&self.price, currency).map_err(|message| Error::field("price", message))?;
        if !(1..=PRICE_MAX).contains(&price.minor) {
            return Err(Error::field("price", "Enter an amount above zero."));
        }
        Ok(price.minor)
    }

    fn read_reply_days(&self) -> Result<Option<u16>> {
        if self.reply_days.is_empty() {
            return Ok(None);
        }
        let days = self.reply_days.parse().ok().filter(|days| (1..=REPLY_DAYS_MAX).contains(days));
        let wrong = || Error::field("replyDays", format!("Enter a number from 1 to {REPLY_DAYS_MAX}."));
        days.map(Some).ok_or_else(wrong)
    }

    fn read_answers(&self) -> Result<Vec<Answer>> {
        let mut checks = Checks::default();
        let given = self.answers.iter().enumerate().filter(|(_, answer)| **answer != Answer::default());
        let answers: Vec<Answer> = given
            .map(|(row, answer)| Answer {
                question: checks.value(line(&format!("question_{row}"), &answer.question, QUESTION_MAX)),
                answer: checks.value(text(&format!("answer_{row}"), &answer.answer, ANSWER_MAX)),
            })
            .collect();
        checks.end().map(|()| answers)
    }

    fn read_video(&self) -> Result<VideoLink> {
        if self.video == VideoLink::default() {
            return Ok(VideoLink::default());
        }
        let mut checks = Checks::default();
        let title = checks.value(line("videoTitle", &self.video.title, TITLE_MAX));
        let url = Url::parse(&self.video.url).ok();
        let url = url.filter(|url| url.scheme() == "https" && url.as_str().len() <= URL_MAX);
        let wrong = || Error::field("videoUrl", "Enter a URL that begins with https://.");
        let url = checks.value(url.map(String::from).ok_or_else(wrong));
        checks.end().map(|()| VideoLink { title, url })
    }

    fn read_quotes(&self) -> Result<Vec<Quote>> {
        let mut checks = Checks::default();
        let given = self.quotes.iter().enumerate().filter(|(_, quote)| **quote != Quote::default());
        let quotes: Vec<Quote> = given
            .map(|(row, quote)| Quote {
                text: checks.value(text(&format!("quote_{row}"), &quote.text, QUOTE_MAX)),
                name: checks.value(line(&format!("quoteName_{row}"), &quote.name, NAME_MAX)),
                about: match quote.about.as_str() {
                    "" => String::new(),
                    about => checks.value(line(&format!("quoteAbout_{row}"), about, TITLE_MAX)),
                },
            })
            .collect();
        checks.end().map(|()| quotes)
    }
}

fn line(field: &str, given: &str, most: usize) -> Result<String> {
    if (1..=most).contains(&given.chars().count()) && !given.chars().any(char::is_control) {
        return Ok(given.to_owned());
    }
    Err(Error::field(field, format!("Enter 1 to {most} characters on one line.")))
}

fn text(field: &str, given: &str, most: usize) -> Result<String> {
    let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if (1..=most).contains(&given.chars().count()) && !given.chars().any(strange) {
        return Ok(given.to_owned());
    }
    Err(Error::field(field, format!("Enter 1 to {most} characters.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> BlockForm {
        let usual = [("block", "faq"), ("show_faq", "yes"), ("block", "form"), ("price", "49.50")];
        let mut fields = Fields::from_iter(usual);
        for (name, value) in pairs {
            fields.set(name, *value);
        }
        BlockForm::of_fields(&fields).unwrap()
    }

    fn wrong(pairs: &[(&str, &str)]) -> Vec<String> {
        let error = typed(pairs).read(Currency::USD).unwrap_err();
        error.each().filter_map(|one| one.body().field.clone()).collect()
    }

    #[test]
    fn what_is_typed_is_read_and_written_again() {
        let form = typed(&[
            ("question_1", "Why?"),
            ("answer_1", "Because.\r\nReally."),
            ("quote_2", "Good"),
            ("quoteName_2", "Ada"),
            ("videoTitle", "Watch"),
            ("videoUrl", "https://video.test/1"),
            ("replyDays", "3"),
        ]);
        let blocks = form.read(Currency::USD).unwrap();
        assert_eq!((blocks.price, blocks.reply_days, blocks.answers.len()), (4_950, Some(3), 1));
        assert_eq!(blocks.answers[0].answer, "Because.\nReally.");
        assert_eq!((blocks.quotes[0].name.as_str(), blocks.video.url.as_str()), ("Ada", "https://video.test/1"));
        assert_eq!((blocks.order[0].kind, blocks.order[0].shown), (BlockKind::Faq, true));
        assert_eq!(BlockForm::of(&blocks, Currency::USD).read(Currency::USD).unwrap(), blocks);
        assert!(BlockForm::of_fields(&Fields::from_iter([("headline", "x")])).is_none());
    }

    #[test]
    fn all_mistakes_are_named() {
        let long = "x".repeat(1_001);
        assert_eq!(wrong(&[("price", "0"), ("replyDays", "90")]), ["price", "replyDays"]);
        assert_eq!(wrong(&[("question_0", "Why?"), ("answer_0", long.as_str())]), ["answer_0"]);
        assert_eq!(wrong(&[("videoUrl", "javascript:alert(1)")]), ["videoTitle", "videoUrl"]);
        assert_eq!(wrong(&[("quote_0", "Good")]), ["quoteName_0"]);
    }

    #[test]
    fn buttons_move_blocks() {
        let mut form = typed(&[]);
        assert!(form.press("block-down:faq"));
        assert_eq!((form.order[0].kind, form.order[1].kind), (BlockKind::Form, BlockKind::Faq));
        assert!(form.press("template:simple"));
        assert!(form.order.iter().any(|block| block.kind == BlockKind::Offer && block.shown));
        for other in ["save", "up:1", "block-up:x", "template:x"] {
            assert!(!form.press(other), "{other}");
        }
    }
}
