//! Google's consent, from the command to the secret that the functions read.

use std::path::Path;
use std::process::Stdio;

use local::aws::REGION;
use local::gmail::OAuth;
use local::world::{ADDRESS, STACK};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::house::House;

impl House {
    fn sets_up(&self, options: &[&str]) -> Command {
        let binaries = std::env::var_os("HELPDESK_BINARIES").unwrap();
        let mut command = Command::new(Path::new(&binaries).join("helpdesk"));
        command
            .args(["setup", "google", "--address", ADDRESS])
            .args(options)
            .env("GMAIL_BASE_URL", self.world.places.gmail_url())
            .env("AWS_ENDPOINT_URL", self.world.aws.endpoint())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_in_a_browser_ends_in_the_secret_and_is_asked_for_once() {
    let house = House::new().await;
    let name = format!("{STACK}/google");
    house
        .world
        .aws
        .put_secret(&name, "nothing yet")
        .await
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let client = OAuth::default().client_file(&house.world.places.gmail_url());
    std::fs::write(file.path(), client).unwrap();
    let options = ["--client", file.path().to_str().unwrap()];

    let mut setup = house.sets_up(&options).spawn().unwrap();
    let mut lines = BufReader::new(setup.stdout.take().unwrap()).lines();
    let url = loop {
        let line = lines.next_line().await.unwrap().expect("it asks");
        if line.starts_with("http://") {
            break line;
        }
    };
    // As browsers do: a connection without a word, and a page that nobody offered.
    let asked = reqwest::Url::parse(&url).unwrap();
    let (_, home) = asked
        .query_pairs()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap();
    let silent = std::net::TcpStream::connect(home.trim_start_matches("http://")).unwrap();
    let stray = reqwest::get(format!("{home}/favicon.ico?v=1"))
        .await
        .unwrap();
    assert_eq!(stray.status(), 404);
    let page = reqwest::get(&url).await.unwrap().text().await.unwrap();
    assert!(page.contains("You can close this page"), "{page}");
    drop(silent);
    assert!(setup.wait().await.unwrap().success());

    // The functions go on with it.
    let mail = house.asks(1);
    house.settles(std::slice::from_ref(&mail)).await;
    let again = house.sets_up(&options).output().await.unwrap();
    let said = String::from_utf8(again.stdout).unwrap();
    assert!(again.status.success() && said.contains("already"), "{said}");
}
