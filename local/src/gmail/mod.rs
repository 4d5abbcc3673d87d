//! Gmail's REST API (v1) and Google's token endpoint, on one mailbox in memory.
//!
//! There is no route that sends: what the product cannot do on the real service by its own rules, it
//! cannot do here either. The control routes do what the world does: `POST /_control/mails` (an
//! .eml file as body; `?sent=true` for one sent by a person), `POST /_control/drafts/{id}/send`
//! and `/edit` (the new text as body), `POST /_control/oauth {"revoked": true}`, and the faults of [`crate::control`].

mod answers;
mod drafts;
mod labels;
mod messages;
mod oauth;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Json, Path, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use domain::DraftId;
use serde::Deserialize;
use testkit::gmail::FakeGmail;
use tokio::net::TcpListener;

pub use oauth::OAuth;

use crate::control;

/// Gmail takes in mails of up to 50 MB.
const LARGEST_BODY: usize = 64 << 20;

/// What every handler works on.
#[derive(Debug, Clone)]
struct Server {
    gmail: Arc<FakeGmail>,
    oauth: Arc<OAuth>,
}

/// The API on this mailbox, with credentials of its own making: see [`OAuth::user_secret`].
pub fn router(gmail: Arc<FakeGmail>) -> Router {
    router_with(gmail, Arc::default())
}

/// The API on this mailbox for these credentials.
pub fn router_with(gmail: Arc<FakeGmail>, oauth: Arc<OAuth>) -> Router {
    let faults = gmail.faults.clone();
    let server = Server { gmail, oauth };
    let user = Router::new()
        .route("/profile", get(messages::profile))
        .route("/history", get(messages::history))
        .route("/watch", post(messages::watch))
        .route("/messages", get(messages::list))
        .route("/messages/{id}", get(messages::get))
        .route("/messages/{id}/modify", post(messages::modify))
        .route("/threads/{id}", get(messages::thread))
        .route("/drafts", get(drafts::list).post(drafts::create))
        .route("/drafts/{id}", get(drafts::get).delete(drafts::delete))
        .route("/labels", get(labels::list).post(labels::create));
    let upload = Router::new()
        .route("/drafts", post(drafts::upload))
        .route("/drafts/{id}", put(drafts::replace));
    let api = Router::new()
        .nest("/gmail/v1/users/{user}", user)
        .nest("/upload/gmail/v1/users/{user}", upload)
        .layer(from_fn_with_state(server.clone(), oauth::admit));
    Router::new()
        .merge(api)
        .route("/token", post(oauth::token))
        .route("/o/oauth2/v2/auth", get(oauth::consent))
        .route("/_control/mails", post(deliver))
        .route("/_control/drafts/{id}/send", post(send_draft))
        .route("/_control/drafts/{id}/edit", post(edit_draft))
        .route("/_control/oauth", post(oauth::switch))
        .fallback(answers::no_such_route)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(server)
        .merge(control::router(faults))
}

/// Serves the API until the task is dropped.
pub async fn serve(
    listener: TcpListener,
    gmail: Arc<FakeGmail>,
    oauth: Arc<OAuth>,
) -> std::io::Result<()> {
    axum::serve(listener, router_with(gmail, oauth)).await
}

#[derive(Debug, Deserialize)]
struct Delivery {
    #[serde(default)]
    sent: bool,
}

async fn deliver(
    State(server): State<Server>,
    Query(delivery): Query<Delivery>,
    raw: Bytes,
) -> Response {
    let head = if delivery.sent {
        server.gmail.deliver_sent(&raw)
    } else {
        server.gmail.deliver(&raw)
    };
    (StatusCode::CREATED, Json(answers::head(&head))).into_response()
}

/// A person writes this text into a draft.
async fn edit_draft(
    State(server): State<Server>,
    Path(id): Path<String>,
    text: String,
) -> StatusCode {
    let is_there = DraftId::parse(&id).is_ok_and(|id| server.gmail.edit_draft(&id, &text));
    if is_there {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

async fn send_draft(State(server): State<Server>, Path(id): Path<String>) -> Response {
    match DraftId::parse(&id)
        .ok()
        .and_then(|id| server.gmail.send_draft(&id))
    {
        Some(head) => Json(answers::head(&head)).into_response(),
        None => answers::not_found(),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use reqwest::Method;
    use serde_json::{Value, json};

    use super::*;

    const MAIL: &str = "From: carla@customer.test\r\nSubject: Card\r\nMessage-ID: <m1@customer.test>\r\n\r\nHello\r\n";
    const REPLY: &str =
        "Subject: Re: [HT00012] Card\r\nIn-Reply-To: <m1@customer.test>\r\n\r\nSGVsbG8=\r\n";

    struct Client {
        base: String,
        token: String,
    }

    impl Client {
        async fn new() -> Self {
            let gmail = Arc::new(FakeGmail::new("support@bank.test"));
            let oauth = Arc::new(OAuth::default());
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            let secret: Value = serde_json::from_str(&oauth.user_secret(&base)).unwrap();
            tokio::spawn(serve(listener, gmail, oauth));
            let mut form = secret.as_object().unwrap().clone();
            form.insert("grant_type".into(), "refresh_token".into());
            let form: Vec<String> = form
                .iter()
                .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
                .collect();
            let answer = reqwest::Client::new()
                .post(format!("{base}/token"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.join("&"))
                .send()
                .await
                .unwrap();
            let granted: Value = answer.json().await.unwrap();
            Self {
                base,
                token: granted["access_token"].as_str().unwrap().to_owned(),
            }
        }

        async fn call(&self, method: Method, path: &str, body: String) -> (u16, Value) {
            let answer = reqwest::Client::new()
                .request(method, format!("{}{path}", self.base))
                .bearer_auth(&self.token)
                .header("content-type", "application/json")
                .body(body)
                .send()
                .await
                .unwrap();
            let status = answer.status().as_u16();
            (status, answer.json().await.unwrap_or_default())
        }

        async fn get(&self, path: &str) -> (u16, Value) {
            self.call(
                Method::GET,
                &format!("/gmail/v1/users/me/{path}"),
                String::new(),
            )
            .await
        }

        async fn post(&self, path: &str, body: Value) -> (u16, Value) {
            self.call(
                Method::POST,
                &format!("/gmail/v1/users/me/{path}"),
                body.to_string(),
            )
            .await
        }
    }

    #[tokio::test]
    async fn a_draft_that_a_person_sends_stands_in_the_thread() {
        let client = Client::new().await;
        let (status, mail) = client
            .call(Method::POST, "/_control/mails", MAIL.into())
            .await;
        assert_eq!(status, 201);
        let raw = URL_SAFE_NO_PAD.encode(REPLY);
        let wanted = json!({"message": {"raw": raw, "threadId": mail["threadId"]}});
        let (_, draft) = client.post("drafts", wanted).await;
        let id = draft["id"].as_str().unwrap();
        let (_, listed) = client.get("drafts").await;
        assert_eq!(listed["drafts"][0]["id"], draft["id"]);
        let send = format!("/_control/drafts/{id}/send");
        assert_eq!(client.call(Method::POST, &send, String::new()).await.0, 200);
        let thread = mail["threadId"].as_str().unwrap();
        let (_, thread) = client
            .get(&format!("threads/{thread}?format=minimal"))
            .await;
        let labels: Vec<&Value> = thread["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| &m["labelIds"])
            .collect();
        assert_eq!(labels, [&json!(["INBOX", "UNREAD"]), &json!(["SENT"])]);
        assert_eq!(client.get(&format!("drafts/{id}")).await.0, 404);
    }

    #[tokio::test]
    async fn labels_are_changed_on_messages() {
        let client = Client::new().await;
        let (_, mail) = client
            .call(Method::POST, "/_control/mails", MAIL.into())
            .await;
        let (_, label) = client.post("labels", json!({"name": "Helpdesk"})).await;
        let path = format!("messages/{}/modify", mail["id"].as_str().unwrap());
        let wanted = json!({"addLabelIds": [label["id"]], "removeLabelIds": ["UNREAD"]});
        let (_, changed) = client.post(&path, wanted).await;
        assert_eq!(changed["labelIds"], json!(["INBOX", "Label_Helpdesk"]));
        assert_eq!(
            client.post("labels", json!({"name": "Helpdesk"})).await.0,
            409
        );
    }

    #[tokio::test]
    async fn errors_have_googles_shape() {
        let client = Client::new().await;
        for (path, code, reason) in [
            ("messages/00000000000000ff", 404, "notFound"),
            ("history?startHistoryId=x", 400, "invalidArgument"),
            ("messages?pageToken=x", 400, "invalidArgument"),
        ] {
            let (status, body) = client.get(path).await;
            assert_eq!(
                (status, &body["error"]["code"]),
                (code, &json!(code)),
                "{path}"
            );
            assert_eq!(body["error"]["errors"][0]["reason"], reason, "{path}");
        }
        let stranger = Client {
            token: "stolen".into(),
            ..client
        };
        assert_eq!(stranger.get("profile").await.0, 401);
    }
}
