//! Commission plans: immutable versions, each with an effective date and a list of components.

use serde::{Deserialize, Serialize};
use shared::{
    id::{PlanVersionId, ProgramId},
    money::Currency,
    timestamp::Timestamp,
};

/// One version of a program's plan, in force from `effective_at` until the next one.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanVersion {
    pub id: PlanVersionId,
    pub program_id: ProgramId,
    pub effective_at: Timestamp,
    pub components: Vec<Component>,
    /// How long a commission stays Pending after its conversion; the program's setting.
    pub hold_days: u16,
}

/// One thing that a sale earns; a plan pays the sum of its components.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Component {
    /// A share of the commissionable amount, in parts per million: 200000 is 20 %.
    Percentage { rate_ppm: u32 },
    /// The same amount for each sale.
    Flat { amount_cents: i64, currency: Currency },
}

/// 100 %.
pub const RATE_PPM_MAX: u32 = 1_000_000;

/// The version in force at a moment: of those effective by then, the latest.
pub fn in_force(versions: &[PlanVersion], program: ProgramId, at: Timestamp) -> Option<&PlanVersion> {
    versions
        .iter()
        .filter(|version| version.program_id == program && version.effective_at <= at)
        .max_by_key(|version| (version.effective_at, version.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_form() {
        let json = r#"[{"type":"percentage","ratePpm":200000},{"type":"flat","amountCents":500,"currency":"USD"}]"#;
        let components: Vec<Component> = serde_json::from_str(json).unwrap();
        assert_eq!(
            components,
            [
                Component::Percentage { rate_ppm: 200_000 },
                Component::Flat { amount_cents: 500, currency: Currency::USD }
            ]
        );
        assert_eq!(serde_json::to_string(&components).unwrap(), json);
        assert!(serde_json::from_str::<Component>(r#"{"type":"percentage","ratePpm":1,"cap":2}"#).is_err());
    }

    #[test]
    fn the_latest_effective_version_is_in_force() {
        let version = |id: u8, days: i64| PlanVersion {
            id: PlanVersionId::from_bytes([id; 16]),
            program_id: ProgramId::from_bytes([1; 16]),
            effective_at: Timestamp::EPOCH.plus_days(days),
            components: Vec::new(),
            hold_days: 30,
        };
        let versions = [version(2, 20), version(1, 10)];
        let at = |days| {
            in_force(&versions, ProgramId::from_bytes([1; 16]), Timestamp::EPOCH.plus_days(days))
                .map(|v| v.id.bytes()[0])
        };
        assert_eq!([at(9), at(10), at(19), at(20)], [None, Some(1), Some(1), Some(2)]);
        assert!(in_force(&versions, ProgramId::from_bytes([9; 16]), Timestamp::EPOCH.plus_days(20)).is_none());
    }
}
