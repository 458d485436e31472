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
    ValidationFailed = "validation_failed", "A parameter or a field of the body is invalid.";
    MalformedJson = "malformed_json", "The body isn't valid JSON.";
    MalformedForm = "malformed_form", "A form or an upload couldn't be read.";
    BadRequest = "bad_request", "The request couldn't be understood.";
    Unauthorized = "unauthorized", "The API key is missing or invalid.";
    Forbidden = "forbidden", "The key's scope or role doesn't allow this.";
    NotFound = "not_found", "The object doesn't exist, or belongs to another organization.";
    MethodNotAllowed = "method_not_allowed", "This path doesn't support this method.";
    PayloadTooLarge = "payload_too_large", "The body is too large for this endpoint.";
    UnsupportedMediaType = "unsupported_media_type", "The content type isn't supported.";
    IdempotencyConflict = "idempotency_conflict", "The `Idempotency-Key` was already used for a different request.";
    RequestUnderWay = "request_under_way", "The first request with this key is still running.";
    RateLimited = "rate_limited", "Too many requests from this key or network.";
    TooManyRequests = "too_many_requests", "Too many emails, claims, forms, exports or erasures in a short time.";
    PlanTierRequired = "plan_tier_required", "The organization's plan doesn't include this. Only where plans are sold.";
    OrganizationClosed = "organization_closed", "The organization is about to be deleted.";
    InternalError = "internal_error", "Something failed on our side.";
    Unavailable = "unavailable", "The service is busy or restarting. Nothing was changed.";
    NotReady = "not_ready", "`/readyz`: the database isn't reachable, migrations are missing, or the process is stopping.";

    // What the edge sends or answers too, and webhooks of Stripe.
    SignatureMissing = "signature_missing", "The `Rekomi-Signature` header is missing.";
    SignatureMalformed = "signature_malformed", "The header isn't `t=<unix seconds>,v1=<hex>`.";
    SignatureExpired = "signature_expired", "The signature's time is more than 300 seconds off.";
    SignatureInvalid = "signature_invalid", "No signature matches the body.";
    CurrencyMustBe3Letters = "currency_must_be_3_letters", "The currency isn't an ISO 4217 code.";
    UnsupportedCurrency = "unsupported_currency", "Rekomi doesn't support this currency.";
    BatchTooLarge = "batch_too_large", "The edge sent too many events at once. For operators.";
    MalformedEvent = "malformed_event", "The body isn't a Stripe event.";

    // Programs, affiliates, links.
    AffiliateExists = "affiliate_exists", "Another affiliate has this email address.";
    AffiliateErased = "affiliate_erased", "The affiliate was erased.";
    SlugTaken = "slug_taken", "Another link, affiliate or program has this slug.";
    SlugChanged = "slug_changed", "An affiliate can change their link name only once.";
    CouponTaken = "coupon_taken", "Another coupon has this code, or this id at the gateway.";
    CouponArchived = "coupon_archived", "An archived coupon can't be changed.";
    PlanExists = "plan_exists", "The scope already has a plan version for this exact time.";
    SegmentExists = "segment_exists", "The segment was already set for this exact time.";
    NoHomeCurrency = "no_home_currency", "Exchange rates need a home currency.";
    NoLink = "no_link", "A test sale needs an affiliate with a link in this program.";
    TestModeOnly = "test_mode_only", "Test sales are available only in test mode.";
    HostTaken = "host_taken", "The host is already in use for links.";
    HostReserved = "host_reserved", "The host is reserved for Rekomi.";
    HostInUse = "host_in_use", "The host still has links.";
    TooMany = "too_many", "An organization can have 50 link hosts.";
    TooManyAssets = "too_many_assets", "The asset library is full.";
    TooManyRewards = "too_many_rewards", "An organization can have 200 rewards that aren't archived.";
    RewardClosed = "reward_closed", "The reward isn't open, or was already claimed or ranked for this period.";
    BudgetSpent = "budget_spent", "The reward's budget has no room for this claim.";
    NoLongerReached = "no_longer_reached", "The milestone isn't reached anymore.";
    NotGivable = "not_givable", "The affiliate's plan has no single rate that the reward could raise.";
    TooManyEmails = "too_many_letters", "The organization reached its daily limit of first emails.";
    OptedOut = "opted_out", "The person opted out of invitations.";
    WrongStatus = "wrong_status", "The affiliate's status doesn't allow this.";
    TooLarge = "too_large", "The import file is over 20 MB.";
    ListingStatus = "listing_status", "The status of the program's listing in the network doesn't allow this.";
    ListingIncomplete = "listing_incomplete", "The program, or its listing in the network, lacks something.";
    AlreadyDecided = "already_decided", "Someone already decided this claim or tax form.";

    // Messages of other installations.
    UnknownPeer = "unknown_peer", "The installation isn't one whose messages are taken here.";
    UnknownKey = "unknown_key", "No key of the installation that is trusted here has this name.";
    WrongAudience = "wrong_audience", "The message is for another installation.";
    MessageExpired = "message_expired", "The message isn't valid now, or is valid for more than 10 minutes.";
    MessageMalformed = "message_malformed", "The body isn't a signed message about an application.";
    WrongHost = "wrong_host", "The program is of another installation.";
    ApplicationDiffers = "application_differs", "An application of this name was announced with different content.";
    ApplicationRevoked = "application_revoked", "The application was taken back.";

    // Conversions and commissions.
    Conflict = "conflict", "An event with this `externalEventId` already exists with different content.";
    Unprocessable = "unprocessable", "The event can't be booked.";
    NothingLeft = "nothing_left", "The conversion is already fully refunded, or its amount is 0.";
    NotPending = "not_pending", "The commission is worth nothing, so there is nothing to release.";
    NotDenied = "not_denied", "The commission wasn't denied.";
    CommissionHeld = "commission_held", "A review or a dispute holds the commission.";

    // Payouts.
    NothingPayable = "nothing_payable", "Nothing is payable in this currency, or refunds outweigh it.";
    AmountDiffers = "amount_differs", "The payable amount isn't `expectedCents`.";
    RunOpen = "run_open", "Another run in this currency is awaiting approval.";
    RunClosed = "run_closed", "The run was canceled or is done.";
    RunUnderWay = "run_under_way", "All payouts of the run are already in progress or done.";
    RunNotApproved = "run_not_approved", "The run isn't approved.";
    SecondApproverRequired = "second_approver_required", "A second person must approve.";
    ApproverUnknown = "approver_unknown", "The key doesn't act for exactly one person.";
    OwnerRequired = "owner_required", "Only an owner can turn off the second approver, in the dashboard.";
    NotApproved = "not_approved", "The payout's run isn't approved.";
    NotReserved = "not_reserved", "The payout's money isn't reserved yet.";
    NotReservedYet = "not_reserved_yet", "Some of the run's money isn't reserved yet.";
    NothingToExport = "nothing_to_export", "The run has nothing left to export for this rail.";
    Exported = "exported", "The payout is in an exported file and may already be paid.";
    AlreadySent = "already_sent", "The payout was already sent.";
    PayoutFailed = "payout_failed", "The payout failed, and the amount is owed again.";
    PayoutStopped = "payout_stopped", "The payout shouldn't be paid: another destination, a hold, or not approved.";
    NotByHand = "not_by_hand", "Stripe reports the result of this payout.";
    NotRetryable = "not_retryable", "There is nothing to retry, or it is already in progress.";
    FateUnknown = "fate_unknown", "It isn't known yet whether the money was sent.";
    NoSuchTransfer = "no_such_transfer", "Stripe has no such transfer.";
    TransferDiffers = "transfer_differs", "The transfer doesn't match this payout: another amount, account or payment.";
    TransferTaken = "transfer_taken", "The transfer already belongs to another payout.";
    DateOutOfRange = "date_out_of_range", "The payment date is in the future, or before the amount was earned.";
    FileUnreadable = "file_unreadable", "The results file can't be read, or is too large.";
    FormExpired = "form_expired", "The tax form has expired.";

    // Stripe for payouts.
    NotConnected = "not_connected", "No Stripe account is connected.";
    ConnectionPaused = "connection_paused", "Stripe no longer accepts the key.";
    MissingPermissions = "missing_permissions", "The restricted key lacks permissions, listed in `missing`.";
    NoConnect = "no_connect", "The Stripe account isn't signed up for Connect.";
    AccountIncomplete = "account_incomplete", "The Stripe account has no country or currency yet.";
    WrongMode = "wrong_mode", "The key is a test key in live mode, or a live key in test mode.";
    StripeRefused = "stripe_refused", "Stripe rejected the request. The message says why.";
    StripeUnavailable = "stripe_unavailable", "Stripe isn't responding. No data is lost.";
    PayoutsOpen = "payouts_open", "Payouts through this Stripe account are still in progress.";
    ConnectedMeanwhile = "connected_meanwhile", "Someone else connected an account at the same time.";
    CredentialsUnreadable = "credentials_unreadable", "The stored credentials can't be decrypted.";
    CountryUnsupported = "country_unsupported", "Stripe doesn't pay affiliates in this country.";
    CountryUnsupportedFromPlatform = "country_unsupported_from_platform", "Stripe can't pay this country from yours.";
    AccountExists = "account_exists", "The affiliate has a Stripe account in another country.";
    AccountInUse = "account_in_use", "This account was already paid, or a payment to it is in progress.";
    NoAccount = "no_account", "The affiliate has no Stripe account yet.";
    TooManyAccounts = "too_many_accounts", "The affiliate created too many Stripe accounts.";
    PayoutsPaused = "payouts_paused", "Stripe can't be reached with the brand's key.";
    JustInvited = "just_invited", "The affiliate was emailed a few minutes ago.";

    // Gateways, CRMs, webhooks.
    GatewayRefused = "gateway_refused", "The gateway rejected the request. The message says why.";
    GatewayUnavailable = "gateway_unavailable", "The gateway isn't responding, or asks us to wait.";
    Connecting = "connecting", "The connection is still being created.";
    IdTaken = "id_taken", "A connection with this id already exists.";
    MissingCredential = "missing_credential", "A credential is missing.";
    UnknownCredential = "unknown_credential", "The vendor doesn't use this credential.";
    InvalidCredential = "invalid_credential", "The credential is malformed.";
    CredentialsRefused = "credentials_refused", "Customer.io rejected the site ID and API key.";
    VendorRefused = "vendor_refused", "The CRM rejected the request. The message says why.";
    VendorUnavailable = "vendor_unavailable", "The CRM isn't responding, or asks us to wait.";
    UnknownList = "unknown_list", "The CRM has no list with this id.";
    TagsNeedAttention = "tags_need_attention", "The tag check has findings.";
    TooManyConnections = "too_many_connections", "The limit of CRM connections is reached.";
    ConnectionDisabled = "connection_disabled", "The connection is disabled.";
    NotAnAffiliate = "not_an_affiliate", "Only approved affiliates, and people who were synced before, can be synced.";
    ForgetUnsupported = "forget_unsupported", "The CRM's API can't delete contacts.";
    EndpointDisabled = "endpoint_disabled", "The webhook is disabled.";
    TooManyEndpoints = "too_many_endpoints", "The limit of webhooks is reached.";

    // Keys, team, sign-in.
    TooManyKeys = "too_many_keys", "An organization can have 50 active keys.";
    MadeAlready = "made_already", "The key was already created, and its secrets were shown then.";
    Rotated = "rotated", "The key was already rotated, and its new secrets were shown then.";
    Overlaps = "overlaps", "Secrets from earlier rotations are still valid.";
    Revoked = "revoked", "The key was revoked.";
    Expired = "expired", "The key has expired.";
    AlreadyMember = "already_member", "The person is already a member.";
    AlreadyInvited = "already_invited", "The email address already has an open invitation.";
    AlreadyAccepted = "already_accepted", "The invitation was already accepted.";
    AlreadyCancelled = "already_cancelled", "The invitation was canceled.";
    InvitationExpired = "invitation_expired", "The invitation is older than seven days.";
    TooManyInvitations = "too_many_invitations", "There are already 100 open invitations.";
    InvitationLimit = "invitation_limit", "The daily limit of invitations is reached.";
    TooSoon = "too_soon", "The invitation was sent less than a minute ago, or 24 hours for affiliates.";
    LastOwner = "last_owner", "An organization needs at least one owner.";
    TestMode = "test_mode", "Test mode shares the live organization's team, plan and deletion.";
    GraceOver = "grace_over", "The seven days to cancel a deletion are over.";
    ExportRunning = "export_running", "Another export of the organization is running.";
    EmailNotVerified = "email_not_verified", "The email address isn't confirmed.";
    SecondFactorRequired = "second_factor_required", "The organization requires two-step sign-in.";
    SecondFactorOff = "second_factor_off", "Turn on your own two-step sign-in before you require it of others.";
    StepUpRequired = "step_up_required", "Confirm your identity with your password or a code.";
    TooManyAttempts = "too_many_attempts", "Too many wrong passwords or codes.";
    SignedOut = "signed_out", "Your session has ended.";
    CrossOrigin = "cross_origin", "The form came from another site.";
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
