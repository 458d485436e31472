//! How long each class of data is kept. No side effects; [`super::retention_job`] deletes it.
//!
//! Only data that no commission depends on expires: raw clicks (their figures and the evidence of sales stay), resolved
//! quarantine entries, idempotency records, conversations with the co-pilot, and the audit log if an organization wants that.

use kit::error::{Error, Result};

/// In days; an `audit_days` of 0 means forever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub click_days: i32,
    pub quarantine_days: i32,
    pub idempotency_key_days: i32,
    pub audit_days: i32,
    /// Since a conversation's last message.
    pub copilot_days: i32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { click_days: 400, quarantine_days: 400, idempotency_key_days: 30, audit_days: 0, copilot_days: 30 }
    }
}

/// A setting with its field's name and limits.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub field: &'static str,
    pub label: &'static str,
    pub least: i32,
    pub most: i32,
    /// 0 means forever.
    pub may_be_for_ever: bool,
}

pub const LIMITS: [Limit; 5] = [
    Limit { field: "clickDays", label: "Raw clicks", least: 30, most: 1_100, may_be_for_ever: false },
    Limit {
        field: "quarantineDays",
        label: "Resolved quarantined events",
        least: 30,
        most: 1_100,
        may_be_for_ever: false,
    },
    Limit { field: "idempotencyKeyDays", label: "Idempotency records", least: 1, most: 90, may_be_for_ever: false },
    Limit { field: "auditDays", label: "Audit log", least: 365, most: 3_653, may_be_for_ever: true },
    Limit {
        field: "copilotDays",
        label: "Conversations with the co-pilot",
        least: 1,
        most: 400,
        may_be_for_ever: false,
    },
];

impl Retention {
    /// The days in the order of [`LIMITS`].
    pub const fn days(self) -> [i32; 5] {
        [self.click_days, self.quarantine_days, self.idempotency_key_days, self.audit_days, self.copilot_days]
    }

    /// Checks the days against the limits.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn of(days: [i64; 5]) -> Result<Self> {
        let mut checked = [0; 5];
        for ((limit, days), place) in LIMITS.iter().zip(days).zip(&mut checked) {
            *place = limit.check(days)?;
        }
        let [click_days, quarantine_days, idempotency_key_days, audit_days, copilot_days] = checked;
        Ok(Self { click_days, quarantine_days, idempotency_key_days, audit_days, copilot_days })
    }
}

impl Limit {
    fn check(&self, days: i64) -> Result<i32> {
        let fits =
            (i64::from(self.least)..=i64::from(self.most)).contains(&days) || (self.may_be_for_ever && days == 0);
        i32::try_from(days).ok().filter(|_| fits).ok_or_else(|| {
            let for_ever = if self.may_be_for_ever { ", or 0 to keep forever" } else { "" };
            Error::field(self.field, format!("{} must be {} to {} days{for_ever}", self.field, self.least, self.most))
        })
    }
}

/// A class of data that expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Clicks,
    Quarantine,
    IdempotencyKeys,
    Audit,
}

impl Class {
    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Quarantine => "quarantine",
            Self::IdempotencyKeys => "idempotency_keys",
            Self::Audit => "audit_log",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_inclusive_and_named() {
        let usual = Retention::default();
        assert_eq!(Retention::of(usual.days().map(i64::from)).unwrap(), usual);
        let refused = |days: [i64; 5]| Retention::of(days).unwrap_err().body().field.clone().unwrap_or_default();
        assert_eq!(refused([29, 30, 1, 0, 30]), "clickDays");
        assert_eq!(refused([30, 1_101, 1, 0, 30]), "quarantineDays");
        assert_eq!(refused([30, 30, 0, 0, 30]), "idempotencyKeyDays");
        assert_eq!(refused([30, 30, 1, 364, 30]), "auditDays");
        assert_eq!(refused([30, 30, 1, 365, 0]), "copilotDays");
        assert_eq!(refused([i64::MAX, 30, 1, 0, 30]), "clickDays");
        assert!(Retention::of([1_100, 1_100, 90, 3_653, 400]).is_ok());
    }
}
