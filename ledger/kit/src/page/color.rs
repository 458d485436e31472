//! Adjusts a brand's color, as little as needed for readable text in it and on it, on light and dark backgrounds
//! (WCAG 2.2, 1.4.3). Pure.

use std::fmt;

/// Our own color.
pub const USUAL: &str = "#0f6b5c";
/// The backgrounds of text in the brand's color, from `assets/css/tokens.css`; the papers are those closest to the text
/// in brightness.
const LIGHT_PAPER: Rgb = Rgb([0xf6, 0xf7, 0xf6]);
const DARK_PAPER: Rgb = Rgb([0x18, 0x21, 0x1e]);
const DARK: Rgb = Rgb([0x10, 0x16, 0x14]);
const WHITE: Rgb = Rgb([0xff, 0xff, 0xff]);
const BLACK: Rgb = Rgb([0x0b, 0x10, 0x0e]);
const PORTAL_BLACK: Rgb = Rgb([0x0b, 0x0f, 0x0e]);
/// The contrast for text of any size.
const READABLE: f64 = 4.5;
/// The steps between two colors, rounded down.
const SIXTY_FOURTHS: Scale = Scale { steps: 64, rounding: 0 };
/// The steps between two colors, rounded to the nearest.
const HUNDREDTHS: Scale = Scale { steps: 100, rounding: 50 };

#[derive(Debug, Clone, Copy)]
struct Scale {
    steps: u32,
    /// What is added before the division.
    rounding: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb([u8; 3]);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Rgb {
    /// Parses `#rrggbb`, in lower case.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let plain = digits.len() == 6 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        plain.then_some(Self([red, green, blue]))
    }

    /// Relative luminance.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let Self([red, green, blue]) = self;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// The color `part` steps of the way to another color.
    fn mixed(self, other: Self, part: u32, Scale { steps, rounding }: Scale) -> Self {
        let mix = |from: u8, to: u8| {
            let mixed = (u32::from(from) * (steps - part) + u32::from(to) * part + rounding) / steps;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Self([mix(a, x), mix(b, y), mix(c, z)])
    }
}

/// A color, and those that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tone {
    pub color: Rgb,
    /// The color of text on it.
    pub ink: Rgb,
    /// The background of a selected item.
    pub fresh: Rgb,
}

/// For light backgrounds, including emails.
pub fn on_light(brand: Option<&str>) -> Tone {
    tone(brand, LIGHT_PAPER, BLACK, WHITE)
}

pub fn on_dark(brand: Option<&str>) -> Tone {
    tone(brand, DARK_PAPER, WHITE, DARK_PAPER)
}

/// Moves the brand's color towards `away` until it is readable on `paper`.
fn tone(brand: Option<&str>, paper: Rgb, away: Rgb, behind: Rgb) -> Tone {
    let brand = brand.and_then(Rgb::read).or_else(|| Rgb::read(USUAL)).unwrap_or(BLACK);
    let color = (0..=SIXTY_FOURTHS.steps)
        .map(|part| brand.mixed(away, part, SIXTY_FOURTHS))
        .find(|color| color.contrast(paper) >= READABLE)
        .unwrap_or(away);
    let on_white = color.contrast(WHITE);
    let ink = if on_white >= READABLE || on_white >= color.contrast(BLACK) { WHITE } else { BLACK };
    Tone { color, ink, fresh: color.mixed(behind, SIXTY_FOURTHS.steps - 7, SIXTY_FOURTHS) }
}

/// Returns the page's own style sheet: our tokens in the brand's color. The page's header is the same in light and dark
/// mode.
pub fn sheet(brand: Option<&str>) -> String {
    let tokens = |Tone { color, ink, fresh }: Tone| format!("--brand:{color};--brand-ink:{ink};--fresh:{fresh}");
    let (light, dark) = (on_light(brand), on_dark(brand));
    let Tone { color, ink, .. } = light;
    let (on_white, on_black) = (tokens(light), tokens(dark));
    format!(
        ":root{{--hero:{color};--hero-ink:{ink};{on_white}}}\n@media (prefers-color-scheme:dark){{:root{{{on_black}}}}}\n"
    )
}

/// For the portal, on light and on dark backgrounds.
pub fn in_portal(color: Rgb) -> (Tone, Tone) {
    let light = adapted(color, [WHITE, LIGHT_PAPER], PORTAL_BLACK, 10);
    (light, adapted(color, [DARK, DARK_PAPER], WHITE, 18))
}

/// Moves the color towards `away` until it is readable on the backgrounds, which include that of a selected item.
fn adapted(color: Rgb, papers: [Rgb; 2], away: Rgb, tint: u32) -> Tone {
    let at = |part: u32| {
        let color = color.mixed(away, part, HUNDREDTHS);
        let ink = if color.contrast(WHITE) >= color.contrast(PORTAL_BLACK) { WHITE } else { PORTAL_BLACK };
        Tone { color, ink, fresh: papers[0].mixed(color, tint, HUNDREDTHS) }
    };
    let readable = |tone: &Tone| {
        let [one, two] = papers;
        [one, two, tone.fresh, tone.ink].into_iter().all(|other| tone.color.contrast(other) >= READABLE)
    };
    (0..=100).step_by(4).map(at).find(readable).unwrap_or_else(|| at(100))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rgb(text: &str) -> Rgb {
        Rgb::read(text).unwrap()
    }

    #[test]
    fn contrast_is_what_wcag_says() {
        assert!((rgb("#ffffff").contrast(rgb("#000000")) - 21.0).abs() < 0.001);
        assert!((rgb("#777777").contrast(rgb("#ffffff")) - 4.478).abs() < 0.001);
    }

    #[test]
    fn only_six_digits_are_a_color() {
        for bad in ["", "red", "#fff", "#0F6B5C", "#0f6b5", "#0f6b5cc", "#12345g", "#é6b5c", "#+12345", "0f6b5c"] {
            assert_eq!(Rgb::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_color_that_can_be_read_stays() {
        assert_eq!(on_light(Some("#0f6b5c")).color, rgb("#0f6b5c"));
        assert_eq!(on_light(None), on_light(Some(USUAL)));
        assert_eq!(on_dark(Some("#4fc3ab")).color, rgb("#4fc3ab"));
    }

    #[test]
    fn a_color_that_can_be_read_stays_in_the_portal() {
        let (light, _) = in_portal(rgb("#0f6b5c"));
        assert_eq!((light.color, light.ink), (rgb("#0f6b5c"), WHITE));
        let (light, dark) = in_portal(rgb("#ffe600"));
        assert_ne!(light.color, rgb("#ffe600"), "yellow words on white");
        assert_eq!(dark.color, rgb("#ffe600"));
    }

    proptest! {
        #[test]
        fn any_color_can_be_read(red: u8, green: u8, blue: u8) {
            let brand = Rgb([red, green, blue]).to_string();
            let (light, dark) = (on_light(Some(&brand)), on_dark(Some(&brand)));
            for (tone, papers) in [(light, [LIGHT_PAPER, WHITE]), (dark, [DARK_PAPER, DARK])] {
                for paper in papers.into_iter().chain([tone.ink]) {
                    prop_assert!(tone.color.contrast(paper) >= READABLE, "{brand}: {tone:?} on {paper}");
                }
            }
        }

        #[test]
        fn any_color_can_be_read_in_the_portal(red: u8, green: u8, blue: u8) {
            let (light, dark) = in_portal(Rgb([red, green, blue]));
            for (tone, papers) in [(light, [WHITE, LIGHT_PAPER]), (dark, [DARK, DARK_PAPER])] {
                for paper in papers.into_iter().chain([tone.fresh, tone.ink]) {
                    prop_assert!(tone.color.contrast(paper) >= READABLE, "{tone:?} on {paper}");
                }
            }
        }
    }
}
