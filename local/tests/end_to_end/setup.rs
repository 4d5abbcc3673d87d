//! Setting up a deployed stack that has nothing yet, from the commands to the first draft.

use std::path::Path;
use std::process::{Output, Stdio};

use local::aws::REGION;
use local::gmail::OAuth;
use local::world::{ADDRESS, STACK};
use ports::Ledger;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::house::House;

/// The secrets that a person has as a line of text, by the variables that hold them.
const GIVEN: [(&str, &str); 5] = [
    ("database", "DATABASE_URL"),
    ("gemini", "GEMINI_API_KEY"),
    ("qdrant", "QDRANT_API_KEY"),
    ("odoo", "ODOO_API_KEY"),
    ("slack", "SLACK_WEBHOOK_URL"),
];

impl House {
    /// The program, as an operator of this stack starts it.
    pub fn operator(&self, words: &[&str]) -> Command {
        let binaries = std::env::var_os("HELPDESK_BINARIES").unwrap();
        let mut command = Command::new(Path::new(&binaries).join("helpdesk"));
        command
            .args(words)
            .env("AWS_ENDPOINT_URL", self.world.aws.endpoint())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for (_, variable) in GIVEN {
            command.env_remove(variable);
        }
        command
    }

    pub fn secret(&self, name: &str) -> &str {
        let found = self.world.secrets.iter().find(|(known, _)| *known == name);
        found.unwrap().1.as_str()
    }

    /// As after the first deployment: no secret has a value, no table is there, nobody was asked for a watch, and
    /// nothing is in Qdrant.
    async fn is_empty(&self) {
        for kind in ["google", "database", "gemini", "qdrant", "odoo", "slack"] {
            let name = format!("{STACK}/{kind}");
            self.world
                .aws
                .put_secret(&name, "nothing yet")
                .await
                .unwrap();
        }
        self.loses_its_knowledge().await;
        let gone = "drop schema helpdesk cascade; drop schema bank cascade; drop table refinery_schema_history";
        self.breaks_its_tables(gone).await;
    }

    /// Does as the person at the browser does when the program asks, and waits for its end. Returns its lines.
    async fn consents(&self, mut setup: Child) -> (bool, Vec<String>) {
        let mut lines = BufReader::new(setup.stdout.take().unwrap()).lines();
        let mut said = vec![];
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.starts_with("http://") && line.contains("redirect_uri") {
                looks_around_and_consents(&line).await;
            }
            said.push(line);
        }
        (setup.wait().await.unwrap().success(), said)
    }
}

/// As browsers do: a connection without a word, and a page that nobody offered, before the consent.
async fn looks_around_and_consents(url: &str) {
    let asked = reqwest::Url::parse(url).unwrap();
    let (_, home) = asked
        .query_pairs()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap();
    let silent = std::net::TcpStream::connect(home.trim_start_matches("http://")).unwrap();
    let stray = reqwest::get(format!("{home}/favicon.ico?v=1"))
        .await
        .unwrap();
    assert_eq!(stray.status(), 404);
    let page = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(page.contains("You can close this page"), "{page}");
    drop(silent);
}

fn words(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

fn begins(lines: &[String], with: &str) -> usize {
    lines.iter().filter(|line| line.starts_with(with)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_has_nothing_is_set_up_by_one_command_and_works_mails() {
    let house = House::new().await;
    house.is_empty().await;
    let none = house.operator(&["setup"]).output().await.unwrap();
    let said = words(&none);
    assert!(!none.status.success(), "{said}");
    for asked in ["LEFT      secret database", "DATABASE_URL", "--client FILE"] {
        assert!(said.contains(asked), "{asked}: {said}");
    }

    let file = tempfile::NamedTempFile::new().unwrap();
    let client = OAuth::default().client_file(&house.world.places.gmail_url());
    std::fs::write(file.path(), client).unwrap();
    let words_of = ["setup", "--client", file.path().to_str().unwrap()];
    let mut setup = house.operator(&words_of);
    for (kind, variable) in GIVEN {
        setup.env(variable, house.secret(kind));
    }
    let (_, lines) = house.consents(setup.spawn().unwrap()).await;
    let said = lines.join("\n");
    for made in [
        "secret database",
        "tables",
        "secret google",
        "secret gemini",
        "secret qdrant",
        "knowledge",
        "secret odoo",
        "odoo",
        "secret slack",
        "slack",
        "watch",
    ] {
        assert!(
            begins(&lines, &format!("made      {made} ")) > 0,
            "{made}: {said}"
        );
    }
    for (kind, _) in GIVEN {
        assert!(!said.contains(house.secret(kind)), "{kind}: {said}");
    }
    // Nobody subscribed to the alerts of this stack, which is the one thing that is left.
    assert_eq!(
        begins(&lines, "LEFT"),
        begins(&lines, "LEFT      alerts"),
        "{said}"
    );
    assert!(said.contains("Pushes come to http"), "{said}");
    assert_eq!(house.world.stand_ins.slack.delivered().len(), 1);
    let watched = house.world.ledger.mailbox(ADDRESS).await.unwrap();
    assert!(watched.watch_expires.is_some());

    house.subscribes("desk@bank.test").await;
    let again = house.operator(&["setup"]).output().await.unwrap();
    let said = words(&again);
    assert!(again.status.success() && !said.contains("made"), "{said}");
    assert_eq!(house.world.stand_ins.slack.delivered().len(), 1, "{said}");
    house
        .world
        .upload("cards.md", &crate::doctor::cards())
        .await
        .unwrap();
    let mail = house.asks(1);
    house.settles(std::slice::from_ref(&mail)).await;
    assert_eq!(house.state(&mail).await.name(), "answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_does_not_work_is_not_kept() {
    let house = House::new().await;
    let wrong = house
        .operator(&["setup", "secrets", "--replace"])
        .env("ODOO_API_KEY", "no-such-key")
        .output()
        .await
        .unwrap();
    let said = words(&wrong);
    assert!(!wrong.status.success(), "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
    let right = house
        .operator(&["setup", "secrets"])
        .output()
        .await
        .unwrap();
    let said = words(&right);
    assert!(
        right.status.success(),
        "the secret holds what it held: {said}"
    );
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), "{}").unwrap();
    let google = [
        "setup",
        "google",
        "--replace",
        "--address",
        ADDRESS,
        "--service-account",
    ];
    let refused = house
        .operator(&google)
        .arg(key.path())
        .env("GMAIL_BASE_URL", house.world.places.gmail_url())
        .output()
        .await
        .unwrap();
    assert!(
        words(&refused).contains("nothing was changed"),
        "{}",
        words(&refused)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_tells_its_settings_to_a_shell_but_its_secrets_only_when_asked() {
    let house = House::new().await;
    let told = house.operator(&["env"]).output().await.unwrap();
    let told = words(&told);
    let qdrant = format!("export QDRANT_URL='{}'", house.world.places.qdrant_url());
    assert!(told.contains(&qdrant), "{told}");
    assert!(!told.contains(house.secret("odoo")), "{told}");
    let told = house
        .operator(&["env", "--secrets"])
        .output()
        .await
        .unwrap();
    let key = format!("export ODOO_API_KEY='{}'", house.secret("odoo"));
    assert!(words(&told).contains(&key), "{told:?}");
}
