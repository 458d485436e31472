//! S3's errors.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::xml;

/// Why S3 refuses a request. Each name is the error's code in the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    AccessDenied,
    AuthorizationHeaderMalformed,
    BadDigest,
    IncompleteBody,
    InternalError,
    InvalidAccessKeyId,
    InvalidArgument,
    InvalidBucketName,
    InvalidRequest,
    InvalidURI,
    MalformedXML,
    MissingContentLength,
    NoSuchBucket,
    NoSuchKey,
    NotImplemented,
    RequestTimeTooSkewed,
    SignatureDoesNotMatch,
    XAmzContentSHA256Mismatch,
}

impl Refusal {
    const fn status(self) -> StatusCode {
        match self {
            Self::AccessDenied
            | Self::InvalidAccessKeyId
            | Self::RequestTimeTooSkewed
            | Self::SignatureDoesNotMatch => StatusCode::FORBIDDEN,
            Self::AuthorizationHeaderMalformed
            | Self::BadDigest
            | Self::IncompleteBody
            | Self::InvalidArgument
            | Self::InvalidBucketName
            | Self::InvalidRequest
            | Self::InvalidURI
            | Self::MalformedXML
            | Self::XAmzContentSHA256Mismatch => StatusCode::BAD_REQUEST,
            Self::MissingContentLength => StatusCode::LENGTH_REQUIRED,
            Self::NoSuchBucket | Self::NoSuchKey => StatusCode::NOT_FOUND,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::AccessDenied => "The request isn't signed, or not all of its headers that must be signed are.",
            Self::AuthorizationHeaderMalformed => "The authorization header that you provided is not valid.",
            Self::BadDigest => "The checksum that you provided did not match what the server received.",
            Self::IncompleteBody => "The body is shorter than its Content-Length.",
            Self::InternalError => "The server can't use its folder.",
            Self::InvalidAccessKeyId => "The access key ID that you provided does not exist in our records.",
            Self::InvalidArgument => "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a SHA-256 hash.",
            Self::InvalidBucketName => "The specified bucket is not valid.",
            Self::InvalidRequest => "A required header is missing.",
            Self::InvalidURI => "The specified URI couldn't be parsed.",
            Self::MalformedXML => "The XML that you provided was not well formed.",
            Self::MissingContentLength => "You must provide the Content-Length HTTP header.",
            Self::NoSuchBucket => "The specified bucket does not exist.",
            Self::NoSuchKey => "The specified key does not exist.",
            Self::NotImplemented => "The request implies functionality that is not implemented.",
            Self::RequestTimeTooSkewed => "The request's time and the server's time differ by too much.",
            Self::SignatureDoesNotMatch => "The signature in the request is not the one that the server calculated.",
            Self::XAmzContentSHA256Mismatch => "The body doesn't have the hash in x-amz-content-sha256.",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = format!("<Error><Code>{self:?}</Code><Message>{}</Message></Error>", self.message());
        xml(self.status(), &error)
    }
}

impl From<std::io::Error> for Refusal {
    fn from(_: std::io::Error) -> Self {
        Self::InternalError
    }
}
