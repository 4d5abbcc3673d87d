//! Where the knowledge base, the model and the bucket are: the functions' settings, as arguments.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use desk::retrieval::Retrieval;
use knowledge_qdrant::{Qdrant, QdrantSettings};
use model_gemini::{GEMINI_URL, Gemini, GeminiSettings, Prompts};
use ports::{Model, Space};

/// The knowledge base and the model.
#[derive(Args, Clone)]
pub struct Place {
    #[command(flatten)]
    pub base: Base,
    #[command(flatten)]
    pub model: Asked,
    /// The model that embeds documents
    #[arg(long, env = "GEMINI_EMBED_MODEL", default_value = "gemini-embedding-2")]
    embed_model: String,
    /// The length of the embeddings
    #[arg(long, env = "GEMINI_EMBED_DIMENSIONS", default_value_t = 768)]
    embed_dimensions: usize,
}

/// The knowledge base.
#[derive(Args, Clone)]
pub struct Base {
    #[arg(
        long,
        env = "QDRANT_URL",
        help = "Qdrant's gRPC address, such as https://qdrant.example:6334"
    )]
    qdrant_url: Option<String>,
    /// The key of Qdrant
    #[arg(long, env = "QDRANT_API_KEY", hide_env_values = true)]
    qdrant_key: Option<String>,
    /// The alias that leads to the documents
    #[arg(long, env = "KNOWLEDGE_COLLECTION", default_value = "knowledge")]
    collection: String,
    /// Leave out documents about other products
    #[arg(long, env = "KNOWLEDGE_PRODUCT")]
    product: Option<String>,
}

/// The model that is asked.
#[derive(Args, Clone)]
pub struct Asked {
    /// The key of the Gemini API
    #[arg(long, env = "GEMINI_API_KEY", hide_env_values = true)]
    gemini_key: String,
    /// Where the Gemini API is
    #[arg(long, env = "GEMINI_BASE_URL", default_value = GEMINI_URL)]
    gemini_url: String,
    /// The model that classifies
    #[arg(
        long,
        env = "GEMINI_CLASSIFY_MODEL",
        default_value = "gemini-3.5-flash-lite"
    )]
    pub classify_model: String,
    /// The model that answers
    #[arg(long, env = "GEMINI_ANSWER_MODEL", default_value = "gemini-3.8-flash")]
    answer_model: String,
}

/// The bucket with the documents.
#[derive(Args)]
pub struct Bucket {
    /// The bucket with the documents; AWS is reached with the credentials of the environment
    #[arg(long, env = "KNOWLEDGE_BUCKET")]
    pub bucket: String,
}

impl Base {
    /// Whether it is said where Qdrant is.
    pub fn is_given(&self) -> bool {
        self.qdrant_url.is_some()
    }

    pub fn knowledge(&self) -> anyhow::Result<Arc<Qdrant>> {
        let settings = QdrantSettings {
            url: self
                .qdrant_url
                .clone()
                .context("it is not said where Qdrant is: give --qdrant-url or set QDRANT_URL")?,
            collection: self.collection.clone(),
            timeout: Duration::from_secs(10),
        };
        let key = self.qdrant_key.clone().map(Into::into);
        let qdrant = Qdrant::connect(settings, key).context("connecting to Qdrant")?;
        Ok(Arc::new(qdrant))
    }

    pub fn retrieval(&self, model: Arc<dyn Model>) -> anyhow::Result<Retrieval> {
        Ok(Retrieval {
            knowledge: self.knowledge()?,
            model,
            product: self.product.clone().filter(|product| !product.is_empty()),
        })
    }
}

impl Asked {
    pub fn model(&self, prompts: Prompts) -> Arc<Gemini> {
        let settings = GeminiSettings {
            base_url: self.gemini_url.clone(),
            classify_model: self.classify_model.clone(),
            answer_model: self.answer_model.clone(),
            prompts,
            ..GeminiSettings::default()
        };
        Arc::new(Gemini::new(settings, self.gemini_key.clone().into()))
    }
}

impl Place {
    pub fn model(&self) -> Arc<Gemini> {
        self.model.model(Prompts::default())
    }

    /// The space that documents are indexed in.
    pub fn space(&self) -> Space {
        Space {
            model: self.embed_model.clone(),
            dimensions: self.embed_dimensions,
        }
    }
}
