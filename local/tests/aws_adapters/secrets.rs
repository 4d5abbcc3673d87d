//! Secrets Manager.

use local::aws::REGION;
use secrecy::ExposeSecret;
use vault_secretsmanager::{Vault, VaultError};

use crate::AWS;

#[tokio::test]
async fn a_secret_is_read_as_it_was_put() {
    let client = client!(aws_sdk_secretsmanager);
    client
        .create_secret()
        .name("desk/put")
        .send()
        .await
        .unwrap();
    AWS.put_secret("desk/put", "tell nobody").await.unwrap();
    let secret = Vault::new(client).secret("desk/put").await.unwrap();
    assert_eq!(secret.expose_secret(), "tell nobody");
}

#[tokio::test]
async fn secrets_that_are_read_together_come_in_the_order_in_which_they_were_asked_for() {
    let client = client!(aws_sdk_secretsmanager);
    for id in ["desk/first", "desk/second", "desk/third"] {
        client.create_secret().name(id).send().await.unwrap();
        AWS.put_secret(id, &format!("value of {id}")).await.unwrap();
    }
    let ids = ["desk/second", "desk/first"];
    let vault = Vault::new(client);
    let ([second, first], third) = vault.all_and(ids, Some("desk/third")).await.unwrap();
    assert_eq!(second.expose_secret(), "value of desk/second");
    assert_eq!(first.expose_secret(), "value of desk/first");
    assert_eq!(third.unwrap().expose_secret(), "value of desk/third");
}

#[tokio::test]
async fn every_secret_that_cannot_be_had_is_named_at_once() {
    let client = client!(aws_sdk_secretsmanager);
    client
        .create_secret()
        .name("desk/there")
        .send()
        .await
        .unwrap();
    AWS.put_secret("desk/there", "tell nobody").await.unwrap();
    let ids = ["desk/lost", "desk/there", "desk/gone"];
    let asked = Vault::new(client).all_and(ids, Some("desk/away")).await;
    let told = asked.unwrap_err().to_string();
    for id in ["desk/lost", "desk/gone", "desk/away"] {
        assert!(
            told.contains(&format!("secret {id} does not exist")),
            "{told}"
        );
    }
    assert!(!told.contains("desk/there"), "{told}");
}

#[tokio::test]
async fn a_missing_secret_is_named() {
    let error = Vault::new(client!(aws_sdk_secretsmanager))
        .secret("desk/none")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, VaultError::Missing { id } if id == "desk/none"),
        "{error:?}"
    );
    assert!(error.to_string().contains("desk/none"), "{error}");
}

#[tokio::test]
async fn a_secret_without_a_value_says_how_to_put_one() {
    let client = client!(aws_sdk_secretsmanager);
    client
        .create_secret()
        .name("desk/empty")
        .send()
        .await
        .unwrap();
    let error = Vault::new(client).secret("desk/empty").await.unwrap_err();
    assert!(matches!(error, VaultError::Empty { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("put-secret-value --secret-id desk/empty"),
        "{error}"
    );
}
