//! Draws a QR code as one SVG path on the server, because the pages run no scripts and load nothing from elsewhere.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};

/// The white modules that a reader needs around the code (the quiet zone).
const QUIET: usize = 4;

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

#[cfg(test)]
mod tests {
    use super::*;

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
