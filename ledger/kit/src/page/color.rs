//! Adjusts a brand's color for its page, as little as needed for readable text in it and on it, on light and dark
//! backgrounds (WCAG 2.2, 1.4.3). Pure.

/// Our own color.
pub const USUAL: &str = "#0f6b5c";
/// The backgrounds of text in the brand's color, from `assets/css/tokens.css`; those closest to the text in brightness.
const LIGHT_PAPER: Rgb = Rgb([0xf6, 0xf7, 0xf6]);
const DARK_PAPER: Rgb = Rgb([0x18, 0x21, 0x1e]);
const WHITE: Rgb = Rgb([255, 255, 255]);
const BLACK: Rgb = Rgb([0x0b, 0x10, 0x0e]);
/// The contrast for text of any size.
const READABLE: f64 = 4.5;
const STEPS: u16 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb([u8; 3]);

impl Rgb {
    /// Parses `#rrggbb`.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    fn text(self) -> String {
        let Self([red, green, blue]) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// Relative luminance.
    fn brightness(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let Self([red, green, blue]) = self;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.brightness(), other.brightness());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn mixed(self, other: Self, part: u16) -> Self {
        let mix = |from: u8, to: u8| {
            let mixed = (u16::from(from) * (STEPS - part) + u16::from(to) * part) / STEPS;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Self([mix(a, x), mix(b, y), mix(c, z)])
    }

    /// The color, moved towards `to` until it is readable on `paper`.
    fn readable_on(self, paper: Self, to: Self) -> Self {
        (0..=STEPS).map(|part| self.mixed(to, part)).find(|color| color.contrast(paper) >= READABLE).unwrap_or(to)
    }

    /// The text color that is readable on it.
    fn ink(self) -> Self {
        if self.contrast(WHITE) >= READABLE || self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }
}

/// A color, and the color of text on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tone {
    pub color: String,
    pub ink: String,
}

fn tone(color: Rgb) -> Tone {
    Tone { color: color.text(), ink: color.ink().text() }
}

/// For light backgrounds, including emails.
pub fn on_light(brand: Option<&str>) -> Tone {
    tone(read(brand).readable_on(LIGHT_PAPER, BLACK))
}

pub fn on_dark(brand: Option<&str>) -> Tone {
    tone(read(brand).readable_on(DARK_PAPER, WHITE))
}

fn read(brand: Option<&str>) -> Rgb {
    brand.and_then(Rgb::read).or_else(|| Rgb::read(USUAL)).unwrap_or(BLACK)
}

/// Returns the page's own style sheet: our tokens in the brand's color. The page's header is the same in light and dark
/// mode.
pub fn sheet(brand: Option<&str>) -> String {
    let tokens = |brand: &Tone, paper: Rgb| {
        let fresh = Rgb::read(&brand.color).unwrap_or(BLACK).mixed(paper, STEPS - 7).text();
        let Tone { color, ink } = brand;
        format!("--brand:{color};--brand-ink:{ink};--fresh:{fresh}")
    };
    let (light, dark) = (on_light(brand), on_dark(brand));
    let Tone { color, ink } = &light;
    let (on_white, on_black) = (tokens(&light, WHITE), tokens(&dark, DARK_PAPER));
    format!(
        ":root{{--hero:{color};--hero-ink:{ink};{on_white}}}\n@media (prefers-color-scheme:dark){{:root{{{on_black}}}}}\n"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contrast(one: &str, two: &str) -> f64 {
        Rgb::read(one).unwrap().contrast(Rgb::read(two).unwrap())
    }

    #[test]
    fn contrast_is_what_wcag_says() {
        assert!((contrast("#ffffff", "#000000") - 21.0).abs() < 0.001);
        assert!((contrast("#777777", "#ffffff") - 4.478).abs() < 0.001);
        assert_eq!(Rgb::read("#12345g"), None);
        assert_eq!(Rgb::read("red"), None);
    }

    #[test]
    fn a_color_that_can_be_read_stays() {
        assert_eq!(on_light(Some("#0f6b5c")).color, "#0f6b5c");
        assert_eq!(on_light(None), on_light(Some(USUAL)));
        assert_eq!(on_dark(Some("#4fc3ab")).color, "#4fc3ab");
    }

    proptest! {
        #[test]
        fn any_color_can_be_read(red: u8, green: u8, blue: u8) {
            let brand = format!("#{red:02x}{green:02x}{blue:02x}");
            let (light, dark) = (on_light(Some(&brand)), on_dark(Some(&brand)));
            for paper in ["#f6f7f6", "#ffffff"] {
                prop_assert!(contrast(&light.color, paper) >= 4.5, "{brand}: {light:?}");
            }
            for paper in ["#18211e", "#101614"] {
                prop_assert!(contrast(&dark.color, paper) >= 4.5, "{brand}: {dark:?}");
            }
            prop_assert!(contrast(&light.color, &light.ink) >= 4.5 && contrast(&dark.color, &dark.ink) >= 4.5);
        }
    }
}
