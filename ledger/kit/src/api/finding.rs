//! A finding about one of several tags that are saved together.

use serde::Serialize;
use utoipa::ToSchema;

/// A finding about one tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TagFinding)]
pub struct Finding {
    /// The tag's position in the list, starting at 0.
    #[schema(example = 1)]
    pub index: usize,
    /// The tag as you wrote it.
    #[schema(example = " VIP")]
    pub tag: String,
    /// `empty`, `blanks`, `control_character`, `too_long`, `comma`, `reserved`, `duplicate`, `case_twin` or
    /// `near_duplicate`.
    #[schema(example = "blanks")]
    pub code: &'static str,
    #[schema(example = "\u{201c} VIP\u{201d} has extra spaces.")]
    pub message: String,
    /// The suggested replacement. Null means that the tag should be removed.
    #[schema(required, example = "VIP")]
    pub fix: Option<String>,
    /// Whether the tag can't be saved as it is. Tags with other findings can be saved with `acceptTags`.
    #[schema(example = true)]
    pub blocks: bool,
}
