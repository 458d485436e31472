//! The dashboard's page of a listing, and its form with all fields as text.

use crate::words;

use super::{
    change::Known,
    dashboard::{PAGE, address},
    input::Sent,
    offer::Missing,
    store::Row,
};
use identity::page::frame::Frame;
use kit::{
    form::{Fields, Problems},
    text::Texts,
};
use programs::program::dashboard::Shell;
use recruiting::program_page::country;
use rules::network::{AudienceBand, ChannelKind, Format, Topic};

/// The fields of the form, by which their problems are shown.
const SHOWN: [&str; 11] = [
    "title",
    "summary",
    "description",
    "whoFor",
    "forbidden",
    "topics",
    "formats",
    "countries",
    "languages",
    "channelKinds",
    "audienceMin",
];

#[derive(Debug, askama::Template)]
#[template(path = "listing_edit.html")]
pub(super) struct ListingPage {
    pub frame: Frame,
    pub shell: Shell,
    pub known: Known,
    pub missing: Vec<Missing>,
    pub public_url: String,
    pub needs_approval: bool,
    pub form: ListingForm,
    pub problems: Problems,
}

/// What the form has, or what was typed into it.
#[derive(Debug, Clone)]
pub(super) struct ListingForm(Sent);

impl ListingForm {
    pub(super) fn of(row: &Row) -> Self {
        Self(Sent::of(row))
    }

    pub(super) fn of_fields(fields: &Fields) -> Self {
        let text = |name: &str| fields.raw(name).to_owned();
        Self(Sent {
            title: text("title"),
            summary: text("summary"),
            description: text("description"),
            who_for: text("whoFor"),
            forbidden: text("forbidden"),
            topics: fields.all("topics"),
            formats: fields.all("formats"),
            countries: fields.all("countries"),
            languages: fields.all("languages"),
            channel_kinds: fields.all("channelKinds"),
            audience_min: text("audienceMin"),
            shares_figures: fields.is_ticked("sharesFigures"),
            searches_creators: fields.is_ticked("searchesCreators"),
        })
    }

    pub(super) fn sent(self) -> Sent {
        self.0
    }
}

/// A value that can be selected: as it is sent, as people read it, and whether it is selected.
type Choice = (String, String, bool);

fn choices(all: impl Iterator<Item = (String, String)>, chosen: &[String]) -> Vec<Choice> {
    all.map(|(value, name)| {
        let is_chosen = chosen.contains(&value);
        (value, name, is_chosen)
    })
    .collect()
}

impl ListingPage {
    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&SHOWN)
    }

    fn sent(&self) -> &Sent {
        &self.form.0
    }

    fn topics(&self) -> Vec<Choice> {
        let t = Texts::default();
        let all = Topic::ALL.into_iter().map(|one| (one.as_str().to_owned(), words::topic(t, one)));
        choices(all, &self.sent().topics)
    }

    fn formats(&self) -> Vec<Choice> {
        let t = Texts::default();
        let all = Format::ALL.into_iter().map(|one| (one.as_str().to_owned(), words::format(t, one)));
        choices(all, &self.sent().formats)
    }

    fn channels(&self) -> Vec<Choice> {
        let t = Texts::default();
        let all = ChannelKind::ALL.into_iter().map(|one| (one.as_str().to_owned(), words::channel(t, one)));
        choices(all, &self.sent().channel_kinds)
    }

    fn countries(&self) -> Vec<Choice> {
        let all = country::listed(Texts::default()).iter();
        choices(all.map(|one| (one.country.code.to_owned(), one.name.clone())), &self.sent().countries)
    }

    fn languages(&self) -> Vec<Choice> {
        let all = words::LANGUAGES.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned()));
        choices(all, &self.sent().languages)
    }

    fn audiences(&self) -> Vec<Choice> {
        let t = Texts::default();
        let all = AudienceBand::ALL.into_iter().map(|one| (one.as_str().to_owned(), words::audience(t, one)));
        choices(all, std::slice::from_ref(&self.sent().audience_min))
    }

    /// The status as a word with its color, and what it means.
    fn status(&self) -> (&'static str, &'static str, &'static str) {
        match self.known.row.status.as_str() {
            "Submitted" => ("In review", "wait", "An operator of this installation decides, and you get an email."),
            "Listed" => ("Listed", "good", "Creators find it in the network."),
            "Declined" => ("Declined", "bad", "Change what the reason says, and submit it again."),
            "Paused" => ("Paused", "off", "Creators can’t see it."),
            _ => ("Draft", "", "Only your team can see it."),
        }
    }

    fn is(&self, status: &str) -> bool {
        self.known.row.status == status
    }

    /// Whether the listing can be submitted with the form.
    fn may_submit(&self) -> bool {
        self.is("Draft") || self.is("Declined") || self.is("Paused")
    }

    fn at(&self, page: &str) -> String {
        address(self.frame.organization, self.shell.program.id, page).to_string()
    }

    fn own(&self) -> String {
        format!("/dashboard/programs/{}{PAGE}", self.shell.program.id)
    }

    fn public_page(&self) -> String {
        format!("/network/{}", self.known.row.handle)
    }

    fn rhythm(&self) -> &'static str {
        match self.known.offer.payout_rhythm.as_str() {
            "Weekly" => "Weekly",
            "Monthly" => "Monthly",
            _ => "Without a schedule",
        }
    }

    /// The figures as the public page shows them.
    fn figures(&self) -> Vec<(String, String)> {
        super::page::figures(Texts::default(), &self.known.row)
            .into_iter()
            .map(|figure| (figure.name, figure.band))
            .collect()
    }
}
