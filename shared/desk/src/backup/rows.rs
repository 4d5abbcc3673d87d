//! A piece of a document as a row.

use ports::Chunk;
use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;

/// A piece. Numbers come back as they were, digit by digit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Piece {
    id: String,
    document: String,
    position: u32,
    title: String,
    link: Option<String>,
    text: String,
    language: Option<String>,
    product: Option<String>,
    valid_from: Option<String>,
    valid_until: Option<String>,
    vector: Vec<f32>,
    terms: Vec<(u32, f32)>,
}

fn written(day: Date) -> String {
    let format = format_description!("[year]-[month]-[day]");
    day.format(format).unwrap_or_default()
}

fn read(day: &str) -> Result<Date, String> {
    let format = format_description!("[year]-[month]-[day]");
    Date::parse(day, format).map_err(|_| format!("has a day that is none: {day}"))
}

impl Piece {
    pub fn of(chunk: Chunk) -> Self {
        Self {
            id: chunk.id,
            document: chunk.document,
            position: chunk.position,
            title: chunk.title,
            link: chunk.link,
            text: chunk.text,
            language: chunk.language,
            product: chunk.product,
            valid_from: chunk.valid_from.map(written),
            valid_until: chunk.valid_until.map(written),
            vector: chunk.vector,
            terms: chunk.terms,
        }
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a piece is plain data")
    }

    pub fn from_json(line: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(line)
            .map_err(|error| format!("has a row that is no piece of a document ({error})"))?;
        for day in [&read.valid_from, &read.valid_until] {
            day.as_deref().map(self::read).transpose()?;
        }
        Ok(read)
    }

    pub fn into_chunk(self) -> Chunk {
        let day = |day: Option<String>| day.and_then(|day| read(&day).ok());
        Chunk {
            id: self.id,
            document: self.document,
            position: self.position,
            title: self.title,
            link: self.link,
            text: self.text,
            language: self.language,
            product: self.product,
            valid_from: day(self.valid_from),
            valid_until: day(self.valid_until),
            vector: self.vector,
            terms: self.terms,
        }
    }
}
