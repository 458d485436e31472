//! The columns of an import as the organization's model suggests them, in the ordinary form.

use shared::id::ImportId;

use super::{
    date::Order,
    detail::{self, ImportPage},
    field::{Field, Mapping},
    sale_page,
    suggest::Open,
};
use identity::{
    access::{member::Member, session::Session},
    suggestion::Suggestions,
};
use kit::{
    api::query::Query,
    error::{Error, Result},
    form::Fields,
    state::AppState,
};

impl ImportPage {
    /// Shows columns as chosen in the form, and what these lack, without saving them.
    pub(super) fn choose(&mut self, form: &Fields, mapping: &Mapping) {
        for field in &mut self.fields {
            let column = field.id.strip_prefix("map-").and_then(|name| mapping.get(name)).copied();
            field.chosen = column.map(|column| column.to_string()).unwrap_or_default();
            field.samples = detail::samples_of(column, &self.samples);
        }
        self.missing = self.kind.missing(mapping).filter(|_| self.is_mapping).map(str::to_owned);
        self.terms = sale_page::known_terms(form).unwrap_or(self.terms);
        if let Some(typed) = form.sent("currency") {
            typed.clone_into(&mut self.default_currency);
        }
        self.dates = Order::parse(form.raw("dateOrder")).map_or(self.dates, Order::as_str);
    }
}

/// Shows the columns that the organization's model found for what our own names leave open. Nothing is saved.
pub(super) async fn load(
    (state, suggestions): (&AppState, &Suggestions),
    (session, member): (&Session, &Member),
    id: ImportId,
    form: &Fields,
) -> Result<ImportPage> {
    let model = suggestions.connected(state, member).await?;
    let mut page = detail::load(state, session, member.organization, id, Query::parse("")?).await?;
    if !(page.is_mapping || page.is_checked) {
        return Err(Error::not_found());
    }
    let mut chosen = detail::mapping(form);
    let words = match Open::of(page.kind, &page.head, &chosen) {
        None => Err("Each column or each field has its place already.".to_owned()),
        Some(open) => {
            let sheet = open.sheet(page.kind, &page.head, &page.samples);
            model.fill(&sheet, |filled| open.found(filled)).await?
        }
    };
    page.suggested = Some(match words {
        Ok(found) if found.is_empty() => "Your model found no other columns.".to_owned(),
        Ok(found) => {
            let titles = found.keys().filter_map(|name| Field::parse(name)).map(Field::title).collect::<Vec<_>>();
            chosen.extend(found);
            format!("Suggested by your model: {}. Check them before you continue.", titles.join(", "))
        }
        Err(words) => words,
    });
    page.choose(form, &chosen);
    Ok(page)
}
