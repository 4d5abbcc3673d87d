//! Whether a sentence stands in the passages that it cites.
