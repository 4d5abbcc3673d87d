//! A language model in memory: the stand-in, with fault switches.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Classification;
use model_standin::StandIn;
use ports::{Answer, CallError, ClassifyRequest, EmbedPurpose, Memory, Model, Question, Space};

use crate::Faults;
use crate::contract::model::{EMBED, GENERATE};

const SERVICE: &str = "the fake model";

/// The stand-in model behind faults. Operations: those of the contract.
#[derive(Default)]
pub struct FakeModel {
    /// What goes wrong with the next calls.
    pub faults: Arc<Faults>,
}

impl FakeModel {
    fn meet(&self, operation: &str) -> Result<(), CallError> {
        match self
            .faults
            .meet(operation)
            .and_then(|fault| fault.on_read(SERVICE))
        {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Model for FakeModel {
    async fn classify(&self, mail: &ClassifyRequest) -> Result<Classification, CallError> {
        self.meet(GENERATE)?;
        StandIn::new().classify(mail).await
    }

    async fn embed(
        &self,
        space: &Space,
        purpose: EmbedPurpose,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, CallError> {
        self.meet(EMBED)?;
        StandIn::new().embed(space, purpose, texts).await
    }

    async fn answer(&self, question: &Question) -> Result<Answer, CallError> {
        self.meet(GENERATE)?;
        StandIn::new().answer(question).await
    }

    async fn summarise(&self, memory: &Memory) -> Result<String, CallError> {
        self.meet(GENERATE)?;
        StandIn::new().summarise(memory).await
    }

    fn answering(&self) -> String {
        StandIn::new().answering()
    }
}
