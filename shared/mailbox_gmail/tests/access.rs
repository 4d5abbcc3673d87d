//! Tokens, consent and rights; and what the adapter alone can show.

mod stand;

use ports::{CallError, Mailbox};
use stand::stand;
use testkit::Fault;
use time::Duration;

const MAIL: &[u8] = b"From: carla@customer.test\r\nSubject: Card\r\nMessage-ID: <m1@customer.test>\r\n\r\nHello\r\n";

fn advice(error: CallError) -> String {
    match error {
        CallError::Unauthorized { reason, .. } => reason,
        error => panic!("not a question of credentials: {error:?}"),
    }
}

#[tokio::test]
async fn one_token_serves_many_calls() {
    let stand = stand().await;
    let adapter = stand.adapter();
    for _ in 0..5 {
        adapter.now_at().await.unwrap();
    }
    assert_eq!(stand.oauth.issued(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_runs_out() {
    let stand = stand().await;
    let adapter = stand.adapter();
    adapter.now_at().await.unwrap();
    stand.clock.pass(Duration::minutes(59));
    adapter.now_at().await.unwrap();
    assert_eq!(stand.oauth.issued(), 2);
}

#[tokio::test]
async fn a_token_that_google_dropped_early_is_replaced() {
    let stand = stand().await;
    let adapter = stand.adapter();
    adapter.now_at().await.unwrap();
    stand.oauth.expire_tokens();
    adapter.now_at().await.unwrap();
    assert_eq!(stand.oauth.issued(), 2);
}

#[tokio::test]
async fn a_draft_refused_for_its_token_is_created_once() {
    let stand = stand().await;
    let adapter = stand.adapter();
    let head = stand.gmail.deliver(MAIL);
    adapter.now_at().await.unwrap();
    stand.oauth.expire_tokens();
    adapter
        .create_draft(&head.thread, b"Subject: Re: Card\r\n\r\nSGVsbG8=\r\n")
        .await
        .unwrap();
    assert_eq!(stand.gmail.drafts().len(), 1);
}

#[tokio::test]
async fn a_revoked_consent_says_what_to_do() {
    let stand = stand().await;
    let adapter = stand.adapter();
    adapter.now_at().await.unwrap();
    stand.oauth.revoke();
    let reason = advice(adapter.now_at().await.unwrap_err());
    assert_eq!(
        reason,
        "the refresh token holds no more: the consent was withdrawn, the mailbox's password was changed, nobody used it \
         for six months, or the OAuth app is in testing, where consent lasts seven days. Consent anew: \
         `helpdesk setup google --client FILE`"
    );
}

#[tokio::test]
async fn a_wrong_refresh_token_is_no_consent() {
    let stand = stand().await;
    let secret = stand
        .oauth
        .user_secret(&stand.base)
        .replace("local-refresh", "stolen-refresh");
    let error = stand.connect(&secret).now_at().await.unwrap_err();
    assert!(advice(error).starts_with("the refresh token holds no more"));
}

#[tokio::test]
async fn a_wrong_client_secret_is_told_as_such() {
    let stand = stand().await;
    let secret = stand
        .oauth
        .user_secret(&stand.base)
        .replace("client-secret", "other-secret");
    let error = stand.connect(&secret).now_at().await.unwrap_err();
    assert!(advice(error).starts_with("the OAuth client is unknown"));
}

#[tokio::test]
async fn a_service_account_acts_for_its_subject() {
    let stand = stand().await;
    let secret = stand
        .oauth
        .service_account_secret(&stand.base, stand::ADDRESS);
    stand.connect(&secret).now_at().await.unwrap();
}

#[tokio::test]
async fn a_service_account_without_delegation_says_what_to_check() {
    let stand = stand().await;
    let secret = stand
        .oauth
        .service_account_secret(&stand.base, "boss@bank.test");
    let error = stand.connect(&secret).now_at().await.unwrap_err();
    assert!(advice(error).contains("domain-wide delegation"));
}

#[tokio::test]
async fn credentials_of_another_mailbox_read_nothing() {
    let stand = stand().await;
    let secret = stand.oauth.user_secret(&stand.base);
    let error = stand
        .connect_as("boss@bank.test", &secret)
        .now_at()
        .await
        .unwrap_err();
    assert!(advice(error).contains("do not belong to the mailbox"));
}

#[tokio::test]
async fn a_broken_token_endpoint_is_asked_again() {
    let stand = stand().await;
    for fault in [Fault::ServerError, Fault::Refuse, Fault::Malformed] {
        stand.gmail.faults.arm("token", fault, 1);
    }
    stand.adapter().now_at().await.unwrap();
}

#[tokio::test]
async fn a_draft_waits_for_a_token_endpoint_that_breaks_once() {
    let stand = stand().await;
    let head = stand.gmail.deliver(MAIL);
    stand.gmail.faults.arm("token", Fault::ServerError, 1);
    let draft = b"Subject: Re: Card\r\n\r\nSGVsbG8=\r\n";
    stand
        .adapter()
        .create_draft(&head.thread, draft)
        .await
        .unwrap();
    assert_eq!(stand.gmail.drafts().len(), 1);
}

#[tokio::test]
async fn a_read_is_repeated_until_it_works() {
    let stand = stand().await;
    let head = stand.gmail.deliver(MAIL);
    for fault in [Fault::ServerError, Fault::Refuse, Fault::Malformed] {
        stand.gmail.faults.arm("messages.get", fault, 1);
    }
    let adapter = stand.adapter();
    assert_eq!(adapter.fetch(&head.id).await.unwrap().raw, MAIL);
}

#[tokio::test]
async fn a_limit_without_a_time_to_wait_is_waited_for() {
    let stand = stand().await;
    // Told as 403 rateLimitExceeded, as Gmail does at times.
    stand
        .gmail
        .faults
        .arm("users.getProfile", Fault::RateLimited(0), 2);
    stand.adapter().now_at().await.unwrap();
}

#[tokio::test]
async fn a_limited_draft_is_created_once_the_limit_is_over() {
    let stand = stand().await;
    let head = stand.gmail.deliver(MAIL);
    stand
        .gmail
        .faults
        .arm("drafts.create", Fault::RateLimited(0), 1);
    let draft = b"Subject: Re: Card\r\n\r\nSGVsbG8=\r\n";
    stand
        .adapter()
        .create_draft(&head.thread, draft)
        .await
        .unwrap();
    assert_eq!(stand.gmail.drafts().len(), 1);
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_reached_is_told_as_such() {
    let mut stand = stand().await;
    stand.base = "http://127.0.0.1:9".to_owned();
    let error = stand.adapter().now_at().await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_draft_that_imitates_the_uploads_boundary_is_refused() {
    let stand = stand().await;
    let head = stand.gmail.deliver(MAIL);
    let kind = google_gmail1::common::MultiPartReader::mime_type();
    let boundary = kind.get_param("boundary").unwrap();
    let draft = format!("Subject: Re: Card\r\n\r\nHi\r\n--{boundary}--\r\n");
    let error = stand
        .adapter()
        .create_draft(&head.thread, draft.as_bytes())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
    assert!(stand.gmail.drafts().is_empty());
}

#[tokio::test]
async fn the_stand_in_has_no_way_to_send() {
    let stand = stand().await;
    stand.adapter().now_at().await.unwrap();
    let client = reqwest::Client::new();
    for path in ["messages/send", "drafts/send"] {
        let url = format!("{}/gmail/v1/users/me/{path}", stand.base);
        let answer = client
            .post(url)
            .bearer_auth("ya29.local-1")
            .send()
            .await
            .unwrap();
        assert!(
            matches!(answer.status().as_u16(), 404 | 405),
            "{path}: {}",
            answer.status()
        );
    }
}
