//! Makes a brand's colors from the one it chose: a scale of twelve steps for light backgrounds and one for dark ones, and
//! a color that is readable as text on every background (WCAG 2.2, 1.4.3 and 1.4.11). Pure.
//!
//! Steps 1 to 5 are backgrounds, 6 and 7 lines, 8 is an edge, 9 the brand's own color with 10 for hovering over it, and 11
//! and 12 are text.

mod oklch;

use std::fmt;

use self::oklch::Oklch;

/// Our own color.
pub const USUAL: &str = "#0f6b5c";
const WHITE: Rgb = Rgb([0xff, 0xff, 0xff]);
const BLACK: Rgb = Rgb([0x0b, 0x10, 0x0e]);
/// The contrast for text of any size.
const READABLE: f64 = 4.5;
/// The contrast for edges and surfaces.
const VISIBLE: f64 = 3.0;
/// How far the lightness moves at once, until the contrast is right.
const MOVE: f64 = 0.005;
const MOVES_MAX: u32 = 200;
/// Between a color and that for hovering over it.
const HOVER: f64 = 0.045;
/// The most chroma of the steps that aren't the brand's own color.
const CHROMA_MAX: f64 = 0.17;
/// The chroma of steps 1 to 8, 11 and 12, as a part of the brand's.
const CHROMA: [f64; 10] = [0.05, 0.10, 0.22, 0.34, 0.44, 0.52, 0.62, 0.75, 0.90, 0.50];

/// What differs between light and dark backgrounds.
#[derive(Debug)]
struct Scheme {
    /// Of steps 1 to 8, 11 and 12.
    lightness: [f64; 10],
    /// How much of the chroma stays.
    chroma: f64,
    /// The background of cards.
    card: Rgb,
    /// The backgrounds of text in the brand's color that are closest to it in brightness, from `assets/css/tokens.css`
    /// and the emails.
    papers: [Rgb; 3],
    /// Which way text becomes more readable.
    away: f64,
    /// The least contrast of step 9 on a card. On light cards it stays what the brand chose, with an edge around it.
    solid: f64,
}

const LIGHT: Scheme = Scheme {
    lightness: [0.993, 0.981, 0.957, 0.931, 0.903, 0.870, 0.800, 0.650, 0.475, 0.27],
    chroma: 1.0,
    card: WHITE,
    papers: [WHITE, Rgb([0xf6, 0xf7, 0xf6]), Rgb([0xea, 0xee, 0xec])],
    away: -MOVE,
    solid: 1.0,
};
const DARK: Scheme = Scheme {
    lightness: [0.180, 0.212, 0.250, 0.290, 0.332, 0.385, 0.450, 0.560, 0.800, 0.940],
    chroma: 0.8,
    card: Rgb([0x19, 0x1d, 0x1b]),
    papers: [Rgb([0x19, 0x1d, 0x1b]), Rgb([0x18, 0x21, 0x1e]), Rgb([0x20, 0x24, 0x22])],
    away: MOVE,
    solid: VISIBLE,
};

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

    /// Red, green and blue.
    pub const fn channels(self) -> [u8; 3] {
        self.0
    }

    /// Relative luminance.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.linear();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// The light of each channel, from 0 to 1.
    fn linear(self) -> [f64; 3] {
        self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn of_linear(light: [f64; 3]) -> Self {
        Self(light.map(|part| {
            let part = part.clamp(0.0, 1.0);
            let part = if part <= 0.003_130_8 { part * 12.92 } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 };
            (part * 255.0).round() as u8
        }))
    }

    /// White or almost black, whichever is more readable on this color.
    fn ink(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }

    /// The color made lighter by `by`, or darker, as often as it takes to pass.
    fn moved(self, by: f64, passes: impl Fn(Self) -> bool) -> Self {
        let brand = Oklch::of(self);
        let step = |moves: u32| Oklch { lightness: brand.lightness + by * f64::from(moves), ..brand }.rgb();
        let last = if by < 0.0 { BLACK } else { WHITE };
        std::iter::once(self).chain((1..=MOVES_MAX).map(step)).find(|color| passes(*color)).unwrap_or(last)
    }
}

/// A brand's colors on light or on dark backgrounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tone {
    /// Readable as text on every background, and the background of text in `ink`.
    pub color: Rgb,
    pub ink: Rgb,
    /// The background of a selected item.
    pub fresh: Rgb,
    /// Steps 1 to 12.
    pub steps: [Rgb; 12],
    /// The color of text on steps 9 and 10.
    pub solid_ink: Rgb,
    /// The edge of a surface in step 9: invisible, unless the surface itself is hard to see.
    pub solid_edge: Rgb,
}

/// For light backgrounds, including emails.
pub fn on_light(brand: Option<&str>) -> Tone {
    tone(brand, &LIGHT)
}

pub fn on_dark(brand: Option<&str>) -> Tone {
    tone(brand, &DARK)
}

fn tone(brand: Option<&str>, scheme: &Scheme) -> Tone {
    let brand = brand.and_then(Rgb::read).or_else(|| Rgb::read(USUAL)).unwrap_or(BLACK);
    let Oklch { chroma, hue, .. } = Oklch::of(brand);
    let chroma = chroma.min(CHROMA_MAX) * scheme.chroma;
    let at = |place: usize| Oklch { lightness: scheme.lightness[place], chroma: chroma * CHROMA[place], hue }.rgb();
    let (solid, hovered, solid_ink) = solid(brand, scheme);
    let steps = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), solid, hovered, at(8), at(9)];
    let [_, _, fresh, _, _, _, _, edge, ..] = steps;
    let is_readable =
        |color: Rgb| scheme.papers.into_iter().chain([fresh]).all(|paper| color.contrast(paper) >= READABLE);
    let color = brand.moved(scheme.away, is_readable);
    let solid_edge = if solid.contrast(scheme.card) >= VISIBLE { solid } else { edge };
    Tone { color, ink: color.ink(), fresh, steps, solid_ink, solid_edge }
}

/// Steps 9 and 10, and the color of text on them.
fn solid(brand: Rgb, scheme: &Scheme) -> (Rgb, Rgb, Rgb) {
    let visible = brand.moved(MOVE, |color| color.contrast(scheme.card) >= scheme.solid);
    let ink = visible.ink();
    let away = if ink == WHITE { -1.0 } else { 1.0 };
    let solid = visible.moved(away * MOVE, |color| color.contrast(ink) >= READABLE);
    let seen = Oklch::of(solid);
    (solid, Oklch { lightness: seen.lightness + away * HOVER, ..seen }.rgb(), ink)
}

/// Returns a page's own style sheet: our tokens in the brand's color, for light and dark mode and for the theme that the
/// reader chose. The header of a program page is the same in both.
pub fn sheet(brand: Option<&str>) -> String {
    let (light, dark) = (on_light(brand), on_dark(brand));
    let (on_white, on_black) = (tokens(&light), tokens(&dark));
    let ([.., hero, _, _, _], hero_ink) = (light.steps, light.solid_ink);
    format!(
        ":root{{{on_white};--hero:{hero};--hero-ink:{hero_ink}}}\n\
         @media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{on_black}}}}}\n\
         :root[data-theme=dark]{{{on_black}}}\n"
    )
}

/// Returns a sheet of [`sheet`] for what a page shows inside `element` only.
pub fn within(sheet: &str, element: &str) -> String {
    sheet.replace("{--brand:", &format!(" {element}{{--brand:"))
}

fn tokens(tone: &Tone) -> String {
    let Tone { color, ink, fresh, steps, solid_ink, solid_edge } = tone;
    let steps: String = (1..).zip(steps).map(|(step, color)| format!("--brand-{step}:{color};")).collect();
    format!(
        "--brand:{color};--brand-ink:{ink};--fresh:{fresh};--clicks:{color};{steps}\
         --brand-9-ink:{solid_ink};--brand-9-edge:{solid_edge}"
    )
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
        assert_ne!(on_light(Some("#ffe600")).color, rgb("#ffe600"), "yellow words on white");
        assert_eq!(on_dark(Some("#ffe600")).color, rgb("#ffe600"));
    }

    #[test]
    fn a_sheet_has_every_step_for_both_schemes() {
        let sheet = sheet(Some("#7c3aed"));
        assert!(sheet.starts_with(":root{--brand:#7c3aed;--brand-ink:#ffffff"), "{sheet}");
        for token in ["--brand-1:", "--brand-9:", "--brand-12:", "--brand-9-ink:", "--brand-9-edge:", "--fresh:"] {
            assert_eq!(sheet.matches(token).count(), 3, "{token}: {sheet}");
        }
        assert!(sheet.contains("--hero:#7c3aed;--hero-ink:#ffffff"), "{sheet}");
        assert!(
            sheet.contains(":root[data-theme=dark]{") && sheet.contains(":root:not([data-theme=light]){"),
            "{sheet}"
        );
    }

    #[test]
    fn a_sheet_may_be_for_a_part_of_a_page() {
        let sheet = within(&sheet(Some("#7c3aed")), ".a");
        assert!(sheet.starts_with(":root .a{--brand:#7c3aed"), "{sheet}");
        assert!(sheet.contains(":root[data-theme=dark] .a{--brand:"), "{sheet}");
        assert_eq!(sheet.matches(" .a{").count(), 3, "{sheet}");
    }

    #[test]
    fn the_scale_of_our_own_color_is_the_one_of_the_design() {
        let (light, dark) = (on_light(None).steps, on_dark(None).steps);
        assert_eq!((light[2], light[8], light[10]), (rgb("#e5f5f1"), rgb(USUAL), rgb("#206a5c")));
        assert_eq!(dark[10], rgb("#94cbbe"));
    }

    #[test]
    fn a_light_brand_keeps_its_color_and_gets_an_edge() {
        let light = on_light(Some("#ffe600"));
        assert_eq!((light.steps[8], light.solid_ink, light.solid_edge), (rgb("#ffe600"), BLACK, light.steps[7]));
        let dark = on_dark(Some("#ffe600"));
        assert_eq!((dark.steps[8], dark.solid_edge), (rgb("#ffe600"), rgb("#ffe600")));
    }

    proptest! {
        #[test]
        fn any_color_can_be_read(red: u8, green: u8, blue: u8) {
            let brand = Rgb([red, green, blue]).to_string();
            for (tone, scheme) in [(on_light(Some(&brand)), &LIGHT), (on_dark(Some(&brand)), &DARK)] {
                for paper in scheme.papers.into_iter().chain([tone.ink, tone.fresh]) {
                    prop_assert!(tone.color.contrast(paper) >= READABLE, "{brand}: {tone:?} on {paper}");
                }
            }
        }

        #[test]
        fn every_step_of_the_scale_does_its_work(red: u8, green: u8, blue: u8) {
            let brand = Rgb([red, green, blue]).to_string();
            for (tone, scheme) in [(on_light(Some(&brand)), &LIGHT), (on_dark(Some(&brand)), &DARK)] {
                let [_, _, three, four, _, _, _, eight, nine, ten, eleven, twelve] = tone.steps;
                for (what, one, other, least) in [
                    ("11 on 3", eleven, three, READABLE),
                    ("11 on 4", eleven, four, READABLE),
                    ("12 on 3", twelve, three, READABLE),
                    ("8 on a card", eight, scheme.card, VISIBLE),
                    ("text on 9", tone.solid_ink, nine, READABLE),
                    ("text on 10", tone.solid_ink, ten, READABLE),
                    ("9 or its edge on a card", tone.solid_edge, scheme.card, VISIBLE),
                ] {
                    prop_assert!(one.contrast(other) >= least, "{brand}: {what}: {one} and {other}");
                }
            }
        }
    }
}
