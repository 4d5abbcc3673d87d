//! knowledge_qdrant
