//! First version.
use domain::{Classification, Intent};
use ports::ClassifyRequest;
pub struct Classifier;
impl Classifier {
    pub fn train() -> Self { Self }
    pub fn classify(&self, mail: &ClassifyRequest) -> Classification {
        Classification { intent: Intent::FallbackHuman, confidence: 0.2, alternatives: vec![], entities: crate::entities::entities(&mail.text),
            language: crate::language::language(&mail.text).to_owned(), urgent: false }
    }
}
