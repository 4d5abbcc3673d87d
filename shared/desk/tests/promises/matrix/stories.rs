//! The mails that bring each effect about.

use domain::Intent;
use ports::CitedSentence;

use crate::house::{House, NEW, OLD, says};

/// What comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// A question that the documents answer.
    Question,
    /// A second question in the thread of an answered one.
    FurtherQuestion,
    /// A theft, told in the thread of an answered question.
    TheftAfterQuestion,
    /// A question to which the model invents an answer.
    UnansweredQuestion,
    /// A theft.
    Theft,
    /// A password to change.
    Password,
    /// A statement to send.
    Statement,
    /// A mail that nobody can read.
    Unreadable,
}

impl Story {
    /// A house whose mailbox holds the mail, which ingest has not seen yet. What came before is done.
    pub async fn begins(self) -> House {
        let house = House::new(self.intent());
        house.sync().await.unwrap();
        match self {
            Self::Question => {
                ask(&house);
            }
            Self::FurtherQuestion => {
                ask(&house);
                house.runs().await;
                follow_up(&house, "And for children?");
            }
            Self::TheftAfterQuestion => {
                ask(&house);
                house.runs().await;
                house.model.says(&[Intent::UrgentHuman]);
                follow_up(&house, "It was stolen!");
            }
            Self::UnansweredQuestion => {
                let invented = CitedSentence {
                    text: "Gift vouchers are sold at every branch.".into(),
                    passages: vec!["p1".into()],
                };
                *house.model.answers.lock().unwrap() = says(vec![invented]);
                ask(&house);
            }
            Self::Theft => {
                house.receives("Stolen!", "My card was stolen.");
            }
            Self::Password => {
                let text = format!(
                    "Please change my password.\nOld password: {OLD}\nNew password: {NEW}\n\nThanks, Carla"
                );
                house.receives_proven("Password", &text);
            }
            Self::Statement => {
                house.receives_proven("Statement", "Please send me my statement.");
            }
            Self::Unreadable => {
                house.receives_raw("Subject: nobody wrote this\r\n\r\nHello\r\n");
            }
        }
        house
    }

    fn intent(self) -> Intent {
        match self {
            Self::Question
            | Self::FurtherQuestion
            | Self::TheftAfterQuestion
            | Self::UnansweredQuestion
            | Self::Unreadable => Intent::GeneralQuery,
            Self::Theft => Intent::UrgentHuman,
            Self::Password => Intent::PasswordUpdate,
            Self::Statement => Intent::BankStatement,
        }
    }
}

fn ask(house: &House) {
    house.receives("Card fee", "What does a new card cost?");
}

fn follow_up(house: &House, text: &str) {
    house.receives_raw(&format!(
        "From: Carla Kunde <carla@customer.test>\r\nSubject: Re: Card fee\r\n\
         Message-ID: <second@customer.test>\r\nReferences: <Card-fee@customer.test>\r\n\r\n{text}\r\n"
    ));
}
