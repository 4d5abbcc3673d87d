//! A model and a knowledge base that say what the test wants.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::{Classification, Intent};
use model_standin::StandIn;
use ports::{
    Alert, Alerts, Answer, CallError, Chunk, CitedSentence, ClassifyRequest, EmbedPurpose, Memory,
    Model, Notice, Question, Space,
};
use testkit::knowledge::FakeKnowledge;

pub struct ScriptedModel {
    intents: Mutex<Vec<Intent>>,
    pub shown: Mutex<Vec<ClassifyRequest>>,
    pub questions: Mutex<Vec<Question>>,
    pub answers: Mutex<Answer>,
    pub out_of_order: Mutex<bool>,
    pub asked: AtomicUsize,
}

impl ScriptedModel {
    /// Says this intent of every mail.
    pub fn saying(intent: Intent) -> Self {
        let sentence = CitedSentence {
            text: "A replacement card costs 5 EUR.".into(),
            passages: vec!["p1".into()],
        };
        Self {
            intents: Mutex::new(vec![intent]),
            shown: Mutex::default(),
            questions: Mutex::default(),
            answers: Mutex::new(says(vec![sentence])),
            out_of_order: Mutex::new(false),
            asked: AtomicUsize::new(0),
        }
    }

    /// Says these intents of the next mails, the last one of all that follow.
    pub fn says(&self, intents: &[Intent]) {
        *self.intents.lock().unwrap() = intents.to_vec();
    }
}

/// An answer of these sentences that asks nothing back.
pub fn says(sentences: Vec<CitedSentence>) -> Answer {
    Answer::Sentences {
        sentences,
        questions: vec![],
    }
}

#[async_trait]
impl Model for ScriptedModel {
    async fn classify(&self, mail: &ClassifyRequest) -> Result<Classification, CallError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if *self.out_of_order.lock().unwrap() {
            return Err(CallError::unreachable("the model", "no answer"));
        }
        self.shown.lock().unwrap().push(mail.clone());
        let mut intents = self.intents.lock().unwrap();
        let intent = if intents.len() > 1 {
            intents.remove(0)
        } else {
            intents[0]
        };
        Ok(Classification {
            intent,
            confidence: 0.9,
            alternatives: vec![],
            // What the text says in detail is read, not scripted.
            entities: StandIn::new().classify_mail(mail).entities,
            language: "en".into(),
            urgent: false,
        })
    }

    async fn embed(
        &self,
        _: &Space,
        _: EmbedPurpose,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, CallError> {
        Ok(vec![vec![1.0]; texts.len()])
    }

    async fn answer(&self, question: &Question) -> Result<Answer, CallError> {
        self.questions.lock().unwrap().push(question.clone());
        Ok(self.answers.lock().unwrap().clone())
    }

    async fn summarise(&self, memory: &Memory) -> Result<String, CallError> {
        if *self.out_of_order.lock().unwrap() {
            return Err(CallError::unreachable("the model", "no answer"));
        }
        Ok(format!("In short: {} turns.", memory.turns.len()))
    }

    fn answering(&self) -> String {
        "answer v1, scripted".to_owned()
    }
}

/// A knowledge base that knows what a card costs.
pub fn knowledge() -> FakeKnowledge {
    let space = Space {
        model: "scripted".into(),
        dimensions: 1,
    };
    let piece = Chunk {
        id: "p1".into(),
        document: "knowledge/cards.md".into(),
        position: 0,
        title: "Cards › Fees".into(),
        link: Some("https://help.bank.test/cards".into()),
        text: "A replacement card costs 5 EUR.".into(),
        language: Some("en".into()),
        product: None,
        valid_from: None,
        valid_until: None,
        vector: vec![1.0],
        terms: vec![],
    };
    FakeKnowledge::serving_with(space, vec![piece])
}

/// A channel that was taken down.
pub struct GoneAlerts;

#[async_trait]
impl Alerts for GoneAlerts {
    async fn alert(&self, _: &Alert) -> Result<String, CallError> {
        Err(CallError::rejected("Slack", "channel_is_archived"))
    }

    async fn notice(&self, _: &Notice) -> Result<String, CallError> {
        Err(CallError::rejected("Slack", "channel_is_archived"))
    }
}
