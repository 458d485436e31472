//! Draws a QR code on the server, as one SVG path or as a picture, because the pages run no scripts and load nothing from
//! elsewhere.

use std::fmt::Write as _;

use kit::page::png;
use qrcode::{Color, QrCode};

/// The white modules that a reader needs around the code (the quiet zone).
const QUIET: usize = 4;
/// The pixels per side of a picture.
const SIDE: u16 = 1_024;

#[derive(Debug)]
pub struct Qr {
    /// The number of modules per side, including the quiet zone.
    pub side: usize,
    /// One square for each dark module.
    pub path: String,
}

/// Returns `None` if the text is too long for a QR code.
pub fn draw(text: &str) -> Option<Qr> {
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a `String` can't fail.
            let _ = write!(path, "M{} {}h1v1h-1z", place % width + QUIET, place / width + QUIET);
        }
    }
    Some(Qr { side: width + 2 * QUIET, path })
}

/// Returns a PNG picture; `None` if the text is too long for a QR code. Every module has the same number of pixels, so that
/// the edges are sharp; what is left over widens the quiet zone.
pub fn picture(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(text).ok()?;
    let (width, colors, side) = (code.width(), code.to_colors(), usize::from(SIDE));
    let scale = side / (width + 2 * QUIET);
    let margin = (side - width * scale) / 2;
    let module = |pixel: usize| Some(pixel.checked_sub(margin)? / scale).filter(|module| *module < width);
    let is_dark = |pixel: usize| {
        let place = module(pixel % side).zip(module(pixel / side)).map(|(x, y)| y * width + x);
        place.and_then(|place| colors.get(place)) == Some(&Color::Dark)
    };
    let pixels: Vec<u8> = (0..side * side).map(|pixel| u8::from(is_dark(pixel))).collect();
    png::encode(SIDE.into(), &[[255; 3], [0; 3]], &pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_usual_size() {
        for text in ["https://go.acme.test/lauren", &"x".repeat(2_000)] {
            let picture = picture(text).unwrap();
            assert_eq!(picture[16..24], [0, 0, 4, 0, 0, 0, 4, 0]);
        }
        assert!(picture(&"x".repeat(5_000)).is_none());
    }

    #[test]
    fn a_code_has_its_three_corners() {
        let qr =
            draw("otpauth://totp/Rekomi:a%40b.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rekomi").unwrap();
        let far = qr.side - QUIET - 1;
        for corner in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            assert!(qr.path.contains(&format!("M{} {}h1", corner.0, corner.1)), "{corner:?}");
        }
        assert!(draw(&"x".repeat(5_000)).is_none());
    }
}
