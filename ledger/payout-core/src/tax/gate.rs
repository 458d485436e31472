//! Whether somebody is paid who has no valid tax form, and whether tax is withheld from it.
//!
//! A payer asks for the form before the first payment (Form W-9 and Form W-8BEN, instructions for the requester). Without
//! a taxpayer number, or where the payee says that they are subject to it, 24 % are backup withholding (IRC 3406).

/// What a brand decided to do about somebody without a valid form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gate {
    /// They are paid; the brand is told.
    #[default]
    Warn,
    /// They wait.
    Hold,
    /// They are paid less the tax.
    Withhold,
}

impl Gate {
    pub const ALL: [Self; 3] = [Self::Warn, Self::Hold, Self::Withhold];

    /// As the database and the public API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "Warn",
            Self::Hold => "Hold",
            Self::Withhold => "Withhold",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.as_str() == text)
    }
}

/// How an affiliate stands with their forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaxFormStatus {
    /// One is in force.
    Valid,
    /// There is none, or nobody has looked at it yet.
    Missing,
    /// The brand refused the last one.
    Rejected,
    /// A W-8 whose time is over.
    Expired,
    /// A W-9 is in force whose signer crossed out item 2 of its certification: the tax authority told them that they are
    /// subject to backup withholding.
    SubjectToWithholding,
}

impl TaxFormStatus {
    pub const ALL: [Self; 5] = [Self::Valid, Self::Missing, Self::Rejected, Self::Expired, Self::SubjectToWithholding];

    /// As the public API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::Missing => "Missing",
            Self::Rejected => "Rejected",
            Self::Expired => "Expired",
            Self::SubjectToWithholding => "SubjectToWithholding",
        }
    }

    const fn reason(self) -> Option<Reason> {
        Some(match self {
            Self::Valid => return None,
            Self::Missing => Reason {
                code: "tax_form_missing",
                message: "There is no accepted tax form on file. The affiliate fills one in in their portal.",
            },
            Self::Rejected => Reason {
                code: "tax_form_rejected",
                message: "The last tax form was rejected. The affiliate gives a new one in their portal.",
            },
            Self::Expired => Reason {
                code: "tax_form_expired",
                message: "The W-8 on file has expired. The affiliate signs a new one in their portal.",
            },
            Self::SubjectToWithholding => Reason {
                code: "subject_to_withholding",
                message: "Their W-9 says that they are subject to backup withholding.",
            },
        })
    }
}

/// A stable code, and a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    pub code: &'static str,
    pub message: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// In full.
    Pay,
    /// In full, and the brand is shown why it might not be.
    PayAndWarn(Reason),
    /// Not now.
    Hold(Reason),
    /// Less 24 %.
    Withhold(Reason),
}

/// What happens to a payment. Who says themselves that they are subject to backup withholding isn't paid in full unless
/// the brand chose to be warned only: a form is on file, so waiting for one would change nothing.
pub const fn decide(gate: Gate, status: TaxFormStatus) -> Verdict {
    let Some(reason) = status.reason() else { return Verdict::Pay };
    match (gate, status) {
        (Gate::Warn, _) => Verdict::PayAndWarn(reason),
        (Gate::Withhold, _) | (Gate::Hold, TaxFormStatus::SubjectToWithholding) => Verdict::Withhold(reason),
        (Gate::Hold, _) => Verdict::Hold(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_form_is_always_paid_and_nothing_else_unseen() {
        for gate in Gate::ALL {
            for status in TaxFormStatus::ALL {
                let verdict = decide(gate, status);
                assert_eq!(verdict == Verdict::Pay, status == TaxFormStatus::Valid, "{gate:?} {status:?}");
                if status == TaxFormStatus::SubjectToWithholding && gate != Gate::Warn {
                    assert!(matches!(verdict, Verdict::Withhold(why) if why.code == "subject_to_withholding"));
                }
            }
            assert_eq!(Gate::parse(gate.as_str()), Some(gate));
        }
        for status in [TaxFormStatus::Missing, TaxFormStatus::Rejected, TaxFormStatus::Expired] {
            assert!(matches!(decide(Gate::Warn, status), Verdict::PayAndWarn(_)));
            assert!(matches!(decide(Gate::Hold, status), Verdict::Hold(_)));
            assert!(matches!(decide(Gate::Withhold, status), Verdict::Withhold(_)));
        }
    }
}
