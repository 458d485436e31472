//! Fonts and text shaping: turns a line of text into glyphs in visual order.

use std::ops::Range;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer, script};
use unicode_bidi::{BidiInfo, Level};

use super::Unprintable;

static REGULAR: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("../../assets/DejaVuSans-Bold.ttf");

/// Printed for characters that the font has no glyph for.
const LACKING: char = '\u{25a1}';

pub(super) struct Face {
    pub(super) font: Font,
    shaper: rustybuzz::Face<'static>,
}

pub(super) struct Faces {
    pub(super) regular: Face,
    pub(super) bold: Face,
}

/// A line of text, ready to be drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Shaped {
    pub(super) text: String,
    /// From left to right, with ranges into `text`.
    pub(super) runs: Vec<Run>,
    /// At font size 1.
    pub(super) width: f32,
    /// Whether any of its characters has no glyph.
    pub(super) lacks: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) glyphs: Vec<KrillaGlyph>,
    pub(super) width: f32,
}

impl Faces {
    pub(super) fn new() -> Result<Self, Unprintable> {
        let face = |data: &'static [u8]| {
            let unread = || Unprintable("a font that is built in can't be read".to_owned());
            let font = Font::new(data.into(), 0).ok_or_else(unread)?;
            Ok(Face { font, shaper: rustybuzz::Face::from_slice(data, 0).ok_or_else(unread)? })
        };
        Ok(Self { regular: face(REGULAR)?, bold: face(BOLD)? })
    }

    pub(super) const fn of(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }
}

/// Removes what can't be printed: control characters, and marks that change the direction of the following text.
pub(super) fn clean(text: &str) -> String {
    let kept = text.chars().filter_map(|c| match c {
        '\u{9}'..='\u{d}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() => None,
        '\u{200b}' | '\u{200d}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => None,
        '\u{ad}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}' | '\u{fffe}'..='\u{ffff}' => None,
        c => Some(c),
    });
    kept.collect()
}

/// Characters that are shaped together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Arabic,
    Hebrew,
    Lacking,
}

impl Face {
    fn kind(&self, c: char) -> Kind {
        match c {
            // An invisible joiner; belongs to the word around it.
            '\u{200c}' => Kind::Arabic,
            c if self.shaper.glyph_index(c).is_none() => Kind::Lacking,
            '\u{600}'..='\u{6ff}' => Kind::Arabic,
            '\u{590}'..='\u{5ff}' => Kind::Hebrew,
            _ => Kind::Plain,
        }
    }

    /// Shapes one line; the text must be [`clean`].
    pub(super) fn shape(&self, text: &str) -> Shaped {
        let mut shaped = Shaped { text: text.to_owned(), ..Shaped::default() };
        let bidi = BidiInfo::new(text, Some(Level::ltr()));
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in runs {
                let backwards = levels.get(range.start).is_some_and(|level| level.is_rtl());
                let mut parts = self.parts(text, range);
                if backwards {
                    parts.reverse();
                }
                for (kind, range) in parts {
                    shaped.lacks |= kind == Kind::Lacking;
                    let run = self.run(text, range, kind, backwards);
                    shaped.width += run.width;
                    shaped.runs.push(run);
                }
            }
        }
        shaped
    }

    fn parts(&self, text: &str, range: Range<usize>) -> Vec<(Kind, Range<usize>)> {
        let mut parts: Vec<(Kind, Range<usize>)> = Vec::new();
        for (at, c) in text.get(range.clone()).unwrap_or_default().char_indices() {
            let (start, kind) = (range.start + at, self.kind(c));
            let end = start + c.len_utf8();
            match parts.last_mut() {
                Some((last, part)) if *last == kind => part.end = end,
                _ => parts.push((kind, start..end)),
            }
        }
        parts
    }

    fn run(&self, text: &str, range: Range<usize>, kind: Kind, backwards: bool) -> Run {
        let part = text.get(range.clone()).unwrap_or_default();
        let drawn = if kind == Kind::Lacking { None } else { self.glyphs(part, range.start, kind, backwards) };
        let glyphs = drawn.unwrap_or_else(|| self.boxes(part, range.start, backwards));
        Run { width: glyphs.iter().map(|glyph| glyph.x_advance).sum(), glyphs }
    }

    /// Returns `None` if the font turns out to lack a glyph.
    fn glyphs(&self, part: &str, start: usize, kind: Kind, backwards: bool) -> Option<Vec<KrillaGlyph>> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(part);
        buffer.guess_segment_properties();
        match kind {
            Kind::Arabic => buffer.set_script(script::ARABIC),
            Kind::Hebrew => buffer.set_script(script::HEBREW),
            Kind::Plain | Kind::Lacking => {}
        }
        buffer.set_direction(if backwards { Direction::RightToLeft } else { Direction::LeftToRight });
        let done = rustybuzz::shape(&self.shaper, &[], buffer);
        let mut starts: Vec<usize> = done.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.sort_unstable();
        starts.dedup();
        let em = self.em();
        let placed = done.glyph_infos().iter().zip(done.glyph_positions());
        placed
            .map(|(info, at)| {
                let from = info.cluster as usize;
                let to = starts.iter().copied().find(|start| *start > from).unwrap_or(part.len());
                let of_em = |units: i32| f32::from(i16::try_from(units).unwrap_or(i16::MAX)) / em;
                (info.glyph_id != 0).then(|| {
                    KrillaGlyph::new(
                        GlyphId::new(info.glyph_id),
                        of_em(at.x_advance),
                        of_em(at.x_offset),
                        of_em(at.y_offset),
                        0.0,
                        start + from..start + to,
                        None,
                    )
                })
            })
            .collect()
    }

    /// Draws a box for each character; the text layer keeps the character itself.
    fn boxes(&self, part: &str, start: usize, backwards: bool) -> Vec<KrillaGlyph> {
        let glyph = self.shaper.glyph_index(LACKING);
        let advance = glyph.and_then(|glyph| self.shaper.glyph_hor_advance(glyph)).map_or(0.6, f32::from) / self.em();
        let id = GlyphId::new(glyph.map_or(0, |glyph| u32::from(glyph.0)));
        let characters = part.char_indices().map(|(at, c)| {
            let range = start + at..start + at + c.len_utf8();
            KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, range, None)
        });
        let mut glyphs: Vec<_> = characters.collect();
        if backwards {
            glyphs.reverse();
        }
        glyphs
    }

    fn em(&self) -> f32 {
        f32::from(u16::try_from(self.shaper.units_per_em()).unwrap_or(1_000).max(1))
    }
}
