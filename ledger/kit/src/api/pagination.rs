//! Pages through lists: newest first, or oldest first if requested.
//!
//! A cursor holds the position of the last row seen, in the list's own order. It is opaque to callers and validated
//! when it is read, but not signed: it grants nothing, since row-level security binds every page to its tenant anyway.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use shared::timestamp::Timestamp;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::Error;

pub const PER_PAGE_DEFAULT: u16 = 25;
pub const PER_PAGE_MAX: u16 = 100;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The results of this page.
    pub data: Vec<T>,
    /// Pass it as `cursor` to get the next page. Null on the last page.
    #[schema(required, nullable)]
    pub next_cursor: Option<String>,
}

/// Describes the parameters of every list; [`crate::api::query::Query::page`] reads them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct PageParams {
    /// The number of results per page, 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 25)]
    pub per_page: Option<u16>,
    /// The `nextCursor` of the previous page.
    pub cursor: Option<String>,
}

/// Describes the order of lists that support both; [`crate::api::query::Query::sorted_page`] reads it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct SortParam {
    /// `newest` (default) or `oldest`: which comes first. A cursor keeps the order of its own list.
    #[param(example = "newest")]
    pub sort: Option<String>,
}

/// A row's position in a list.
pub trait Place: Copy {
    fn write(self) -> Vec<u8>;
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// For lists ordered by id, which is the order of creation.
impl Place for Uuid {
    fn write(self) -> Vec<u8> {
        [b"i", &self.as_bytes()[..]].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Self::from_slice(bytes.strip_prefix(b"i")?).ok()
    }
}

/// For lists ordered by a number.
impl Place for i64 {
    fn write(self) -> Vec<u8> {
        [b"n", &self.to_be_bytes()[..]].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self::from_be_bytes(bytes.strip_prefix(b"n")?.try_into().ok()?))
    }
}

/// For lists ordered by a time, and by id if times are equal.
impl Place for (Timestamp, Uuid) {
    fn write(self) -> Vec<u8> {
        [b"t", &self.0.millis().to_be_bytes()[..], self.1.as_bytes()].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (millis, id) = bytes.strip_prefix(b"t")?.split_first_chunk::<8>()?;
        Some((Timestamp::from_millis(i64::from_be_bytes(*millis)).ok()?, Uuid::from_slice(id).ok()?))
    }
}

/// The page that a caller requested.
#[derive(Debug, Clone, Copy)]
pub struct Pagination<P> {
    per_page: u16,
    pub after: Option<P>,
    /// Oldest first.
    pub oldest: bool,
}

/// The first byte of a cursor in a list that is read oldest first.
const OLDEST_MARK: u8 = b'o';

impl<P: Place> Pagination<P> {
    /// # Errors
    /// 400 naming `perPage` or `cursor`.
    pub fn read(per_page: Option<&str>, cursor: Option<&str>) -> Result<Self, Error> {
        let requested = Self::either_way(per_page, cursor, None)?;
        if requested.oldest { Err(no_cursor()) } else { Ok(requested) }
    }

    /// For a list that supports both orders. Without `oldest`, a cursor keeps its own order.
    ///
    /// # Errors
    /// 400 naming `perPage` or `cursor`.
    pub fn either_way(per_page: Option<&str>, cursor: Option<&str>, oldest: Option<bool>) -> Result<Self, Error> {
        let per_page = match per_page {
            None => PER_PAGE_DEFAULT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|count| (1..=PER_PAGE_MAX).contains(count))
                .ok_or_else(|| Error::field("perPage", "perPage must be 1 to 100"))?,
        };
        let after = cursor
            .map(|text| {
                let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| no_cursor())?;
                let (from_oldest, place) = match bytes.strip_prefix(&[OLDEST_MARK]) {
                    Some(place) => (true, place),
                    None => (false, &bytes[..]),
                };
                if oldest.is_some_and(|oldest| oldest != from_oldest) {
                    return Err(Error::field("cursor", "cursor must come from a list with the same `sort`"));
                }
                Ok((from_oldest, P::read(place).ok_or_else(no_cursor)?))
            })
            .transpose()?;
        let oldest = after.map_or(oldest.unwrap_or_default(), |(from_oldest, _)| from_oldest);
        Ok(Self { per_page, after: after.map(|(_, place)| place), oldest })
    }

    /// One more row than the page holds reveals whether another page follows.
    pub fn limit(&self) -> i64 {
        i64::from(self.per_page) + 1
    }

    /// Builds the page from up to [`Pagination::limit`] rows.
    pub fn page<R, T>(&self, mut rows: Vec<R>, place: impl Fn(&R) -> P, view: impl Fn(R) -> T) -> Page<T> {
        let more = rows.len() > usize::from(self.per_page);
        rows.truncate(usize::from(self.per_page));
        let mark = if self.oldest { &[OLDEST_MARK][..] } else { &[] };
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|last| BASE64_URL_SAFE_NO_PAD.encode([mark, &place(last).write()].concat()));
        Page { data: rows.into_iter().map(view).collect(), next_cursor }
    }
}

fn no_cursor() -> Error {
    Error::field("cursor", "cursor must be the `nextCursor` of an earlier page of this list")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn requested<P: Place>(per_page: Option<&str>, cursor: Option<&str>) -> Result<Pagination<P>, String> {
        Pagination::read(per_page, cursor).map_err(|error| error.body().field.clone().unwrap_or_default())
    }

    #[test]
    fn per_page_is_1_to_100() {
        for (text, limit) in [("1", 2), ("100", 101)] {
            assert_eq!(requested::<Uuid>(Some(text), None).unwrap().limit(), limit);
        }
        for bad in ["0", "101", "-1", "", "ten", "1.5", "99999999999"] {
            assert_eq!(requested::<Uuid>(Some(bad), None).unwrap_err(), "perPage", "{bad}");
        }
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let two: Pagination<Uuid> = requested(Some("2"), None).unwrap();
        let rows = |count: u128| (0..count).map(Uuid::from_u128).collect::<Vec<_>>();
        assert!(two.page(rows(2), |id| *id, |id| id).next_cursor.is_none());
        let page = two.page(rows(3), |id| *id, |id| id);
        assert_eq!(page.data.len(), 2);
        let next: Pagination<Uuid> = requested(None, page.next_cursor.as_deref()).unwrap();
        assert_eq!(next.after, Some(Uuid::from_u128(1)));
    }

    #[test]
    fn a_cursor_goes_on_in_its_own_direction() {
        let oldest: Pagination<Uuid> = Pagination::either_way(Some("1"), None, Some(true)).unwrap();
        let rows = (0..2).map(Uuid::from_u128).collect::<Vec<_>>();
        let cursor = oldest.page(rows, |id| *id, |id| id).next_cursor.unwrap();
        let next: Pagination<Uuid> = Pagination::either_way(None, Some(&cursor), None).unwrap();
        assert!(next.oldest && next.after == Some(Uuid::from_u128(0)));
        assert!(Pagination::<Uuid>::either_way(None, Some(&cursor), Some(true)).unwrap().oldest);
        assert!(Pagination::<Uuid>::either_way(None, Some(&cursor), Some(false)).is_err());
        // Not valid for a list with only one order.
        assert_eq!(requested::<Uuid>(None, Some(&cursor)).unwrap_err(), "cursor");
    }

    proptest! {
        #[test]
        fn a_cursor_fits_its_own_list_only(millis in 0i64..4_000_000_000_000, id: u128) {
            let place = (Timestamp::from_millis(millis).unwrap(), Uuid::from_u128(id));
            let text = BASE64_URL_SAFE_NO_PAD.encode(place.write());
            prop_assert_eq!(requested::<(Timestamp, Uuid)>(None, Some(&text)).unwrap().after, Some(place));
            prop_assert!(requested::<Uuid>(None, Some(&text)).is_err());
        }

        #[test]
        fn no_cursor_panics(text in "\\PC*") {
            let _ = requested::<Uuid>(None, Some(&text));
            let _ = requested::<(Timestamp, Uuid)>(None, Some(&text));
        }
    }
}
