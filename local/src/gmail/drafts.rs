//! Drafts, by JSON and by multipart upload.

use axum::body::Bytes;
use axum::extract::{Json, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::ids::BadId;
use domain::{DraftId, ThreadId};
use serde_json::{Value, json};

use super::messages::{Asked, Pairs, perform};
use super::{Server, answers};

/// Gmail reads base64url with and without padding.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) async fn list(State(server): State<Server>, Query(pairs): Pairs) -> Response {
    let asked = Asked::from(pairs);
    perform(&server, "drafts.list", || {
        match server
            .gmail
            .drafts_page(asked.one("pageToken"), asked.most())
        {
            Err(why) => answers::no_page(why),
            Ok((drafts, next)) => {
                let bare = |draft: &testkit::gmail::Draft| {
                    let head = &draft.message.head;
                    json!({
                        "id": draft.id.as_str(),
                        "message": {"id": head.id.as_str(), "threadId": head.thread.as_str()},
                    })
                };
                let mut body = json!({"resultSizeEstimate": drafts.len()});
                if !drafts.is_empty() {
                    body["drafts"] = drafts.iter().map(bare).collect();
                }
                if let Some(next) = next {
                    body["nextPageToken"] = next.into();
                }
                Json(body).into_response()
            }
        }
    })
    .await
}

pub(super) async fn get(
    State(server): State<Server>,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Pairs,
) -> Response {
    let asked = Asked::from(pairs);
    perform(&server, "drafts.get", || {
        match DraftId::parse(&id)
            .ok()
            .and_then(|id| server.gmail.draft(&id))
        {
            None => answers::not_found(),
            Some(draft) => {
                let changed = server.gmail.changed_at(&draft.message.head.id);
                let format = asked.one("format").unwrap_or("full").to_lowercase();
                Json(answers::draft(
                    &draft,
                    changed.map_or(0, |place| place.0),
                    &format,
                ))
                .into_response()
            }
        }
    })
    .await
}

pub(super) async fn delete(
    State(server): State<Server>,
    Path((_, id)): Path<(String, String)>,
) -> Response {
    perform(&server, "drafts.delete", || {
        let is_gone = DraftId::parse(&id).is_ok_and(|id| server.gmail.delete_draft(&id));
        if is_gone {
            StatusCode::NO_CONTENT.into_response()
        } else {
            answers::not_found()
        }
    })
    .await
}

/// `POST /gmail/v1/users/{user}/drafts`: the message as base64url in the JSON.
pub(super) async fn create(State(server): State<Server>, Json(body): Json<Value>) -> Response {
    perform(&server, "drafts.create", || {
        match body["message"]["raw"]
            .as_str()
            .and_then(|raw| BASE64URL.decode(raw).ok())
        {
            None => answers::invalid("'raw' RFC822 payload message string is required"),
            Some(mime) => created(&server, &body, &mime),
        }
    })
    .await
}

/// `POST /upload/gmail/v1/users/{user}/drafts?uploadType=multipart`: JSON and message as two parts.
pub(super) async fn upload(
    State(server): State<Server>,
    Query(pairs): Pairs,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked::from(pairs);
    perform(&server, "drafts.create", || {
        match uploaded(&asked, &headers, &body) {
            Some((metadata, mime)) => created(&server, &metadata, mime),
            None => answers::invalid("Expected multipart/related with JSON and a message"),
        }
    })
    .await
}

/// `PUT /upload/gmail/v1/users/{user}/drafts/{id}?uploadType=multipart`: another content.
pub(super) async fn replace(
    State(server): State<Server>,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Pairs,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked::from(pairs);
    perform(&server, "drafts.update", || {
        let Some((metadata, mime)) = uploaded(&asked, &headers, &body) else {
            return answers::invalid("Expected multipart/related with JSON and a message");
        };
        let Ok(thread) = thread_of(&metadata) else {
            return bad_thread();
        };
        let replaced = DraftId::parse(&id)
            .ok()
            .and_then(|id| server.gmail.update_draft(&id, thread.as_ref(), mime));
        match replaced {
            Some(draft) => Json(answers::bare_draft(&draft)).into_response(),
            None => answers::not_found(),
        }
    })
    .await
}

/// The two parts of a multipart upload.
fn uploaded<'a>(asked: &Asked, headers: &HeaderMap, body: &'a Bytes) -> Option<(Value, &'a [u8])> {
    if asked.one("uploadType") != Some("multipart") {
        return None;
    }
    let media_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let parts = parts(body, boundary(media_type)?)?;
    let [metadata, mime] = parts.as_slice() else {
        return None;
    };
    Some((serde_json::from_slice(metadata).ok()?, mime))
}

/// The thread that a draft is for, if it names one.
fn thread_of(metadata: &Value) -> Result<Option<ThreadId>, BadId> {
    let thread = metadata["message"]["threadId"].as_str();
    thread.map(ThreadId::parse).transpose()
}

fn bad_thread() -> Response {
    answers::invalid("Invalid thread_id value")
}

fn created(server: &Server, metadata: &Value, mime: &[u8]) -> Response {
    let Ok(thread) = thread_of(metadata) else {
        return bad_thread();
    };
    match server.gmail.new_draft(thread.as_ref(), mime) {
        Some(draft) => Json(answers::bare_draft(&draft)).into_response(),
        None => answers::not_found(),
    }
}

/// The boundary of `multipart/related` (RFC 2387).
fn boundary(media_type: &str) -> Option<&str> {
    let (kind, parameters) = media_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/related") {
        return None;
    }
    parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value.trim_matches('"'))
}

/// The bodies of the parts (RFC 2046, section 5.1.1).
fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<&'a [u8]>> {
    let mark = format!("\r\n--{boundary}");
    let opening = format!("--{boundary}");
    let mut rest = match body.strip_prefix(opening.as_bytes()) {
        Some(rest) => rest,
        None => split(body, mark.as_bytes())?.1,
    };
    let mut parts = vec![];
    while !rest.starts_with(b"--") {
        let (part, after) = split(rest, mark.as_bytes())?;
        parts.push(split(part, b"\r\n\r\n")?.1);
        rest = after;
    }
    Some(parts)
}

fn split<'a>(octets: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = octets
        .windows(mark.len())
        .position(|window| window == mark)?;
    Some((&octets[..at], &octets[at + mark.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preamble_before_the_first_part_does_not_matter() {
        let body =
            b"\r\n--b\r\nContent-Type: a\r\n\r\none\r\n--b\r\nX: y\r\n\r\ntwo\r\n\r\n--b--\r\n";
        assert_eq!(parts(body, "b").unwrap(), [&b"one"[..], &b"two\r\n"[..]]);
    }

    #[test]
    fn a_body_that_breaks_off_has_no_parts() {
        assert_eq!(parts(b"--b\r\nX: y\r\n\r\none", "b"), None);
    }

    #[test]
    fn the_boundary_is_read_with_quotes_or_without() {
        assert_eq!(boundary("multipart/related; boundary=\"x\""), Some("x"));
        assert_eq!(boundary("Multipart/Related;boundary=x"), Some("x"));
        assert_eq!(boundary("multipart/form-data; boundary=x"), None);
    }
}
