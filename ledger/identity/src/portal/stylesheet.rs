//! `/assets/brand/{color}.css`: serves a brand's color as a style sheet, because pages contain no inline styles. Its
//! content depends only on its URL, so browsers can cache it.

use axum::{
    extract::Path,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};

use kit::{
    error::Error,
    page::{
        PageError,
        color::{self, Rgb},
    },
};

/// Returns the URL for a color such as `#0f6b5c`.
pub fn url(color: &str) -> Option<String> {
    Rgb::read(color)?;
    Some(format!("/assets/brand/{}.css", color.strip_prefix('#')?))
}

/// `GET /assets/brand/{name}`.
///
/// # Errors
/// 404 for an invalid color.
pub async fn serve(Path(name): Path<String>) -> Result<Response, PageError> {
    let digits = name.strip_suffix(".css").ok_or_else(Error::not_found)?;
    let color = format!("#{digits}");
    Rgb::read(&color).ok_or_else(Error::not_found)?;
    let mut response = color::sheet(Some(&color)).into_response();
    for (header, value) in [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=86400"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_color_has_a_sheet() {
        assert_eq!(url("#0f6b5c").as_deref(), Some("/assets/brand/0f6b5c.css"));
        for bad in ["0f6b5c", "#fff", "#0f6b5c;x", "#../../x"] {
            assert_eq!(url(bad), None, "{bad}");
        }
    }
}
