//! The filters of a list, whose state is the URL: a search, choices behind one button, and a pill for each that is on.

use super::address::Address;

/// What isn't among more choices than these may exist all the same: longer lists of choices end somewhere.
const CHOICES_MAX: usize = 200;

/// What a list can be filtered by, for `ui/filter.html`.
#[derive(Debug, Clone)]
pub struct Facet {
    /// The URL's parameter.
    pub name: &'static str,
    /// What people call it, such as `Program`.
    pub label: &'static str,
    /// Values and texts of a select, beginning with the one for all; empty for a field to type in.
    pub options: Vec<(String, String)>,
    /// An example of what can be typed.
    pub hint: &'static str,
    /// Whether the field offers affiliates while someone types.
    pub offers: bool,
    /// Whether it is a day, such as `2026-11-22`.
    pub is_day: bool,
    /// As in the URL; empty if the list isn't filtered by it.
    pub value: String,
    /// The value as people read it.
    pub shown: String,
}

impl Facet {
    /// A choice among a few.
    pub fn choice(
        name: &'static str,
        label: &'static str,
        options: Vec<(String, String)>,
        value: Option<impl ToString>,
    ) -> Self {
        let value = value.map(|value| value.to_string()).unwrap_or_default();
        let text = options.iter().find(|(known, _)| *known == value).map(|(_, text)| text.clone());
        let shown = text.unwrap_or_else(|| value.clone());
        Self { name, label, options, hint: "", offers: false, is_day: false, value, shown }
    }

    /// A field for an affiliate; `shown` is whom the typed text names.
    pub fn typed(name: &'static str, label: &'static str, hint: &'static str, value: &str, shown: &str) -> Self {
        Self { offers: true, ..Self::written(name, label, hint, value, shown) }
    }

    /// A field to type in; `shown` is what the typed text names.
    pub fn written(name: &'static str, label: &'static str, hint: &'static str, value: &str, shown: &str) -> Self {
        let (value, shown) = (value.to_owned(), shown.to_owned());
        Self { name, label, options: Vec::new(), hint, offers: false, is_day: false, value, shown }
    }

    /// A day, as in the URL and as people read it.
    pub fn day(name: &'static str, label: &'static str, value: &str, shown: &str) -> Self {
        Self { is_day: true, ..Self::written(name, label, "", value, shown) }
    }

    pub fn is_on(&self) -> bool {
        !self.value.is_empty()
    }

    /// Whether it is a choice that isn't offered, such as a program that was deleted since, so that nothing matches it.
    pub fn is_missing(&self) -> bool {
        let is_offered = self.options.iter().any(|(value, _)| *value == self.value);
        self.is_on() && !is_offered && (1..=CHOICES_MAX).contains(&self.options.len())
    }
}

/// A filter that is on, and the list without it.
#[derive(Debug, PartialEq, Eq)]
pub struct Pill<'a> {
    pub label: &'a str,
    pub shown: &'a str,
    pub href: String,
}

/// The bar of filters above a list.
#[derive(Debug, Clone)]
pub struct FilterBar {
    /// What the search looks for, and the text searched for.
    pub search: Option<(&'static str, String)>,
    pub facets: Vec<Facet>,
    /// The list's first page with all filters.
    here: Address,
}

impl FilterBar {
    pub fn new(here: Address) -> Self {
        Self { search: None, facets: Vec::new(), here }
    }

    #[must_use]
    pub fn searching(self, what: &'static str, text: Option<&str>) -> Self {
        Self { search: Some((what, text.unwrap_or_default().to_owned())), ..self }
    }

    #[must_use]
    pub fn with(mut self, facet: Facet) -> Self {
        self.facets.push(facet);
        self
    }

    pub fn path(&self) -> &str {
        self.here.path()
    }

    /// How many of the choices are made.
    pub fn chosen(&self) -> usize {
        self.facets.iter().filter(|facet| facet.is_on()).count()
    }

    pub fn is_on(&self) -> bool {
        self.chosen() > 0 || self.search.as_ref().is_some_and(|(_, text)| !text.is_empty())
    }

    pub fn pills(&self) -> Vec<Pill<'_>> {
        let on = self.facets.iter().filter(|facet| facet.is_on());
        on.map(|facet| {
            let href = self.here.clone().without(facet.name).to_string();
            Pill { label: facet.label, shown: &facet.shown, href }
        })
        .collect()
    }

    /// The filters that name what doesn't exist.
    pub fn missing(&self) -> impl Iterator<Item = &Facet> {
        self.facets.iter().filter(|facet| facet.is_missing())
    }

    /// The list without any filter, in the same period and order.
    pub fn cleared(&self) -> String {
        let here = self.facets.iter().fold(self.here.clone(), |here, facet| here.without(facet.name));
        here.without("q").to_string()
    }

    /// The hidden fields of the form with the choices.
    pub fn beside_choices(&self) -> Vec<(&str, &str)> {
        self.here.pairs().filter(|(name, _)| !self.facets.iter().any(|facet| facet.name == *name)).collect()
    }

    /// The hidden fields of the search's form.
    pub fn beside_search(&self) -> Vec<(&str, &str)> {
        self.here.pairs().filter(|(name, _)| *name != "q").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar() -> FilterBar {
        let here =
            Address::new("/list").with("sort", "-sales").with("program", 7).with("affiliate", "mia").with("q", "x");
        let options = vec![(String::new(), "All programs".to_owned()), ("7".to_owned(), "Summer".to_owned())];
        FilterBar::new(here)
            .searching("Name", Some("x"))
            .with(Facet::choice("program", "Program", options, Some(7)))
            .with(Facet::choice("status", "Status", Vec::new(), None::<&str>))
            .with(Facet::typed("affiliate", "Affiliate", "", "mia", "Mia Sato"))
    }

    #[test]
    fn a_pill_leads_to_the_list_without_it() {
        let bar = bar();
        let pills = bar.pills();
        assert_eq!(bar.chosen(), 2);
        assert_eq!((pills[0].label, pills[0].shown), ("Program", "Summer"));
        assert_eq!(pills[0].href, "/list?sort=-sales&affiliate=mia&q=x");
        assert_eq!((pills[1].shown, pills[1].href.as_str()), ("Mia Sato", "/list?sort=-sales&program=7&q=x"));
        assert_eq!(bar.cleared(), "/list?sort=-sales");
    }

    #[test]
    fn what_no_choice_names_is_missing() {
        let program = |value: &str, options: usize| {
            let options = (0..options).map(|number| (number.to_string(), format!("Program {number}"))).collect();
            FilterBar::new(Address::new("/list")).with(Facet::choice("program", "Program", options, Some(value)))
        };
        let labels = |bar: &FilterBar| bar.missing().map(|facet| facet.label).collect::<Vec<_>>();
        assert_eq!(labels(&program("7", 3)), ["Program"]);
        for (value, options) in [("2", 3), ("", 3), ("7", 0), ("x", CHOICES_MAX + 1)] {
            assert!(labels(&program(value, options)).is_empty(), "{value}");
        }
        assert!(labels(&bar()).is_empty(), "a typed name is looked up by its list");
    }

    #[test]
    fn a_form_keeps_what_it_has_no_field_for() {
        let bar = bar();
        assert_eq!(bar.beside_choices(), [("sort", "-sales"), ("q", "x")]);
        assert_eq!(bar.beside_search(), [("sort", "-sales"), ("program", "7"), ("affiliate", "mia")]);
        assert!(bar.is_on() && !FilterBar::new(Address::new("/list")).searching("Name", None).is_on());
    }
}
