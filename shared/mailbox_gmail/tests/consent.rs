//! A mailbox's owner consents.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod stand;

use mailbox_gmail::OAuthClient;
use ports::{CallError, Mailbox};
use stand::stand;

/// Where a browser that was sent to Google ends up, as a query.
async fn sent_back(url: &str) -> String {
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = browser.get(url).send().await.unwrap();
    let place = answer.headers()["location"].to_str().unwrap();
    place.split_once('?').unwrap().1.to_owned()
}

const REDIRECT: &str = "http://127.0.0.1:9";

fn why(error: &CallError) -> String {
    error.to_string()
}

#[tokio::test]
async fn consent_lets_into_the_mailbox() {
    let stand = stand().await;
    let client = OAuthClient::from_json(&stand.oauth.client_file(&stand.base).into()).unwrap();
    let asked = client.ask(REDIRECT, "support@bank.test").unwrap();
    let query = sent_back(&asked.url).await;
    let secret = client.consented(&asked, &query).await.unwrap();
    let secret = secrecy::ExposeSecret::expose_secret(&secret);
    stand.connect(secret).now_at().await.unwrap();
    let again = client.consented(&asked, &query).await.unwrap_err();
    assert!(why(&again).contains("no token"), "a code is good once");
}

#[tokio::test]
async fn an_answer_to_another_question_is_refused_before_anyone_is_asked() {
    let stand = stand().await;
    let client = OAuthClient::from_json(&stand.oauth.client_file(&stand.base).into()).unwrap();
    let first = client.ask(REDIRECT, "support@bank.test").unwrap();
    let second = client.ask(REDIRECT, "support@bank.test").unwrap();
    let query = sent_back(&first.url).await;
    let strange = client.consented(&second, &query).await.unwrap_err();
    assert!(why(&strange).contains("not to the question"));
    let forged = query.replace(
        query
            .split_once("state=")
            .unwrap()
            .1
            .split('&')
            .next()
            .unwrap(),
        second
            .url
            .split_once("&state=")
            .unwrap()
            .1
            .split('&')
            .next()
            .unwrap(),
    );
    let stolen = client.consented(&second, &forged).await.unwrap_err();
    assert!(
        why(&stolen).contains("no token"),
        "the code is the first question's"
    );
}

#[tokio::test]
async fn who_does_not_consent_is_told_so() {
    let stand = stand().await;
    let client = OAuthClient::from_json(&stand.oauth.client_file(&stand.base).into()).unwrap();
    let asked = client.ask(REDIRECT, "support@bank.test").unwrap();
    let state = asked
        .url
        .split_once("&state=")
        .unwrap()
        .1
        .split('&')
        .next()
        .unwrap();
    let query = format!("state={state}&error=access_denied");
    let refused = client.consented(&asked, &query).await.unwrap_err();
    assert!(why(&refused).contains("consent was not given"));
}

#[test]
fn a_file_of_another_kind_says_which_one_is_needed() {
    for (file, says) in [
        ("no json", "download its JSON"),
        (
            r#"{"web": {"client_id": "a", "client_secret": "b", "auth_uri": "https://c", "token_uri": "https://d"}}"#,
            "Desktop app",
        ),
        (
            r#"{"installed": {"client_id": "a", "client_secret": "b", "auth_uri": "https://c", "token_uri": "http://d.test"}}"#,
            "not https",
        ),
    ] {
        let why = OAuthClient::from_json(&file.to_owned().into()).unwrap_err();
        assert!(why.contains(says), "{why}");
    }
}
