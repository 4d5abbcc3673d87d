//! What the database manager answers.

use std::io::Cursor;

use super::*;

const MASTER: &str = "master";

async fn asked(url: &str, password: &str) -> (u16, String, Vec<u8>) {
    let form = format!("master_pwd={password}&name=desk&backup_format=zip");
    let answer = reqwest::Client::new()
        .post(format!("{url}/web/database/backup"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .expect("an answer");
    let media_type = answer.headers()["content-type"].to_str().expect("text");
    let media_type = media_type.to_owned();
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("octets");
    (status, media_type, body.to_vec())
}

async fn managed(master: Option<&str>) -> String {
    let access = Access {
        master: master.map(str::to_owned),
        ..Access::new("desk", "key")
    };
    serve_as(Arc::default(), access).await
}

#[tokio::test]
async fn a_dump_is_a_zip_archive_with_tables_and_files() {
    let url = managed(Some(MASTER)).await;
    let (status, media_type, zip) = asked(&url, MASTER).await;
    assert_eq!(status, 200);
    assert!(
        media_type.starts_with("application/octet-stream"),
        "{media_type}"
    );
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).expect("an archive");
    for name in ["dump.sql", "manifest.json", "filestore/"] {
        assert!(zip.by_name(name).is_ok(), "{name} is missing");
    }
}

#[tokio::test]
async fn every_failure_is_a_web_page_with_status_200() {
    for (master, said) in [
        (Some("another"), "Access Denied"),
        (None, "has been disabled by the administrator"),
    ] {
        let url = managed(master).await;
        let (status, media_type, page) = asked(&url, MASTER).await;
        assert_eq!(
            (status, media_type.as_str()),
            (200, "text/html; charset=utf-8")
        );
        let page = String::from_utf8(page).expect("text");
        assert!(page.contains(said), "{page}");
    }
}

#[tokio::test]
async fn a_password_that_was_never_changed_becomes_the_first_one_sent() {
    let url = managed(Some("admin")).await;
    for (sent, expected) in [
        (MASTER, "application/octet-stream; charset=binary"),
        ("admin", "text/html; charset=utf-8"),
    ] {
        assert_eq!(asked(&url, sent).await.1, expected, "{sent}");
    }
}
