//! The blocks of a program page below its head: which are shown, in which order, and what the brand wrote in them. Pure.

use serde::{Deserialize, Serialize};

/// How many questions and answers, and how many quotes, a page has at most.
pub const ANSWERS_MAX: usize = 8;
pub const QUOTES_MAX: usize = 3;
/// The price of the calculator's example, in minor units, until the brand names its own.
const PRICE: i64 = 5_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    About,
    Offer,
    Calculator,
    Steps,
    Rewards,
    Faq,
    Video,
    Quotes,
    Terms,
    Form,
}

use BlockKind::{About, Calculator, Faq, Form, Offer, Quotes, Rewards, Steps, Terms, Video};

impl BlockKind {
    /// Each kind in the usual order, with its name in forms, its title and what it shows.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 10] = [
        (About, "about", "Introduction", "Who you are, and who should apply."),
        (Offer, "offer", "Offer", "What affiliates earn, from your plan."),
        (Calculator, "calculator", "Calculator", "What new customers would earn, from your plan."),
        (Steps, "steps", "How it works", "Share, sell, earn: three steps."),
        (Rewards, "rewards", "Rates and rules", "A table, filled in from your program."),
        (Faq, "faq", "Questions and answers", "Your program’s rules as answers, then your own."),
        (Video, "video", "Video", "A link to a video."),
        (Quotes, "quotes", "Testimonials", "Up to three quotes of affiliates or customers."),
        (Terms, "terms", "Terms", "Shown if you have any."),
        (Form, "form", "Application form", "Always shown."),
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, spelled, ..)| *spelled == name).map(|(kind, ..)| kind)
    }

    fn described(self) -> (&'static str, &'static str, &'static str) {
        let found = Self::ALL.into_iter().find(|(kind, ..)| *kind == self);
        found.map(|(_, name, title, about)| (name, title, about)).unwrap_or_default()
    }

    pub fn is(self, name: &str) -> bool {
        self.name() == name
    }

    pub fn name(self) -> &'static str {
        self.described().0
    }

    pub fn title(self) -> &'static str {
        self.described().1
    }

    pub fn about(self) -> &'static str {
        self.described().2
    }

    /// Nobody can apply without the form, or accept terms that aren't shown.
    pub const fn may_be_hidden(self) -> bool {
        !matches!(self, Terms | Form)
    }

    const fn is_usual(self) -> bool {
        !matches!(self, Offer | Video | Quotes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub kind: BlockKind,
    pub shown: bool,
}

/// A question with the brand's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub question: String,
    pub answer: String,
}

/// A video elsewhere; the page links to it, and loads nothing from there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoLink {
    pub title: String,
    pub url: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub text: String,
    pub name: String,
    /// Who they are.
    pub about: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Blocks {
    pub order: Vec<Block>,
    /// The price of the calculator's example, in minor units of the plan's currency.
    pub price: i64,
    /// Within how many days the brand answers an application, if it says so.
    pub reply_days: Option<u16>,
    pub answers: Vec<Answer>,
    pub video: VideoLink,
    pub quotes: Vec<Quote>,
}

impl Default for Blocks {
    fn default() -> Self {
        let order = BlockKind::ALL.into_iter().map(|(kind, ..)| Block { kind, shown: kind.is_usual() });
        Self {
            order: order.collect(),
            price: PRICE,
            reply_days: None,
            answers: Vec::new(),
            video: VideoLink::default(),
            quotes: Vec::new(),
        }
    }
}

/// Blocks to start from.
#[derive(Debug, Clone, Copy)]
pub struct PageTemplate {
    pub name: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    shown: &'static [BlockKind],
}

pub const TEMPLATES: [PageTemplate; 3] = [
    PageTemplate {
        name: "simple",
        title: "Simple",
        about: "The offer, three steps and the form",
        shown: &[About, Offer, Steps, Terms, Form],
    },
    PageTemplate {
        name: "creator",
        title: "Creator",
        about: "Calculator, video and quotes first",
        shown: &[Calculator, Video, About, Quotes, Steps, Faq, Terms, Form],
    },
    PageTemplate {
        name: "saas",
        title: "SaaS",
        about: "Recurring earnings and every rule",
        shown: &[Calculator, Rewards, Steps, About, Quotes, Faq, Terms, Form],
    },
];

impl Blocks {
    /// Puts each kind in the order once: those that are missing come last. What can't be hidden is shown.
    #[must_use]
    pub fn complete(mut self) -> Self {
        let mut order: Vec<Block> = Vec::new();
        let usual = Self::default().order.into_iter().map(|block| Block { shown: false, ..block });
        for block in self.order.into_iter().chain(usual) {
            if order.iter().all(|known| known.kind != block.kind) {
                order.push(Block { shown: block.shown || !block.kind.may_be_hidden(), ..block });
            }
        }
        self.order = order;
        self
    }

    /// Moves a block by one place.
    pub fn move_by(&mut self, kind: BlockKind, down: bool) {
        let Some(at) = self.order.iter().position(|block| block.kind == kind) else { return };
        let other = if down { at + 1 } else { at.wrapping_sub(1) };
        if other < self.order.len() {
            self.order.swap(at, other);
        }
    }

    /// Shows a template's blocks, in its order. Texts stay.
    pub fn apply(&mut self, template: &PageTemplate) {
        self.order = template.shown.iter().map(|kind| Block { kind: *kind, shown: true }).collect();
        *self = std::mem::take(self).complete();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(blocks: &Blocks) -> Vec<&'static str> {
        blocks.order.iter().filter(|block| block.shown).map(|block| block.kind.name()).collect()
    }

    #[test]
    fn a_page_without_blocks_has_the_usual_ones() {
        let read: Blocks = serde_json::from_str("{}").unwrap();
        assert_eq!(read, Blocks::default());
        assert_eq!(kinds(&read), ["about", "calculator", "steps", "rewards", "faq", "terms", "form"]);
        let again: Blocks = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
        assert_eq!(again, read);
    }

    #[test]
    fn each_block_is_there_once_and_the_form_is_shown() {
        let order = [(Form, false), (Faq, true), (Faq, false)].map(|(kind, shown)| Block { kind, shown });
        let blocks = Blocks { order: order.to_vec(), ..Blocks::default() }.complete();
        assert_eq!(blocks.order.len(), BlockKind::ALL.len());
        assert_eq!(kinds(&blocks), ["form", "faq", "terms"]);
    }

    #[test]
    fn blocks_move_by_one_place_and_stay_at_the_ends() {
        let mut blocks = Blocks::default();
        blocks.move_by(Calculator, false);
        blocks.move_by(Calculator, false);
        blocks.move_by(Calculator, false);
        assert_eq!(kinds(&blocks)[..2], ["calculator", "about"]);
        blocks.move_by(Form, true);
        assert_eq!(kinds(&blocks).last(), Some(&"form"));
    }

    #[test]
    fn a_template_keeps_what_was_written() {
        let mut blocks = Blocks { price: 700, ..Blocks::default() };
        for template in &TEMPLATES {
            blocks.apply(template);
            assert_eq!(kinds(&blocks).len(), template.shown.len(), "{}", template.name);
            assert_eq!((blocks.price, blocks.order.len()), (700, BlockKind::ALL.len()));
        }
    }
}
