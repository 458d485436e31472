//! Parses a page's form that may contain a file: `multipart/form-data` (RFC 7578), or a plain form without one. Routes
//! limit its size with `DefaultBodyLimit`.

use axum::{
    extract::{Form, FromRequest, Multipart, Request, multipart::MultipartError},
    http::{StatusCode, header::CONTENT_TYPE},
};

use super::Fields;
use crate::error::{Code, Error, Result};

/// Maximum length of a field other than the file.
const FIELD_MAX: usize = 4 * 1024;
/// The field for a pasted list, which may be longer.
const LIST: &str = "list";
const LIST_MAX: usize = 256 * 1024;
const FIELDS_MAX: usize = 40;
/// The name of the field with the file.
const FILE: &str = "file";

#[derive(Debug, Default)]
pub struct Upload {
    pub fields: Fields,
    pub file: Vec<u8>,
    /// If set, nothing of the file is here.
    pub too_large: bool,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.to_ascii_lowercase().starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, state).await.map_err(|_| unreadable())?;
            return read(parts).await;
        }
        let Form(mut fields) = Form::<Fields>::from_request(request, state).await.map_err(|_| unreadable())?;
        let file = fields.take(FILE).into_bytes();
        Ok(Self { fields, file, too_large: false })
    }
}

/// The file's name and declared type are ignored.
async fn read(mut parts: Multipart) -> Result<Upload> {
    let mut sent = Upload::default();
    loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(sent),
            Err(error) => return refused(&error),
        };
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = match part.bytes().await {
            Ok(bytes) => bytes,
            Err(error) => return refused(&error),
        };
        if name == FILE {
            sent.file = bytes.to_vec();
        } else if bytes.len() <= (if name == LIST { LIST_MAX } else { FIELD_MAX })
            && sent.fields.0.len() < FIELDS_MAX
            && !bytes.contains(&0)
        {
            sent.fields.0.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

fn refused(error: &MultipartError) -> Result<Upload> {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Ok(Upload { too_large: true, ..Upload::default() });
    }
    Err(unreadable())
}

fn unreadable() -> Error {
    Error::new(StatusCode::BAD_REQUEST, Code::MalformedForm, "The form couldn't be read. Submit it again.")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn upload(kind: &str, body: &str) -> Result<Upload> {
        let request = Request::post("/").header(CONTENT_TYPE, kind).body(Body::from(body.to_owned())).unwrap();
        Upload::from_request(request, &()).await
    }

    #[tokio::test]
    async fn a_file_comes_with_its_fields() {
        let body = "------x7\r\nContent-Disposition: form-data; name=\"organization\"\r\n\r\norg_1\r\n------x7\r\n\
                    Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n\
                    payoutId,status\r\npo_1,Sent\r\n\r\n------x7--\r\n";
        let sent = upload("multipart/form-data; boundary=----x7", body).await.unwrap();
        assert_eq!(sent.fields.raw("organization"), "org_1");
        assert_eq!(sent.file, b"payoutId,status\r\npo_1,Sent\r\n");
    }

    #[tokio::test]
    async fn a_plain_form_does_too() {
        let sent = upload("application/x-www-form-urlencoded", "organization=org_1&file=a%2Cb").await.unwrap();
        assert_eq!((sent.fields.raw("organization"), &*sent.file), ("org_1", &b"a,b"[..]));
    }

    #[tokio::test]
    async fn what_is_no_form_says_so() {
        for (kind, body) in [
            ("multipart/form-data", "x"),
            ("multipart/form-data; boundary=x", "--y\r\n\r\n"),
            ("text/plain", "organization=org_1"),
        ] {
            assert_eq!(upload(kind, body).await.unwrap_err().status(), StatusCode::BAD_REQUEST, "{kind}");
        }
    }
}
