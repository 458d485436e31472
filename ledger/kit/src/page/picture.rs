//! Checks whether bytes are a picture that may appear on a brand's pages, such as its logo: PNG, JPEG or WebP by its
//! content, within limits of file size and dimensions. Nothing is decoded; file names and metadata are ignored. Also
//! serves such pictures.

use axum::{
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};

use crate::error::Error;

/// The maximum size of a form with a picture.
pub const FORM_MAX: usize = BYTES_MAX + 16 * 1024;
pub const BYTES_MAX: usize = 256 * 1024;
const SIDE_MAX: u32 = 4_096;

/// A picture with its kind and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    pub content_type: &'static str,
    pub width: i32,
    pub height: i32,
}

/// Serves a stored picture, whose URL changes with its content.
///
/// # Errors
/// If the content type isn't valid in a header, which never happens with ours.
pub fn answer((kind, bytes): (String, Vec<u8>)) -> crate::error::Result<Response> {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_str(&kind).map_err(|error| Error::internal(error))?),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((headers, bytes).into_response())
}

/// Says why a form's file, larger than the form may be, was rejected.
pub const TOO_LARGE: &str = "The image is larger than 256 KB. Upload a smaller one, for example 400 pixels wide.";

/// # Errors
/// The reason the picture is rejected, as a message for the person who chose it.
pub fn check(bytes: &[u8]) -> Result<Picture, &'static str> {
    if bytes.is_empty() {
        return Err("Choose an image.");
    }
    if bytes.len() > BYTES_MAX {
        return Err(TOO_LARGE);
    }
    let (content_type, size) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", png(bytes))
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", jpeg(bytes))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        ("image/webp", webp(bytes))
    } else {
        return Err("Upload a PNG, JPEG or WebP image.");
    };
    let side = |side: u32| i32::try_from(side).ok().filter(|_| (1..=SIDE_MAX).contains(&side));
    let (width, height) = size.ok_or("The image is incomplete or damaged. Upload another one.")?;
    match (side(width), side(height)) {
        (Some(width), Some(height)) => Ok(Picture { content_type, width, height }),
        _ => Err("The image can be at most 4096 pixels wide and high."),
    }
}

fn big(bytes: &[u8], from: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?))
}

fn short(bytes: &[u8], from: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(bytes.get(from..from + 2)?.try_into().ok()?)))
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    Some((big(bytes, 16)?, big(bytes, 20)?))
}

/// Returns the dimensions in the first frame header among the segments.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        match kind {
            0xff => at += 1,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((short(bytes, at + 7)?, short(bytes, at + 5)?));
            }
            0xd8 | 0x01 => at += 2,
            0xda | 0xd9 => return None,
            _ => at += 2 + usize::try_from(short(bytes, at + 2)?).ok()?,
        }
    }
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let little = |from: usize, count: usize| {
        let part = bytes.get(from..from + count)?;
        Some(part.iter().rev().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte)))
    };
    match bytes.get(12..16)? {
        b"VP8X" => Some((little(24, 3)? + 1, little(27, 3)? + 1)),
        b"VP8 " => Some((little(26, 2)? & 0x3fff, little(28, 2)? & 0x3fff)),
        b"VP8L" => {
            let bits = little(21, 4)?;
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_png(width: u32, height: u32) -> Vec<u8> {
        let head = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], &width.to_be_bytes(), &height.to_be_bytes()].concat();
        [&head[..], &[8, 6, 0, 0, 0, 0, 0, 0, 0]].concat()
    }

    #[test]
    fn pictures_are_known_by_their_content() {
        let taken = |content_type, width, height| Ok(Picture { content_type, width, height });
        assert_eq!(check(&of_png(400, 100)), taken("image/png", 400, 100));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04JF\xff\xc0\0\x11\x08\0\x64\x01\x90\x03";
        assert_eq!(check(jpeg), taken("image/jpeg", 400, 100));
        let webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x8f\x01\0\x63\0\0";
        assert_eq!(check(webp), taken("image/webp", 400, 100));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x90\x01\x64\0";
        assert_eq!(check(lossy), taken("image/webp", 400, 100));
        for bad in
            [&b""[..], b"<svg onload=alert(1)>", b"GIF89a", b"\x89PNG\r\n\x1a\n", &of_png(0, 1), &of_png(5_000, 1)]
        {
            assert!(check(bad).is_err());
        }
        assert!(check(&[of_png(1, 1), vec![0; BYTES_MAX]].concat()).is_err());
    }

    proptest! {
        #[test]
        fn whatever_it_is_is_answered(head in 0..4_usize, rest in proptest::collection::vec(any::<u8>(), 0..200)) {
            let heads: [&[u8]; 4] = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8L", b"RIFF\0\0\0\0WEBPVP8X"];
            let _ = check(&[heads[head], &rest].concat());
        }
    }
}
