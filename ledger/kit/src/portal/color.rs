//! Adjusts a brand's color for the portal, as little as needed until text in it is readable (WCAG 2.2, 1.4.3). Pure.

/// The contrast that text needs with its background.
const READABLE: f64 = 4.5;
/// The backgrounds of links, from `tokens.css`; in each scheme, the one closest to the text in brightness comes last.
const LIGHT: [Rgb; 2] = [Rgb(0xff, 0xff, 0xff), Rgb(0xf6, 0xf7, 0xf6)];
const DARK: [Rgb; 2] = [Rgb(0x10, 0x16, 0x14), Rgb(0x18, 0x21, 0x1e)];
const WHITE: Rgb = Rgb(0xff, 0xff, 0xff);
const BLACK: Rgb = Rgb(0x0b, 0x0f, 0x0e);
/// How far one step moves towards black or white, in hundredths.
const STEP: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl Rgb {
    /// Six hexadecimal digits, in lower case.
    pub fn read(digits: &str) -> Option<Self> {
        let plain = digits.len() == 6 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
        if plain { Some(Self(part(0)?, part(2)?, part(4)?)) } else { None }
    }

    /// The color `hundredths` of the way to another color.
    fn towards(self, other: Self, hundredths: u32) -> Self {
        let part = |from: u8, to: u8| {
            let mixed = (u32::from(from) * (100 - hundredths) + u32::from(to) * hundredths + 50) / 100;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Self(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    fn luminance(self) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(self.0) + 0.7152 * part(self.1) + 0.0722 * part(self.2)
    }

    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }
}

/// A scheme's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tones {
    pub brand: Rgb,
    /// The color of text on it.
    pub ink: Rgb,
    /// The background of a selected item.
    pub fresh: Rgb,
}

/// For light and for dark backgrounds.
pub fn tones(color: Rgb) -> (Tones, Tones) {
    (adapted(color, &LIGHT, BLACK, 10), adapted(color, &DARK, WHITE, 18))
}

fn adapted(color: Rgb, papers: &[Rgb; 2], away: Rgb, tint: u32) -> Tones {
    let mut tones = None;
    for step in 0..=(100 / STEP) {
        let brand = color.towards(away, step * STEP);
        let fresh = papers[0].towards(brand, tint);
        let ink = if brand.contrast(WHITE) >= brand.contrast(BLACK) { WHITE } else { BLACK };
        tones = Some(Tones { brand, ink, fresh });
        let read = papers.iter().chain([&fresh]).all(|paper| brand.contrast(*paper) >= READABLE);
        if read && ink.contrast(brand) >= READABLE {
            break;
        }
    }
    tones.unwrap_or(Tones { brand: away, ink: papers[0], fresh: papers[1] })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_color_that_can_be_read_stays() {
        let (light, _) = tones(Rgb::read("0f6b5c").unwrap());
        assert_eq!(light.brand, Rgb(0x0f, 0x6b, 0x5c));
        assert_eq!(light.ink, WHITE);
        let (light, dark) = tones(Rgb::read("ffe600").unwrap());
        assert_ne!(light.brand, Rgb(0xff, 0xe6, 0x00), "yellow words on white");
        assert_eq!(dark.brand, Rgb(0xff, 0xe6, 0x00));
    }

    #[test]
    fn only_six_digits_are_a_color() {
        for bad in ["", "fff", "0F6B5C", "0f6b5", "0f6b5cc", "0f6b5g", "é6b5c", "+12345"] {
            assert_eq!(Rgb::read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_brand_chose_can_be_read(red: u8, green: u8, blue: u8) {
            let (light, dark) = tones(Rgb(red, green, blue));
            for (tones, papers) in [(light, LIGHT), (dark, DARK)] {
                for paper in papers.iter().chain([&tones.fresh, &tones.ink]) {
                    prop_assert!(tones.brand.contrast(*paper) >= READABLE, "{tones:?} on {paper}");
                }
            }
        }
    }
}
