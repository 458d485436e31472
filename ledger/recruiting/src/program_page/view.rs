//! The view model of the program page.

use shared::{
    id::ProgramId,
    money::{Currency, Money},
};

use super::{
    answer::{self, ADDRESS},
    block::Blocks,
    calculator::Calculator,
    country::{self, Listed},
    field::{ALIAS, EMAIL, Field, Kind, NAME},
    offer, recruiter,
    store::{self, Logo, Row},
    terms::Terms,
};
use engine::api::store::{self as api_store, Filter};
use identity::{account::magic_store::Known, organization::time_zone};
use kit::{
    api::view::Program,
    db::TenantTx,
    error::{Error, Result},
    form::{Fields, Problems},
    page::color,
    state::AppState,
    text::Texts,
};
use programs::{
    discount::{store as discounts, words},
    program::offer::{components, sentences},
    sub_affiliate::store as sub_affiliates,
};
use rules::commission::plan::Component;

/// Everything that a program page shows.
#[derive(Debug)]
pub struct Offer {
    /// The visitor's language. What the brand wrote stays as it is.
    pub t: Texts,
    pub brand: String,
    pub program: Program,
    pub row: Row,
    pub color: Option<String>,
    pub logo: Option<Logo>,
    pub lines: Vec<String>,
    /// What customers save with an affiliate's code, if the program has a discount.
    pub discount: Option<String>,
    pub credit: [String; 3],
    /// The plan that the offer is about.
    components: Vec<Component>,
    /// The currency of the calculator's example: the plan's, or else the organization's.
    pub currency: Currency,
    /// `None` if sales earn nothing.
    pub calculator: Option<Calculator>,
    /// `None` if the program has no terms to accept.
    pub terms: Option<Terms>,
    /// Whether the program pays affiliates for those whom they recruit.
    pub pays_recruiters: bool,
}

/// # Errors
/// 404 if the program has no page or is archived.
pub async fn load(tx: &mut TenantTx, state: &AppState, program: ProgramId, t: Texts) -> Result<Offer> {
    let row = store::read(tx, program).await?.ok_or_else(Error::not_found)?;
    of_row(tx, state, (program, row), t).await
}

/// Loads what a page with these settings shows.
///
/// # Errors
/// 404 if the program is archived.
pub async fn of_row(tx: &mut TenantTx, state: &AppState, (program, row): (ProgramId, Row), t: Texts) -> Result<Offer> {
    let now = state.clock.now();
    let filter = Filter { id: Some(program.uuid()), limit: 1, ..Filter::default() };
    let found = api_store::programs(tx, &filter, now).await?.pop().ok_or_else(Error::not_found)?;
    if found.archived_at.is_some() {
        return Err(Error::not_found());
    }
    let brand = store::brand(tx).await?.ok_or_else(Error::not_found)?;
    let components = components(tx, program, now).await?;
    let zone = time_zone::of(tx).await?;
    let discount = discounts::current(tx, program).await?.filter(|discount| discount.is_open(now));
    let discount = discount.map(|discount| words::of(t, discount.terms, &zone));
    let currency = offer::currency(&components, brand.currency.as_deref());
    Ok(Offer {
        t,
        calculator: Calculator::of(&components, Money::new(row.blocks.price, currency), t)?,
        currency,
        color: row.color.clone().or(brand.color),
        brand: brand.name,
        logo: store::shown_logo(tx, program).await?,
        lines: sentences(&components, t),
        discount,
        components,
        credit: offer::credit(&found, t),
        terms: store::terms(tx, program).await?.filter(|terms| !terms.body.is_empty()),
        pays_recruiters: sub_affiliates::last_terms(tx, program)
            .await?
            .is_some_and(|terms| terms.enabled && terms.percent_ppm > 0),
        program: found,
        row,
    })
}

/// Returns the URL of a page's style sheet, which changes with the color, so that browsers can cache it.
pub fn sheet_url(handle: &str, color: Option<&str>) -> String {
    format!("/p/{handle}/style.css?v={}", color.unwrap_or(color::USUAL).trim_start_matches('#'))
}

impl Offer {
    /// Shows other blocks than the saved ones.
    ///
    /// # Errors
    /// 500 if the calculator's commissions exceed 64 bits.
    pub fn set_blocks(&mut self, blocks: Blocks) -> Result<()> {
        self.calculator = Calculator::of(&self.components, Money::new(blocks.price, self.currency), self.t)?;
        self.row.blocks = blocks;
        Ok(())
    }

    pub fn title(&self) -> String {
        if self.row.headline.is_empty() {
            self.t.say("program-headline").with("brand", &self.brand).to_string()
        } else {
            self.row.headline.clone()
        }
    }

    /// Returns a one-line description for search engines and link previews.
    pub fn description(&self) -> String {
        let text = if self.row.introduction.is_empty() {
            let text = self.t.say("program-description").with("program", &self.program.name);
            text.with("brand", &self.brand).with("offer", self.lines.join(". ")).to_string()
        } else {
            self.row.introduction.clone()
        };
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= 200 { line } else { line.chars().take(199).chain(['…']).collect() }
    }

    pub fn introduction(&self) -> impl Iterator<Item = &str> {
        self.row.introduction.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
    }

    /// As [`sheet_url`] says.
    pub fn sheet(&self) -> String {
        sheet_url(&self.row.handle, self.color.as_deref())
    }

    pub fn logo_url(&self) -> Option<String> {
        let logo = self.logo.as_ref()?;
        Some(format!("/p/{}/logo?v={}", self.row.handle, logo.updated_at.millis()))
    }

    /// Returns 0 if the program has no terms.
    pub fn terms_version(&self) -> i32 {
        self.terms.as_ref().map_or(0, |terms| terms.version)
    }

    pub fn terms_since(&self) -> String {
        self.terms.as_ref().map_or_else(String::new, |terms| self.t.date(terms.since))
    }
}

/// The form, with what was typed and the mistakes.
#[derive(Debug)]
pub struct Form {
    pub t: Texts,
    pub questions: Vec<Question>,
    /// The form's token; empty until the page sets a fresh one.
    pub shown: String,
    pub terms_ticked: bool,
    pub terms_problem: Option<String>,
    /// An error that belongs to no question.
    pub problem: Option<String>,
    /// The number of mistakes.
    pub mistakes: usize,
    /// The email of an affiliate who is signed in to any brand's portal, whose name and email are filled in.
    pub known_as: Option<String>,
    /// Who referred the applicant to the program, by name or slug.
    pub recruiter: String,
    pub shows_name: bool,
}

/// A question on the form.
#[derive(Debug)]
pub struct Question {
    pub t: Texts,
    pub field: Field,
    /// The field's label and hint as the visitor reads them.
    pub label: String,
    pub hint: String,
    /// The input's id and name.
    pub name: String,
    given: Fields,
    mistakes: Problems,
}

impl Form {
    pub fn of(offer: &Offer, given: &Fields, mistakes: &Problems, shown: Option<String>) -> Self {
        let t = offer.t;
        let questions = offer.row.fields.iter().map(|one| {
            let name = answer::input(&one.key);
            let own = |key: &str| key.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
            let given = given.pairs().iter().filter(|(key, _)| own(key));
            let (label, hint) = one.in_language(t);
            let (given, mistakes) = (given.cloned().collect(), mistakes.clone());
            Question { t, field: one.clone(), label, hint, name, given, mistakes }
        });
        Self {
            t,
            questions: questions.collect(),
            mistakes: mistakes.pairs().len(),
            shown: shown.unwrap_or_default(),
            terms_ticked: given.is_ticked("terms"),
            terms_problem: None,
            problem: None,
            known_as: None,
            recruiter: given.text(recruiter::FIELD).to_owned(),
            shows_name: given.is_ticked(recruiter::SHOWS_NAME),
        }
    }

    pub fn blank(offer: &Offer) -> Self {
        Self::of(offer, &Fields::default(), &Problems::default(), None)
    }

    /// Creates a form for a signed-in affiliate, with their name and email filled in.
    pub fn known(offer: &Offer, person: Known) -> Self {
        let given = [(answer::input(EMAIL), person.email.clone()), (answer::input(NAME), person.name)];
        let given = given.into_iter().collect();
        Self { known_as: Some(person.email), ..Self::of(offer, &given, &Problems::default(), None) }
    }

    pub fn countries(&self) -> &'static [Listed] {
        country::listed(self.t)
    }

    pub fn callable(&self) -> impl Iterator<Item = &'static Listed> {
        self.countries().iter().filter(|listed| !listed.country.dial.is_empty())
    }

    /// Returns the parts of an address with their labels as the visitor reads them.
    pub fn parts(&self) -> [(&'static str, String, &'static str, bool); 5] {
        ADDRESS.map(|(part, _, complete, must)| {
            let label = self.t.say("program-form-address").with("part", part);
            (part, label.to_string(), complete, must)
        })
    }
}

impl Question {
    pub fn is(&self, kind: &str) -> bool {
        self.field.kind.name() == kind
    }

    /// Returns what was typed.
    pub fn value(&self) -> &str {
        self.given.raw(&self.name)
    }

    /// Returns what was typed into one of its parts.
    pub fn part(&self, part: &str) -> &str {
        self.given.raw(&format!("{}_{part}", self.name))
    }

    pub fn ticked(&self, index: &usize) -> bool {
        self.part(&index.to_string()) == "yes"
    }

    pub fn problem(&self) -> Option<&str> {
        self.mistakes.of(&self.field.key)
    }

    pub fn problem_of(&self, part: &str) -> Option<&str> {
        self.mistakes.of(&format!("{}.{part}", self.field.key))
    }

    /// Returns the input type for a one-line answer.
    pub fn input(&self) -> &'static str {
        match self.field.kind {
            Kind::Email => "email",
            Kind::Date => "date",
            _ => "text",
        }
    }

    pub fn mode(&self) -> &'static str {
        match self.field.kind {
            Kind::Number => "decimal",
            Kind::Url => "url",
            Kind::Email => "email",
            _ => "text",
        }
    }

    /// Returns the value of the `autocomplete` attribute.
    pub fn complete(&self) -> &'static str {
        match self.field.key.as_str() {
            EMAIL => "email",
            NAME => "name",
            ALIAS => "off",
            _ if self.field.kind == Kind::Url => "url",
            _ => "on",
        }
    }
}
