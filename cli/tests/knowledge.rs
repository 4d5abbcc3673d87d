//! `helpdesk knowledge` and `helpdesk ask` against the stand-ins of Qdrant and Gemini.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::net::Ipv4Addr;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use desk::index::Indexing;
use knowledge_qdrant::{Qdrant, QdrantSettings};
use model_gemini::{Gemini, GeminiSettings};
use ports::{Archive, Space, SystemClock};
use serde_json::Value;
use tempfile::TempDir;
use testkit::archive::FakeArchive;
use tokio::net::TcpListener;
use tokio::process::Command;

const KEY: &str = "tests";
const CARDS: &str = "---\nlink: https://help.bank.test/cards\nlanguage: en\n---\n# Cards\n\n## Replacing\n\n\
    A replacement for a lost card costs 9 EUR and reaches you within five working days.\n";

struct World {
    qdrant: String,
    gemini: String,
    _folder: TempDir,
}

impl World {
    async fn with_documents(documents: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let gemini = format!("http://{}", listener.local_addr().unwrap());
        let router = local::gemini::router(Arc::new(local::gemini::Gemini::new(KEY)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let qdrant = format!("http://{}", listener.local_addr().unwrap());
        let server = local::qdrant::Qdrant::open(folder.path(), KEY).unwrap();
        local::qdrant::serve_on(listener, Arc::new(server));
        let world = Self {
            qdrant,
            gemini,
            _folder: folder,
        };
        if !documents.is_empty() {
            world.index(documents).await;
        }
        world
    }

    async fn index(&self, documents: &[(&str, &str)]) {
        let archive = Arc::new(FakeArchive::default());
        for (key, text) in documents {
            archive
                .write(key, "text/markdown", text.as_bytes())
                .await
                .unwrap();
        }
        let settings = QdrantSettings {
            url: self.qdrant.clone(),
            collection: "knowledge".to_owned(),
            timeout: Duration::from_secs(10),
        };
        let gemini = GeminiSettings {
            base_url: self.gemini.clone(),
            ..GeminiSettings::default()
        };
        let indexing = Indexing {
            archive,
            model: Arc::new(Gemini::new(gemini, KEY.to_owned().into())),
            knowledge: Arc::new(Qdrant::connect(settings, Some(KEY.to_owned().into())).unwrap()),
            clock: Arc::new(SystemClock),
            space: Space {
                model: "gemini-embedding-2".to_owned(),
                dimensions: 768,
            },
        };
        indexing.reconcile(None, &|_, _| {}).await.unwrap();
    }

    async fn helpdesk(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_helpdesk"))
            .args(arguments)
            .env("QDRANT_URL", &self.qdrant)
            .env("QDRANT_API_KEY", KEY)
            .env("GEMINI_BASE_URL", &self.gemini)
            .env("GEMINI_API_KEY", KEY)
            .env("ANSWER_LINK_HOSTS", "help.bank.test")
            .output()
            .await
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn search_says_what_is_found_and_why() {
    let world = World::with_documents(&[("knowledge/cards.md", CARDS)]).await;
    let question = "What does a replacement card cost?";
    let text = said(&world.helpdesk(&["knowledge", "search", question]).await);
    for told in [
        "Cards › Replacing",
        "by meaning no. 1",
        "by words no. 1",
        "replacement, card",
    ] {
        assert!(text.contains(told), "{text}");
    }
    let json = said(
        &world
            .helpdesk(&["knowledge", "search", "--json", question])
            .await,
    );
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found[0]["document"], "knowledge/cards.md");
}

#[tokio::test(flavor = "multi_thread")]
async fn ask_gives_the_answer_that_a_draft_would() {
    let world = World::with_documents(&[("knowledge/cards.md", CARDS)]).await;
    let question = "What does a replacement card cost?";
    let text = said(&world.helpdesk(&["ask", question]).await);
    for told in ["9 EUR", "[1]", "https://help.bank.test/cards", "confidence"] {
        assert!(text.contains(told), "{text}");
    }
    let json = said(&world.helpdesk(&["ask", "--json", question]).await);
    let answer: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(answer["answered"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn ask_ends_with_two_where_a_person_would_get_the_question() {
    let world = World::with_documents(&[("knowledge/cards.md", CARDS)]).await;
    let output = world.helpdesk(&["ask", "Which wine goes with fish?"]).await;
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("a person would get the question"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_knowledge_base_says_what_to_do() {
    let world = World::with_documents(&[]).await;
    let status = said(&world.helpdesk(&["knowledge", "status"]).await);
    assert!(status.contains("helpdesk knowledge sync"), "{status}");
    let search = world.helpdesk(&["knowledge", "search", "card"]).await;
    let told = String::from_utf8(search.stderr).unwrap();
    assert!(
        !search.status.success() && told.contains("nothing is indexed yet"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn status_names_the_model_that_is_serving() {
    let world = World::with_documents(&[("knowledge/cards.md", CARDS)]).await;
    let status = said(&world.helpdesk(&["knowledge", "status"]).await);
    assert!(
        status.contains("gemini-embedding-2 in 768 dimensions: 1 documents, 1 pieces, serving"),
        "{status}"
    );
    let other = ["knowledge", "status", "--embed-model", "another"];
    let status = said(&world.helpdesk(&other).await);
    assert!(
        status.contains("takes over once it holds every document"),
        "{status}"
    );
}
