//! `GET /l/{handle}/{slug}`: the page for everybody, in the affiliate's language.

use axum::{
    extract::{Path, State},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use shared::config::{is_reserved, is_slug};

use super::store::{self, Choice};
use crate::program_page;
use kit::{
    error::Error,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use programs::link::read::link_scheme;

#[derive(Debug, askama::Template)]
#[template(path = "bio_page.html")]
struct BioPage {
    t: Texts,
    /// The URL of the style sheet.
    sheet: String,
    brand: String,
    name: String,
    slug: String,
    introduction: String,
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    /// The site and path that a link leads to, or a coupon's code.
    title: String,
    /// `None` for a coupon.
    href: Option<String>,
    program: String,
}

/// # Errors
/// 404 without a page, for whatever reason; 503 if the database is unavailable.
pub async fn page(
    State(state): State<AppState>,
    Path((handle, slug)): Path<(String, String)>,
) -> Result<Response, PageError> {
    if !is_slug(&slug) || is_reserved(&slug) {
        return Err(Error::not_found().into());
    }
    let (mut tx, program) = program_page::show::open(&state, &handle).await?;
    let owner = store::owner(&mut tx, &slug).await?.ok_or_else(Error::not_found)?;
    let page = store::read(&mut tx, owner.id).await?.filter(|page| page.is_on).ok_or_else(Error::not_found)?;
    let choices = store::choices(&mut tx, owner.id).await?;
    let brand = program_page::store::brand(&mut tx).await?.ok_or_else(Error::not_found)?;
    let color = program_page::store::read(&mut tx, program).await?.and_then(|row| row.color).or(brand.color);
    tx.commit().await?;
    let scheme = link_scheme(&state.config);
    let chosen = page.items.iter().filter_map(|id| choices.iter().find(|choice| choice.id == *id));
    let page = BioPage {
        t: Texts::new(owner.language.unwrap_or_default()),
        items: chosen.map(|choice| Item::of(choice, scheme)).collect(),
        sheet: program_page::view::sheet_url(&handle, color.as_deref()),
        brand: brand.name,
        name: owner.name,
        slug: owner.slug,
        introduction: page.introduction,
    };
    Ok(([(CACHE_CONTROL, "public, max-age=60")], Html(page)).into_response())
}

impl Item {
    fn of(choice: &Choice, scheme: &str) -> Self {
        if choice.is_code {
            return Self { title: choice.text.clone(), href: None, program: choice.about.clone() };
        }
        let title = choice.about.split_once("://").map_or(choice.about.as_str(), |(_, rest)| rest);
        let title = title.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
        Self { title, href: Some(format!("{scheme}://{}", choice.text)), program: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_called_by_the_page_it_leads_to() {
        let choice = |about: &str, is_code| Choice {
            id: uuid::Uuid::nil(),
            text: "go.acme.test/lu".to_owned(),
            about: about.to_owned(),
            is_code,
        };
        let link = Item::of(&choice("https://acme.test/hats/?x=1#a", false), "https");
        assert_eq!((link.title.as_str(), link.href.as_deref()), ("acme.test/hats", Some("https://go.acme.test/lu")));
        let coupon = Item::of(&choice("Partners", true), "https");
        assert_eq!(
            (coupon.title.as_str(), coupon.href, coupon.program.as_str()),
            ("go.acme.test/lu", None, "Partners")
        );
    }
}
