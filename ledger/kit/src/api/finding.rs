//! A finding about one of several tags that are saved together.

use serde::Serialize;
use utoipa::ToSchema;

/// Something about one tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TagFinding)]
pub struct Finding {
    /// Its place in the list, from 0.
    #[schema(example = 1)]
    pub index: usize,
    #[schema(example = " VIP")]
    pub tag: String,
    /// `empty`, `blanks`, `control_character`, `too_long`, `comma`, `reserved`, `duplicate`, `case_twin` or
    /// `near_duplicate`.
    #[schema(example = "blanks")]
    pub code: &'static str,
    #[schema(example = "\u{201c} VIP\u{201d} begins or ends with a blank, or has two in a row.")]
    pub message: String,
    /// What to put in its place; null: leave it out.
    #[schema(required, example = "VIP")]
    pub fix: Option<String>,
    /// Whether it can't be saved so. The others are saved with `acceptTags`.
    #[schema(example = true)]
    pub blocks: bool,
}
