//! The codes of all errors that the ledger answers: stable, because callers branch on them.
//!
//! `docs/api/errors.md` says for each code with which status it is sent and what a caller can do, and a test compares it
//! with this list. The edge has a few codes of its own, which are texts there, so that it doesn't load this list.

use serde::{Serialize, Serializer};
use shared::sign::SignatureError;

/// Each code: its name, its text, and what it means.
macro_rules! codes {
    ($($name:ident = $text:literal, $meaning:literal;)*) => {
        /// Why a request was refused or failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $name),*
        }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As it is sent. A text never changes, even if its name does.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),*
                }
            }
        }
    };
}

impl Code {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl From<SignatureError> for Code {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Missing => Self::SignatureMissing,
            SignatureError::Malformed => Self::SignatureMalformed,
            SignatureError::Stale => Self::SignatureExpired,
            SignatureError::Mismatch => Self::SignatureInvalid,
        }
    }
}

codes! {
    // Any request.
    ValidationFailed = "validation_failed", "A parameter or a field of the body isn't allowed.";
    MalformedJson = "malformed_json", "The body isn't valid JSON.";
    MalformedForm = "malformed_form", "A form or an upload couldn't be read.";
    BadRequest = "bad_request", "The request can't be understood.";
    Unauthorized = "unauthorized", "There is no API key, or it isn't valid.";
    Forbidden = "forbidden", "The key's scope or role doesn't allow this.";
    NotFound = "not_found", "It doesn't exist, or belongs to another organization.";
    MethodNotAllowed = "method_not_allowed", "This path doesn't take this method.";
    PayloadTooLarge = "payload_too_large", "The body is too large for this endpoint.";
    UnsupportedMediaType = "unsupported_media_type", "The content type is wrong.";
    IdempotencyConflict = "idempotency_conflict", "The `Idempotency-Key` was used with a different body.";
    RequestUnderWay = "request_under_way", "The first request with this key is still running.";
    RateLimited = "rate_limited", "Too many requests from this key or network.";
    TooManyRequests = "too_many_requests", "Too many emails, claims or forms in a short time.";
    PlanTierRequired = "plan_tier_required", "The organization's plan doesn't include this. Only where plans are sold.";
    OrganizationClosed = "organization_closed", "The organization is about to be deleted.";
    InternalError = "internal_error", "Something failed on our side.";
    Unavailable = "unavailable", "The service is busy or restarting. Nothing was changed.";
    NotReady = "not_ready", "`/readyz`: the database is away, or lacks migrations.";

    // What the edge sends or answers too, and webhooks of Stripe.
    SignatureMissing = "signature_missing", "There is no `Rekomi-Signature`.";
    SignatureMalformed = "signature_malformed", "The header isn't `t=<unix seconds>,v1=<hex>`.";
    SignatureExpired = "signature_expired", "The signature's time is more than 300 seconds off.";
    SignatureInvalid = "signature_invalid", "No signature matches the body.";
    CurrencyMustBe3Letters = "currency_must_be_3_letters", "The currency isn't an ISO 4217 code.";
    UnsupportedCurrency = "unsupported_currency", "Rekomi doesn't know this currency.";
    BatchTooLarge = "batch_too_large", "The edge sent too many events at once. For operators.";
    MalformedEvent = "malformed_event", "Stripe's webhook body isn't an event.";

    // Programs, affiliates, links.
    AffiliateExists = "affiliate_exists", "Another affiliate has this email address.";
    AffiliateErased = "affiliate_erased", "The affiliate was erased.";
    SlugTaken = "slug_taken", "Another link, affiliate or program has this slug.";
    SlugChanged = "slug_changed", "An affiliate can change their link name once.";
    CouponTaken = "coupon_taken", "Another coupon has this code, or this id at the gateway.";
    CouponArchived = "coupon_archived", "An archived coupon can't change.";
    PlanExists = "plan_exists", "There is a plan version of this scope at the very same instant.";
    SegmentExists = "segment_exists", "The segment was already set for this instant.";
    NoHomeCurrency = "no_home_currency", "Exchange rates need a home currency.";
    NoLink = "no_link", "A test sale needs an affiliate with a link of this program.";
    TestModeOnly = "test_mode_only", "Test sales exist in test mode only.";
    HostTaken = "host_taken", "The host already answers links.";
    HostReserved = "host_reserved", "The host is Rekomi's own.";
    HostInUse = "host_in_use", "The host still has links.";
    TooMany = "too_many", "An organization can have 50 link hosts.";
    TooManyAssets = "too_many_assets", "The asset library is full.";
    TooManyEmails = "too_many_letters", "The organization reached its daily limit of first emails.";
    OptedOut = "opted_out", "The person opted out of invitations.";
    WrongStatus = "wrong_status", "The affiliate's status doesn't allow this.";
    TooLarge = "too_large", "The import file is over 20 MB.";
    AlreadyDecided = "already_decided", "Someone has already decided this claim or tax form.";

    // Conversions and commissions.
    Conflict = "conflict", "This `externalEventId` is known with different content.";
    Unprocessable = "unprocessable", "The event can't be booked.";
    NothingLeft = "nothing_left", "The conversion is already fully refunded.";
    NotPending = "not_pending", "The commission is worth nothing, so there is nothing to release.";
    NotDenied = "not_denied", "The commission wasn't denied.";
    CommissionHeld = "commission_held", "A review or a dispute holds the commission.";

    // Payouts.
    NothingPayable = "nothing_payable", "Nothing is payable in this currency, or refunds outweigh it.";
    AmountDiffers = "amount_differs", "What is payable isn't `expectedCents`.";
    RunOpen = "run_open", "Another run in this currency waits for approval.";
    RunClosed = "run_closed", "The run was cancelled or is done.";
    RunUnderWay = "run_under_way", "All payouts of the run are already on their way or done.";
    RunNotApproved = "run_not_approved", "The run isn't approved.";
    SecondApproverRequired = "second_approver_required", "Another person has to approve.";
    ApproverUnknown = "approver_unknown", "The key doesn't act for one person.";
    OwnerRequired = "owner_required", "Only an owner can turn off the second approver, in the dashboard.";
    NotApproved = "not_approved", "The payout's run isn't approved.";
    NotReserved = "not_reserved", "The payout's money isn't set aside yet.";
    NotReservedYet = "not_reserved_yet", "Some of the run's money is still being set aside.";
    NothingToExport = "nothing_to_export", "The run has nothing (more) to pay this way.";
    Exported = "exported", "The payout is in an exported file and may be paid.";
    AlreadySent = "already_sent", "The payout was sent.";
    PayoutFailed = "payout_failed", "The payout was given up; the amount is owed again.";
    NotByHand = "not_by_hand", "Stripe decides how this payout went.";
    NotRetryable = "not_retryable", "There is nothing to retry, or it is already moving.";
    FateUnknown = "fate_unknown", "It isn't known yet whether the money moved.";
    NoSuchTransfer = "no_such_transfer", "Stripe doesn't know the transfer.";
    TransferDiffers = "transfer_differs", "The transfer isn't this payout's: another amount, account or payment.";
    TransferTaken = "transfer_taken", "Another payout already has this transfer.";
    DateOutOfRange = "date_out_of_range", "The payment's date is in the future or before it was earned.";
    FileUnreadable = "file_unreadable", "The results file can't be read, or is too long.";
    FormExpired = "form_expired", "The tax form is too old to count.";

    // Stripe for payouts.
    NotConnected = "not_connected", "No Stripe account is connected.";
    ConnectionPaused = "connection_paused", "Stripe no longer accepts the key.";
    MissingPermissions = "missing_permissions", "The restricted key lacks permissions, listed in `missing`.";
    NoConnect = "no_connect", "The Stripe account isn't signed up for Connect.";
    AccountIncomplete = "account_incomplete", "The Stripe account has no country or currency yet.";
    WrongMode = "wrong_mode", "A test key in live mode, or the other way round.";
    StripeRefused = "stripe_refused", "Stripe said no; the message has its words.";
    StripeUnavailable = "stripe_unavailable", "Stripe doesn't answer. Nothing is lost.";
    PayoutsOpen = "payouts_open", "Payouts through this Stripe account are still open.";
    ConnectedMeanwhile = "connected_meanwhile", "Someone connected an account at the same moment.";
    CredentialsUnreadable = "credentials_unreadable", "The stored credentials can't be decrypted.";
    CountryUnsupported = "country_unsupported", "Stripe doesn't pay affiliates in this country.";
    CountryUnsupportedFromPlatform = "country_unsupported_from_platform", "Stripe doesn't pay this country from yours.";
    AccountExists = "account_exists", "The affiliate has a Stripe account in another country.";
    AccountInUse = "account_in_use", "Something was paid to this account, or is on its way.";
    NoAccount = "no_account", "The affiliate has no Stripe account yet.";
    TooManyAccounts = "too_many_accounts", "The affiliate opened too many Stripe accounts.";
    PayoutsPaused = "payouts_paused", "Stripe can't be reached with the brand's key.";
    JustInvited = "just_invited", "The affiliate was emailed a few minutes ago.";

    // Gateways, CRMs, webhooks.
    GatewayRefused = "gateway_refused", "The gateway said no; the message has its words.";
    GatewayUnavailable = "gateway_unavailable", "The gateway doesn't answer, or asks to wait.";
    Connecting = "connecting", "The connection is still being made.";
    IdTaken = "id_taken", "A connection with this id exists.";
    MissingCredential = "missing_credential", "A credential is missing.";
    UnknownCredential = "unknown_credential", "The vendor has no such credential.";
    InvalidCredential = "invalid_credential", "The credential can't be right.";
    CredentialsRefused = "credentials_refused", "Customer.io doesn't know the site ID and API key.";
    VendorRefused = "vendor_refused", "The CRM said no.";
    VendorUnavailable = "vendor_unavailable", "The CRM doesn't answer, or asks to wait.";
    UnknownList = "unknown_list", "The CRM has no list with this id.";
    TagsNeedAttention = "tags_need_attention", "The tags have findings.";
    TooManyConnections = "too_many_connections", "There are too many CRM connections.";
    ConnectionDisabled = "connection_disabled", "The connection is disabled.";
    NotAnAffiliate = "not_an_affiliate", "Only approved affiliates are synced, and people the CRM already has from us.";
    ForgetUnsupported = "forget_unsupported", "The CRM's API can't delete contacts.";
    EndpointDisabled = "endpoint_disabled", "The webhook is switched off.";
    TooManyEndpoints = "too_many_endpoints", "There are too many webhooks.";

    // Keys, team, sign-in.
    TooManyKeys = "too_many_keys", "An organization can have 50 working keys.";
    MadeAlready = "made_already", "This key was created already; its secrets were shown then.";
    Rotated = "rotated", "This key was rotated already; its new secrets were shown then.";
    Overlaps = "overlaps", "Secrets of earlier rotations are still valid.";
    Revoked = "revoked", "The key was revoked.";
    Expired = "expired", "The key has expired.";
    AlreadyMember = "already_member", "The person is already a member.";
    AlreadyInvited = "already_invited", "The address has an open invitation.";
    AlreadyAccepted = "already_accepted", "The invitation was accepted.";
    AlreadyCancelled = "already_cancelled", "The invitation was cancelled.";
    InvitationExpired = "invitation_expired", "The invitation is older than seven days.";
    TooManyInvitations = "too_many_invitations", "There are 100 open invitations.";
    InvitationLimit = "invitation_limit", "The daily limit of invitations is reached.";
    TooSoon = "too_soon", "The invitation was sent less than a minute ago.";
    LastOwner = "last_owner", "An organization keeps at least one owner.";
    TestMode = "test_mode", "This belongs to the live organization: test mode shares its team, plan and deletion.";
    GraceOver = "grace_over", "The seven days to cancel a deletion are over.";
    ExportRunning = "export_running", "An export of the organization is running.";
    EmailNotVerified = "email_not_verified", "The email address isn't confirmed.";
    SecondFactorRequired = "second_factor_required", "The organization requires two-step sign-in.";
    SecondFactorOff = "second_factor_off", "Turn on your own two-step sign-in before you require it of others.";
    StepUpRequired = "step_up_required", "Confirm who you are: password or code.";
    TooManyAttempts = "too_many_attempts", "Too many wrong passwords or codes.";
    SignedOut = "signed_out", "Your session has ended.";
    CrossOrigin = "cross_origin", "A form came from another site.";
    LinkExpired = "link_expired", "The link to a file has expired.";
}

#[cfg(test)]
mod tests {
    use shared::{error::ErrorBody, money::CurrencyError};

    use super::*;

    #[test]
    fn each_text_names_one_code() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
        }
        assert_eq!(Code::parse("no_such_code"), None);
    }

    #[test]
    fn what_the_edge_refuses_alike_has_the_same_code() {
        use SignatureError::{Malformed, Mismatch, Missing, Stale};
        for error in [Missing, Malformed, Stale, Mismatch] {
            assert_eq!(Code::from(error).as_str(), error.code());
        }
        for error in [CurrencyError::Malformed, CurrencyError::Unsupported("XXX".to_owned())] {
            assert!(Code::parse(error.code()).is_some(), "{error}");
        }
        assert_eq!(Code::parse(&ErrorBody::field("amountCents", "is required").code), Some(Code::ValidationFailed));
    }
}
