//! Mails that no mail program would write: parked or handled, never a stuck queue.

use std::fmt::Write as _;

use domain::{MailKey, MailState};

use crate::house::House;

const HEAD: &str = "From: Mara Mischief <mara@customer.test>\r\nTo: support@bank.test\r\n\
                    Subject: Replacement card\r\nMIME-Version: 1.0\r\n";

fn parked(state: &MailState) -> bool {
    matches!(state, MailState::Parked(_))
}

fn ended_with_a_draft(state: &MailState) -> bool {
    matches!(state, MailState::Answered | MailState::HandedOff)
}

/// A mail, its name, and how it must end.
type Monster = (&'static str, Vec<u8>, fn(&MailState) -> bool);

fn monsters() -> Vec<Monster> {
    let mut huge = format!("{HEAD}\r\n").into_bytes();
    huge.resize(40 << 20, b'x');
    let mut parts = format!("{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    for _ in 0..1_000 {
        parts.push_str("--b\r\nContent-Type: text/plain\r\n\r\npart\r\n");
    }
    let mut deep = HEAD.to_owned();
    for level in 0..50 {
        write!(
            deep,
            "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
        )
        .unwrap();
    }
    let question = "What does a replacement card cost?";
    let two =
        format!("From: a@customer.test, b@customer.test\r\nSubject: We\r\n\r\n{question}\r\n");
    let charset = format!("{HEAD}Content-Type: text/plain; charset=x-none\r\n\r\n{question}\r\n");
    let broken = format!("{HEAD}Content-Transfer-Encoding: base64\r\n\r\n%%%not base64%%%\r\n");
    vec![
        ("40 MB", huge, parked),
        ("1,000 parts", parts.into_bytes(), parked),
        ("nested 50 deep", deep.into_bytes(), parked),
        ("no From", b"Subject: who\r\n\r\nam I\r\n".to_vec(), parked),
        (
            "octets at random",
            (0..2_000_u32).map(|n| (n * 7 % 251) as u8).collect(),
            parked,
        ),
        ("two authors", two.into_bytes(), ended_with_a_draft),
        (
            "NULs",
            format!("{HEAD}\r\n{question}\0\0\0\r\n").into_bytes(),
            ended_with_a_draft,
        ),
        ("unknown charset", charset.into_bytes(), ended_with_a_draft),
        ("broken encoding", broken.into_bytes(), ended_with_a_draft),
        ("no body", HEAD.as_bytes().to_vec(), ended_with_a_draft),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn monstrous_mails_end_without_holding_up_an_ordinary_one() {
    let house = House::new().await;
    let monsters = monsters();
    let mut mails: Vec<MailKey> = monsters
        .iter()
        .map(|(_, raw, _)| house.receives(raw))
        .collect();
    let ordinary = house.asks(1);
    mails.push(ordinary.clone());
    house.settles(&mails).await;
    let mut parked_ones = 0;
    for ((name, _, ends_well), mail) in monsters.iter().zip(&mails) {
        let state = house.state(mail).await;
        assert!(ends_well(&state), "{name}: {state:?}");
        parked_ones += usize::from(parked(&state));
    }
    assert_eq!(house.state(&ordinary).await, MailState::Answered);
    let url = house.world.outputs.get("ErrorsQueueUrl").unwrap();
    let errors = house.world.aws.queue_messages(url).await.unwrap();
    assert_eq!(
        errors.len(),
        parked_ones,
        "each parked mail lies in the error queue"
    );
    assert!(
        errors.iter().all(|body| body.contains("reason")),
        "{errors:?}"
    );
}
