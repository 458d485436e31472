//! What has saved views, and how each reads the filters of its address, as do the pages of the analysis. What it refuses,
//! such as a value that a bookmark or an old view still has, is left out, so that no one who opens a view gets an error.

use shared::{id::OrganizationId, timestamp::Timestamp};
use url::form_urlencoded;

use crate::dashboard::{
    affiliates, analysis, commissions, conversions, customers, list_filters::ROWS, overview, payouts,
};
use identity::organization::time_zone;
use kit::{
    api::query::Query,
    db::TenantTx,
    error::{Error, field_of, sentence_for},
    page::{address::Address, zone::Zone},
};

/// So many refused parameters are named.
const NAMED_MAX: usize = 3;

/// A list, the overview or a page of the analysis.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// Its name in the database; empty if it has no saved views.
    pub key: &'static str,
    pub path: &'static str,
    /// The address with the filters of a query, or an error that names the parameter.
    read: fn(Query, &Reader) -> Result<Address, Error>,
}

/// Where and when an address is read.
#[derive(Debug)]
pub(super) struct Reader {
    pub organization: OrganizationId,
    pub zone: Zone,
    pub now: Timestamp,
}

/// An address with what its list accepts.
#[derive(Debug)]
pub(super) struct Accepted {
    pub address: Address,
    /// What the list says about each parameter that was left out.
    refused: Vec<String>,
}

const LISTS: [List; 6] = [
    List {
        key: "overview",
        path: "/dashboard",
        read: |query, reader| overview::address(query, reader.organization, &reader.zone, reader.now),
    },
    List {
        key: "affiliates",
        path: affiliates::PLACE,
        read: |query, reader| Ok(affiliates::filters::ListFilters::read(query, reader.organization)?.address()),
    },
    List {
        key: "conversions",
        path: conversions::PLACE,
        read: |query, reader| {
            let (zone, now) = (&reader.zone, reader.now);
            Ok(conversions::filters::ListFilters::read(query, reader.organization, zone, now, ROWS)?.address())
        },
    },
    List {
        key: "commissions",
        path: commissions::PLACE,
        read: |query, reader| Ok(commissions::filters::ListFilters::read(query, reader.organization, ROWS)?.address()),
    },
    List {
        key: "customers",
        path: customers::PLACE,
        read: |query, reader| Ok(customers::filters::ListFilters::read(query, reader.organization, ROWS)?.address()),
    },
    List {
        key: "payouts",
        path: payouts::PLACE,
        read: |mut query, reader| {
            Ok(payouts::filters::ListFilters::read(&mut query, &reader.zone)?.address(reader.organization))
        },
    },
];

/// Pages that have filters, and no saved views.
const WITHOUT_VIEWS: [List; 3] = [
    List {
        key: "",
        path: analysis::FORECAST,
        read: |mut query, reader| analysis::forecast::address(&mut query, reader.organization),
    },
    List {
        key: "",
        path: analysis::COHORTS,
        read: |mut query, reader| analysis::cohorts::address(&mut query, reader.organization),
    },
    List {
        key: "",
        path: analysis::LEADERBOARD,
        read: |mut query, reader| analysis::leaders::address(&mut query, reader.organization, &reader.zone, reader.now),
    },
];

impl List {
    pub(super) fn of(key: &str) -> Option<Self> {
        LISTS.into_iter().find(|list| list.key == key)
    }

    pub(super) fn at(path: &str) -> Option<Self> {
        LISTS.into_iter().chain(WITHOUT_VIEWS).find(|list| list.path == path)
    }

    /// The list's first page with those parameters of a query that it knows and whose values it accepts.
    ///
    /// # Errors
    /// The list's own, if it is about none of the parameters.
    pub(super) fn accepted(&self, query: &str, reader: &Reader) -> Result<Accepted, Error> {
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut refused = Vec::new();
        // Each round that fails has fewer parameters.
        loop {
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let error = match Query::parse(&text).and_then(|query| (self.read)(query, reader)) {
                Ok(address) => return Ok(Accepted { address, refused }),
                Err(error) => error,
            };
            let before = pairs.len();
            pairs.retain(|(name, _)| name != field_of(&error));
            if pairs.len() == before {
                return Err(error);
            }
            refused.push(sentence_for(&error));
        }
    }
}

impl Reader {
    pub(super) async fn load(tx: &mut TenantTx, now: Timestamp) -> Result<Self, sqlx::Error> {
        Ok(Self { organization: tx.organization(), zone: time_zone::of(tx).await?, now })
    }
}

impl Accepted {
    /// Says what was left out; `None` if nothing was.
    pub(super) fn note(&self) -> Option<String> {
        let what = match self.refused.len() {
            0 => return None,
            1 => "One filter was left out.",
            _ => "Some filters were left out.",
        };
        let named = self.refused.iter().take(NAMED_MAX).map(String::as_str);
        Some(std::iter::once(what).chain(named).collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(key: &str, query: &str) -> Accepted {
        let reader = Reader {
            organization: OrganizationId::v7(1, &[1; 10]),
            zone: Zone::utc(),
            now: Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap(),
        };
        List::of(key).unwrap().accepted(query, &reader).unwrap()
    }

    #[test]
    fn only_what_a_list_accepts_is_kept() {
        let long = format!("q={}&status=Banned", "a".repeat(501));
        for (key, query, kept, refused) in [
            ("overview", "country=germany&by=city&span=9d&done=x", "country=DE", 2),
            ("overview", "compare=year&span=7d", "compare=year&span=7d", 0),
            ("overview", "compare=month&span=7d", "span=7d", 1),
            ("affiliates", "status=Banned&country=Atlantis&plain=x&page=9999", "status=Banned", 3),
            ("affiliates", long.as_str(), "status=Banned", 1),
            ("conversions", "show=leads&device=watch", "show=leads", 1),
            ("commissions", "status=Paid&program=x&cursor=x&kind=Bonus", "status=Paid&kind=Bonus", 2),
            ("commissions", "country=DE&country=BR&device=mobile", "device=mobile", 1),
            ("customers", "q=ann&currency=x&organization=org_1", "q=ann", 1),
            ("payouts", "tab=paid&run=x&from=soon&rail=Wise&before=x", "tab=paid&rail=Wise", 3),
            ("payouts", "tab=pending&rail=Gold", "", 0),
            ("customers", "", "", 0),
        ] {
            let found = accepted(key, query);
            let address = found.address.clone().without("organization").at("").to_string();
            assert_eq!(address.trim_start_matches('?'), kept, "{key}: {query}");
            assert_eq!(found.refused.len(), refused, "{key}: {query}: {:?}", found.refused);
            assert_eq!(found.address.path(), List::of(key).unwrap().path);
        }
    }

    #[test]
    fn pages_of_the_analysis_leave_out_what_they_refuse() {
        let reader = Reader { organization: OrganizationId::v7(1, &[1; 10]), zone: Zone::utc(), now: Timestamp::EPOCH };
        for (path, query, kept, refused) in [
            (analysis::FORECAST, "currency=euros", "", 1),
            (analysis::FORECAST, "currency=EUR", "currency=EUR", 0),
            (analysis::COHORTS, "show=profit&currency=USD", "currency=USD", 1),
            (analysis::LEADERBOARD, "by=sales&program=x&span=9d", "by=sales", 2),
        ] {
            let found = List::at(path).unwrap().accepted(query, &reader).unwrap();
            let address = found.address.clone().without("organization").at("").to_string();
            assert_eq!(address.trim_start_matches('?'), kept, "{path}: {query}");
            assert_eq!(found.refused.len(), refused, "{path}: {query}: {:?}", found.refused);
        }
        assert!(List::of("").is_none(), "they have no saved views");
    }

    #[test]
    fn a_note_says_why() {
        assert_eq!(accepted("customers", "q=ann").note(), None);
        let note = accepted("commissions", "device=watch&status=Paid").note().unwrap();
        assert!(note.starts_with("One filter was left out. Device must be one of "), "{note}");
        let note = accepted("affiliates", "a=1&b=2&c=3&d=4").note().unwrap();
        assert!(note.starts_with("Some filters were left out. ") && note.matches(" isn't ").count() == 3, "{note}");
    }
}
