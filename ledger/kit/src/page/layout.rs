//! What all pages have around them, whatever they show: `layout.html` writes it by these functions. As a part of that template,
//! it would be compiled again with each of the pages.

use askama::Template;

use super::{assets, flash::Flash, request};

/// The colors that a browser gives its own bars and fields.
#[derive(Debug, Template)]
#[template(path = "layout_colors.html")]
pub struct Colors;

/// The icon, font, style sheet and script of every page.
#[derive(Debug, Template)]
#[template(path = "layout_links.html")]
pub struct Links;

/// The message of the action that led here, if there is one.
#[derive(Debug, Template)]
#[template(path = "layout_toast.html")]
pub struct Toast {
    flash: Option<Flash>,
}

pub const fn colors() -> Colors {
    Colors
}

pub const fn links() -> Links {
    Links
}

pub fn toast() -> Toast {
    Toast { flash: request::flash() }
}
