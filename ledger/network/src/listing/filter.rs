//! What a visitor looks for: the text, the choices of each facet, the order, and the page. An address with something
//! unknown in it shows everything else, as links from outside may be old. Pure.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kit::page::{address::Address, language::PageLanguage};
use recruiting::program_page::country;
use rules::network::{Earning, Topic};
use url::form_urlencoded;
use uuid::Uuid;

use super::{public_store::After, query::Search};
use crate::words;

pub(super) const PATH: &str = "/network";

#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    pub search: Search,
    pub topic: Option<Topic>,
    pub country: Option<&'static str>,
    pub language: Option<String>,
    pub earning: Option<Earning>,
    /// Whether the newest come first even if a text is searched for.
    pub newest: bool,
    pub after: Option<After>,
}

impl Filter {
    pub(super) fn read(query: &str) -> Self {
        let mut filter = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "q" => filter.search = Search::of(&value),
                "topic" => filter.topic = Topic::parse(&value),
                "country" => filter.country = country::named(&value).map(|country| country.code),
                "language" => filter.language = words::language(&value).map(str::to_owned),
                "earning" => filter.earning = Earning::parse(&value),
                "sort" => filter.newest = value == "newest",
                "after" => filter.after = After::read(&value),
                _ => {}
            }
        }
        filter
    }

    /// The address of these results, from their first page.
    pub(super) fn address(&self, language: PageLanguage) -> Address {
        let address = Address::new(PATH)
            .with("q", &self.search.text)
            .maybe("topic", self.topic.map(Topic::as_str))
            .maybe("country", self.country)
            .maybe("language", self.language.as_deref())
            .maybe("earning", self.earning.map(Earning::as_str))
            .maybe("sort", self.newest.then_some("newest"));
        language.keep(address)
    }

    /// Whether anything is chosen, so that the page is one of very many views of the same programs.
    pub(super) fn is_narrow(&self) -> bool {
        let Self { search, topic, country, language, earning, newest, after } = self;
        !search.text.is_empty()
            || topic.is_some()
            || country.is_some()
            || language.is_some()
            || earning.is_some()
            || *newest
            || after.is_some()
    }
}

impl After {
    pub(super) fn write(self) -> String {
        let bytes = [&self.rank.to_be_bytes()[..], self.program.as_bytes()].concat();
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (rank, program) = bytes.split_first_chunk::<8>()?;
        Some(Self { rank: i64::from_be_bytes(*rank), program: Uuid::from_slice(program).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use kit::text::Language;

    use super::*;

    #[test]
    fn an_address_keeps_what_is_chosen() {
        let filter = Filter::read("q=email+tools&topic=Marketing&country=DE&language=de&earning=Share&sort=newest&x=1");
        assert!(filter.is_narrow());
        let address = filter.address(PageLanguage::of(Language::De)).to_string();
        let expected =
            "/network?q=email+tools&topic=Marketing&country=DE&language=de&earning=Share&sort=newest&lang=de";
        assert_eq!(address, expected);
    }

    #[test]
    fn something_unknown_is_nothing() {
        for query in ["", "topic=Nonsense", "country=XX", "language=tlh", "earning=Gold", "sort=best", "after=%00", "a"]
        {
            assert!(!Filter::read(query).is_narrow(), "{query}");
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let after = After { rank: -7, program: Uuid::from_u128(9) };
        assert_eq!(After::read(&after.write()), Some(after));
        assert_eq!(After::read("AAAA"), None);
    }
}
