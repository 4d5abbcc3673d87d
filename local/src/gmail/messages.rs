//! Profile, history, messages, threads and the watch.

use axum::extract::{Json, Path, Query, State};
use axum::response::{IntoResponse, Response};
use domain::{GmailMessageId, HistoryId, ThreadId};
use ports::RawMail;
use serde_json::{Value, json};
use testkit::gmail::{Event, Record};

use super::{Server, answers};
use crate::control::under_faults;

/// The query string, in which names may repeat.
#[derive(Debug)]
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    fn all(&self, name: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub(super) fn most(&self) -> Option<usize> {
        self.one("maxResults")?.parse().ok()
    }
}

impl From<Vec<(String, String)>> for Asked {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

/// What the query string is read as.
pub(super) type Pairs = Query<Vec<(String, String)>>;

/// Performs a call under the faults armed for it.
pub(super) async fn perform(
    server: &Server,
    operation: &str,
    work: impl FnOnce() -> Response,
) -> Response {
    under_faults(
        &server.gmail.faults,
        operation,
        answers::limited,
        || async { work() },
    )
    .await
}

pub(super) async fn profile(State(server): State<Server>) -> Response {
    perform(&server, "users.getProfile", || {
        let place = server.gmail.place();
        Json(json!({
            "emailAddress": server.gmail.address(), "historyId": place.to_string(),
            "messagesTotal": 0, "threadsTotal": 0,
        }))
        .into_response()
    })
    .await
}

pub(super) async fn history(State(server): State<Server>, Query(pairs): Pairs) -> Response {
    let asked = Asked(pairs);
    perform(&server, "history.list", || {
        let Some(since) = asked.one("startHistoryId").and_then(|id| id.parse().ok()) else {
            return answers::invalid("Missing or invalid startHistoryId");
        };
        let page = asked.one("pageToken");
        match server
            .gmail
            .history_page(HistoryId(since), page, asked.most())
        {
            Err(why) => answers::no_page(why),
            Ok(found) => {
                let records: Vec<Value> = found
                    .records
                    .iter()
                    .filter_map(|record| shown(record, &asked))
                    .collect();
                let mut body = json!({"historyId": found.now_at.to_string()});
                if !records.is_empty() {
                    body["history"] = records.into();
                }
                if let Some(next) = found.next {
                    body["nextPageToken"] = next.into();
                }
                Json(body).into_response()
            }
        }
    })
    .await
}

/// A record in Google's shape, or nothing where it was not asked for.
fn shown(record: &Record, asked: &Asked) -> Option<Value> {
    let (kind, field) = match record.event {
        Event::Added => ("messageAdded", "messagesAdded"),
        Event::Deleted => ("messageDeleted", "messagesDeleted"),
        Event::Relabelled => ("labelAdded", "labelsAdded"),
    };
    let kinds = asked.all("historyTypes");
    let label = asked.one("labelId");
    let is_asked = (kinds.is_empty() || kinds.contains(&kind))
        && label.is_none_or(|label| record.head.labels.iter().any(|l| l == label));
    is_asked.then(|| {
        let (id, thread) = (record.head.id.as_str(), record.head.thread.as_str());
        json!({
            "id": record.at.to_string(),
            "messages": [{"id": id, "threadId": thread}],
            field: [{"message": answers::head(&record.head)}],
        })
    })
}

pub(super) async fn list(State(server): State<Server>, Query(pairs): Pairs) -> Response {
    let asked = Asked(pairs);
    perform(&server, "messages.list", || {
        let after = match asked.one("q").map(after) {
            Some(None) => return answers::invalid("This query is not understood here"),
            Some(after) => after,
            None => None,
        };
        let page = asked.one("pageToken");
        match server.gmail.messages_page(&asked.all("labelIds"), after, page, asked.most()) {
            Err(why) => answers::no_page(why),
            Ok((heads, next)) => {
                let mut body = json!({"resultSizeEstimate": heads.len()});
                let bare = |head: &ports::MailHead| {
                    json!({"id": head.id.as_str(), "threadId": head.thread.as_str()})
                };
                if !heads.is_empty() {
                    body["messages"] = heads.iter().map(bare).collect();
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

/// The one search that is understood: `after:<unix seconds>`.
fn after(query: &str) -> Option<i64> {
    query.trim().strip_prefix("after:")?.parse().ok()
}

pub(super) async fn get(
    State(server): State<Server>,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Pairs,
) -> Response {
    let asked = Asked(pairs);
    perform(&server, "messages.get", || {
        let Ok(id) = GmailMessageId::parse(&id) else {
            return answers::invalid("Invalid id value");
        };
        match server.gmail.message(&id) {
            None => answers::not_found(),
            Some(mail) => Json(shown_mail(&server, &mail, &asked)).into_response(),
        }
    })
    .await
}

fn shown_mail(server: &Server, mail: &RawMail, asked: &Asked) -> Value {
    let changed = server
        .gmail
        .changed_at(&mail.head.id)
        .map_or(0, |place| place.0);
    let format = asked.one("format").unwrap_or("full").to_lowercase();
    answers::message(mail, changed, &format, &asked.all("metadataHeaders"))
}

pub(super) async fn thread(
    State(server): State<Server>,
    Path((_, id)): Path<(String, String)>,
    Query(pairs): Pairs,
) -> Response {
    let asked = Asked(pairs);
    perform(&server, "threads.get", || {
        let mails = ThreadId::parse(&id)
            .map(|id| server.gmail.thread(&id))
            .unwrap_or_default();
        if mails.is_empty() {
            return answers::not_found();
        }
        let mails: Vec<Value> = mails
            .iter()
            .map(|mail| shown_mail(&server, mail, &asked))
            .collect();
        Json(json!({"id": id, "messages": mails})).into_response()
    })
    .await
}

pub(super) async fn modify(
    State(server): State<Server>,
    Path((_, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let named = |field: &str| -> Vec<String> {
        serde_json::from_value(body[field].clone()).unwrap_or_default()
    };
    perform(&server, "messages.modify", || {
        let changed = GmailMessageId::parse(&id).ok().and_then(|id| {
            server
                .gmail
                .relabel(&id, &named("addLabelIds"), &named("removeLabelIds"))
        });
        match changed {
            Some(head) => Json(answers::head(&head)).into_response(),
            None => answers::not_found(),
        }
    })
    .await
}

pub(super) async fn watch(State(server): State<Server>, Json(body): Json<Value>) -> Response {
    perform(&server, "users.watch", || {
        let topic = body["topicName"].as_str().unwrap_or_default();
        match server.gmail.start_watch(topic) {
            None => answers::invalid("Invalid topicName does not match projects/*/topics/*"),
            Some(watch) => {
                let expires = watch.expires.unix_timestamp_nanos() / 1_000_000;
                let place = watch.now_at.to_string();
                Json(json!({"historyId": place, "expiration": expires.to_string()})).into_response()
            }
        }
    })
    .await
}
