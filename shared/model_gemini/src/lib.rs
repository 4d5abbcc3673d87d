//! model_gemini
