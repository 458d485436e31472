//! Writes pages as a tagged PDF file, validated against PDF/UA-1 while it is written. A text that can't conform is
//! written without the PDF/UA claim, instead of failing.

use std::num::NonZeroU16;

use krilla::{
    Document as Pdf, SerializeSettings,
    color::luma,
    configure::{Accessibility, Configuration, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    tagging::{
        Artifact, ArtifactType, ContentTag, Identifier, Node as Leaf, SpanTag, TableHeaderScope, Tag, TagGroup,
        TagKind, TagTree,
    },
};

use super::{
    Document, Unprintable, amount,
    face::{Faces, clean},
    layout::{HEIGHT, Mark, Node, Pages, Piece, Role, Style, WIDTH},
};

/// Language of the documents, as a BCP 47 tag.
const LANGUAGE: &str = "en";

pub(super) fn write(faces: &Faces, document: &Document, pages: &Pages) -> Result<Vec<u8>, Unprintable> {
    let strict = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish().ok();
    let strict = strict.and_then(|configuration| attempt(faces, document, pages, configuration).ok());
    match strict {
        Some(bytes) => Ok(bytes),
        None => attempt(faces, document, pages, Configuration::default()),
    }
}

pub(super) fn attempt(
    faces: &Faces,
    document: &Document,
    pages: &Pages,
    configuration: Configuration,
) -> Result<Vec<u8>, Unprintable> {
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let size = || PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Unprintable("a page without a size".to_owned()));
    let mut pdf = Pdf::new_with(settings);
    let mut marked: Vec<Vec<Identifier>> = pages.nodes.iter().map(|_| Vec::new()).collect();
    for pieces in &pages.pages {
        let mut page = pdf.start_page_with(size()?);
        let mut surface = page.surface();
        for together in pieces.chunk_by(|one, next| one.node == next.node) {
            let node = together.first().and_then(|piece| piece.node);
            let tag = match node {
                Some(_) => ContentTag::Span(SpanTag::empty()),
                None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            };
            let id = surface.start_tagged(tag);
            together.iter().for_each(|piece| draw(&mut surface, faces, piece));
            surface.end_tagged();
            if let Some(of) = node.and_then(|node| marked.get_mut(node)) {
                of.push(id);
            }
        }
        surface.finish();
        page.finish();
    }
    pdf.set_tag_tree(tree(&pages.nodes, marked));
    pdf.set_outline(outline(pages));
    pdf.set_metadata(metadata(document, pages));
    pdf.finish().map_err(|error| Unprintable(format!("{error:?}")))
}

fn draw(surface: &mut Surface<'_>, faces: &Faces, piece: &Piece) {
    match &piece.mark {
        Mark::Text { x, y, line, style } => {
            let Style { size, bold, grey, .. } = *style;
            surface.set_fill(Some(ink(if grey { 85 } else { 20 })));
            let mut x = *x;
            for run in &line.runs {
                let font = faces.of(bold).font.clone();
                surface.draw_glyphs(Point::from_xy(x, *y), &run.glyphs, font, &line.text, size, false);
                x += run.width * size;
            }
        }
        Mark::Area { at: [x, y, width, height], grey } => {
            surface.set_fill(Some(ink(*grey)));
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

fn ink(lightness: u8) -> Fill {
    Fill { paint: luma::Color::new(lightness).into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}

/// Builds the structure tree. A node comes after its parent.
fn tree(nodes: &[Node], mut marked: Vec<Vec<Identifier>>) -> TagTree {
    let mut below: Vec<Vec<TagGroup>> = nodes.iter().map(|_| Vec::new()).collect();
    let mut top = Vec::new();
    for (at, node) in nodes.iter().enumerate().rev() {
        let own = marked.get_mut(at).map(std::mem::take).unwrap_or_default();
        let children = below.get_mut(at).map(std::mem::take).unwrap_or_default();
        let leaves = own.into_iter().map(Leaf::from);
        let group = TagGroup::with_children(
            kind(&node.role),
            leaves.chain(children.into_iter().rev().map(Leaf::from)).collect(),
        );
        match node.parent.and_then(|parent| below.get_mut(parent)) {
            Some(siblings) => siblings.push(group),
            None => top.push(group),
        }
    }
    let mut tree = TagTree::new().with_lang(Some(LANGUAGE.to_owned()));
    top.into_iter().rev().for_each(|group| tree.push(group));
    tree
}

fn kind(role: &Role) -> TagKind {
    match role {
        Role::Heading(level, title) => {
            Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(title.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Table(summary) => {
            let summary = Some(clean(summary)).filter(|summary| !summary.is_empty());
            Tag::Table.with_summary(summary).into()
        }
        Role::Row => Tag::TR.into(),
        Role::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        Role::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        Role::Cell => Tag::TD.into(),
    }
}

fn outline(pages: &Pages) -> Outline {
    let mut outline = Outline::new();
    for (heading, page, y) in &pages.headings {
        outline.push_child(OutlineNode::new(heading.clone(), XyzDestination::new(*page, Point::from_xy(0.0, *y))));
    }
    outline
}

fn metadata(document: &Document, pages: &Pages) -> Metadata {
    let metadata = Metadata::new()
        .title(clean(&document.title))
        .description(clean(&document.about))
        .authors(vec![clean(&document.author)])
        .creator("Rekomi".to_owned())
        .keywords(pages.lacking.iter().cloned().collect())
        .language(LANGUAGE.to_owned());
    let Some(as_of) = document.as_of.map(amount::moment) else { return metadata };
    let date = DateTime::new(u16::try_from(as_of.year()).unwrap_or_default())
        .month(as_of.month().into())
        .day(as_of.day())
        .hour(as_of.hour())
        .minute(as_of.minute())
        .second(as_of.second())
        .utc_offset_hour(0);
    metadata.creation_date(date)
}
