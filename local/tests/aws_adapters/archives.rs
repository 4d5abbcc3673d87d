//! S3.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use archive_s3::S3Archive;
use local::aws::REGION;
use ports::{Archive, CallError, Uploads};

use crate::AWS;

#[tokio::test]
async fn s3_upholds_the_contract_of_an_archive() {
    let number = AtomicU32::new(0);
    let upheld = testkit::contract::archive::upholds(async || {
        let s3 = client!(aws_sdk_s3);
        let name = format!("contract-{}", number.fetch_add(1, Ordering::Relaxed));
        s3.create_bucket().bucket(&name).send().await.unwrap();
        Arc::new(S3Archive::new(s3, name)) as Arc<dyn Uploads>
    })
    .await;
    assert_eq!(upheld.len(), 17);
}

#[tokio::test]
async fn what_is_put_part_by_part_is_encrypted_and_leaves_nothing_on_its_way() {
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("parts").send().await.unwrap();
    let archive = S3Archive::new(s3.clone(), "parts");
    for is_finished in [true, false] {
        let mut upload = archive.begin("a.zip", "application/zip").await.unwrap();
        upload.add(b"octets".to_vec()).await.unwrap();
        if is_finished {
            upload.finish().await.unwrap();
        } else {
            upload.give_up().await.unwrap();
        }
    }
    let head = s3.head_object().bucket("parts").key("a.zip").send().await;
    let head = head.unwrap();
    let encryption = head.server_side_encryption.unwrap();
    assert_eq!(encryption.as_str(), "AES256");
    assert_eq!(head.content_type.as_deref(), Some("application/zip"));
    let on_their_way = s3.list_multipart_uploads().bucket("parts").send().await;
    assert_eq!(on_their_way.unwrap().uploads().len(), 0);
}

#[tokio::test]
async fn an_object_is_read_whole() {
    let octets: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("whole").send().await.unwrap();
    let put = s3
        .put_object()
        .bucket("whole")
        .key("knowledge/Über uns (1).md");
    put.body(octets.clone().into()).send().await.unwrap();
    let read = S3Archive::new(s3, "whole")
        .read("knowledge/Über uns (1).md")
        .await
        .unwrap();
    assert!(read == octets);
}

#[tokio::test]
async fn an_object_is_written_encrypted_and_written_again() {
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("staging").send().await.unwrap();
    let archive = S3Archive::new(s3.clone(), "staging");
    for content in [&b"first"[..], b"second"] {
        let written = archive
            .write("staging/1.pdf", "application/pdf", content)
            .await;
        written.unwrap();
    }
    assert_eq!(archive.read("staging/1.pdf").await.unwrap(), b"second");
    let head = s3
        .head_object()
        .bucket("staging")
        .key("staging/1.pdf")
        .send()
        .await
        .unwrap();
    let encryption = head
        .server_side_encryption
        .map(|sse| sse.as_str().to_owned());
    assert_eq!(encryption.as_deref(), Some("AES256"));
    assert_eq!(head.content_type.as_deref(), Some("application/pdf"));
}

#[tokio::test]
async fn writing_to_a_bucket_that_is_missing_is_not_found() {
    let archive = S3Archive::new(client!(aws_sdk_s3), "nowhere");
    let error = archive.write("a", "text/plain", b"x").await.unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "bucket", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_link_leads_to_the_object_for_a_while() {
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("linked").send().await.unwrap();
    let archive = S3Archive::new(s3, "linked");
    archive
        .write("staging/1.pdf", "application/pdf", b"pages")
        .await
        .unwrap();
    let valid = Duration::from_mins(10);
    let link = archive
        .link("staging/1.pdf", "statement-2051.pdf", valid)
        .await
        .unwrap();
    assert!(
        link.contains("X-Amz-Expires=600") && link.contains("X-Amz-Signature="),
        "{link}"
    );
    let got = reqwest::get(&link).await.unwrap();
    assert_eq!(got.bytes().await.unwrap().as_ref(), b"pages");
}

#[tokio::test]
async fn an_object_that_is_missing_is_not_found() {
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("bare").send().await.unwrap();
    let error = S3Archive::new(s3, "bare")
        .read("knowledge/none.md")
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "object", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_bucket_that_is_missing_is_told_from_a_missing_object() {
    let error = S3Archive::new(client!(aws_sdk_s3), "nowhere")
        .read("a")
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "bucket", .. }),
        "{error:?}"
    );
}
