//! What a program page's blocks say, in the visitor's language.

use url::{Url, form_urlencoded};

use super::{
    block::{Answer, BlockKind},
    view::Offer,
};

/// How many lines of the offer stand in the page's head.
const FACTS_MAX: usize = 3;

impl Offer {
    /// The blocks that are shown, in their order, without those that have nothing to show.
    pub fn sections(&self) -> Vec<BlockKind> {
        let blocks = &self.row.blocks;
        let has_content = |kind: BlockKind| match kind {
            BlockKind::About => !self.row.introduction.is_empty(),
            BlockKind::Calculator => self.calculator.is_some(),
            BlockKind::Video => !blocks.video.url.is_empty(),
            BlockKind::Quotes => !blocks.quotes.is_empty(),
            BlockKind::Terms => self.terms.is_some(),
            BlockKind::Offer | BlockKind::Steps | BlockKind::Rewards | BlockKind::Faq | BlockKind::Form => true,
        };
        let shown = blocks.order.iter().filter(|block| block.shown).map(|block| block.kind);
        shown.filter(|kind| has_content(*kind)).collect()
    }

    pub fn facts(&self) -> &[String] {
        self.lines.get(..FACTS_MAX).unwrap_or(&self.lines)
    }

    /// What the program's rules answer, then what the brand does.
    pub fn answers(&self) -> Vec<Answer> {
        let t = self.t;
        let [credit, later, payable] = self.credit.clone();
        let own = [
            ("program-faq-credit", credit),
            ("program-faq-later", later),
            ("program-faq-payable", payable),
            ("program-faq-cost", t.say("program-faq-cost-answer").to_string()),
        ];
        let own = own.into_iter().map(|(key, answer)| Answer { question: t.say(key).to_string(), answer });
        own.chain(self.row.blocks.answers.iter().cloned()).collect()
    }

    /// The table of rules: what, and how it is here.
    pub fn rules(&self) -> [(String, String); 4] {
        let (t, program) = (self.t, &self.program);
        let model = if program.attribution_model == "FirstTouch" { "first" } else { "last" };
        let binding = if program.customer_binding == "None" { "none" } else { "customer" };
        [
            ("program-rewards-window", t.say("program-rewards-window-is").with("days", program.cookie_window_days)),
            ("program-rewards-model", t.say("program-rewards-model-is").with("model", model)),
            ("program-rewards-later", t.say("program-rewards-later-is").with("binding", binding)),
            ("program-rewards-payable", t.say("program-rewards-payable-is").with("days", program.hold_days)),
        ]
        .map(|(key, value)| (t.say(key).to_string(), value.to_string()))
    }

    /// The site that the video's link leads to.
    pub fn video_host(&self) -> String {
        let url = Url::parse(&self.row.blocks.video.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host).to_owned()
    }

    /// How an application is handled, and by when.
    pub fn handling(&self) -> String {
        let t = self.t;
        let text = match self.row.blocks.reply_days {
            _ if self.row.auto_approve => t.say("program-apply-approved"),
            Some(days) => t.say("program-apply-within").with("brand", &self.brand).with("days", u32::from(days)),
            None => t.say("program-apply-reviewed").with("brand", &self.brand),
        };
        text.to_string()
    }

    /// What the brand does next with an application, and by when.
    pub fn next_step(&self) -> String {
        let t = self.t;
        let text = match self.row.blocks.reply_days {
            Some(days) => t.say("program-thanks-review-within").with("days", u32::from(days)),
            None => t.say("program-thanks-review"),
        };
        text.with("brand", &self.brand).to_string()
    }

    /// Links that share the page: a service's name, and where it begins a message.
    pub fn share(&self, url: &str) -> [(String, String); 4] {
        let t = self.t;
        let encoded =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let text = t.say("program-share-text").with("program", &self.program.name).with("brand", &self.brand);
        let (page, text) = (encoded(url), text.to_string());
        let both = encoded(&format!("{text} {url}"));
        let text = encoded(&text);
        [
            (t.say("program-share-email").to_string(), format!("mailto:?subject={text}&body={both}")),
            ("WhatsApp".to_owned(), format!("https://wa.me/?text={both}")),
            ("X".to_owned(), format!("https://x.com/intent/post?text={text}&url={page}")),
            ("LinkedIn".to_owned(), format!("https://www.linkedin.com/sharing/share-offsite/?url={page}")),
        ]
    }
}
