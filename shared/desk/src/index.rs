//! `index_knowledge`: a document of the operator becomes pieces that can be found.

use std::sync::Arc;

use ports::{Archive, CallError, Chunk, EmbedPurpose, Knowledge, Model};
use sha2::{Digest, Sha256};

/// Characters of one piece, headings not counted.
const LONGEST_PIECE: usize = 1_200;

/// The index use case.
pub struct Indexing {
    /// Where the documents lie.
    pub archive: Arc<dyn Archive>,
    /// What embeds them.
    pub model: Arc<dyn Model>,
    /// Where the pieces go.
    pub knowledge: Arc<dyn Knowledge>,
    /// The dimension of the embeddings.
    pub dimension: usize,
}

/// A piece of a document before it is embedded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The document's title and the headings above the piece.
    pub title: String,
    /// Where a person reads it.
    pub link: Option<String>,
    /// The text.
    pub text: String,
}

impl Indexing {
    /// Puts one document in place of what was known of it. A document that is gone takes its pieces
    /// with it. Returns the number of pieces.
    pub async fn index(&self, document: &str) -> Result<usize, CallError> {
        self.knowledge.prepare(self.dimension).await?;
        let octets = match self.archive.read(document).await {
            Ok(octets) => octets,
            Err(CallError::NotFound { .. }) => {
                self.knowledge.replace(document, &[]).await?;
                return Ok(0);
            }
            Err(error) => return Err(error),
        };
        let text = String::from_utf8(octets).map_err(|_| {
            CallError::rejected(
                "the knowledge base",
                format!("{document} is not UTF-8 text"),
            )
        })?;
        let pieces = pieces(&text);
        let texts: Vec<String> = pieces
            .iter()
            .map(|piece| format!("{}\n\n{}", piece.title, piece.text))
            .collect();
        let vectors = self.model.embed(EmbedPurpose::Document, &texts).await?;
        let chunks: Vec<Chunk> = pieces
            .into_iter()
            .zip(vectors)
            .enumerate()
            .map(|(at, (piece, vector))| Chunk {
                id: chunk_id(document, at, &piece.text),
                document: document.to_owned(),
                title: piece.title,
                link: piece.link,
                text: piece.text,
                vector,
            })
            .collect();
        self.knowledge.replace(document, &chunks).await?;
        Ok(chunks.len())
    }
}

/// A UUID (version 8, RFC 9562) from what the piece is.
fn chunk_id(document: &str, at: usize, text: &str) -> String {
    let mut hash = Sha256::digest(format!("{document}\0{at}\0{text}"));
    hash[6] = (hash[6] & 0x0f) | 0x80;
    hash[8] = (hash[8] & 0x3f) | 0x80;
    let hex: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// Cuts a Markdown document at its headings, and long sections at paragraphs. A front matter block
/// between `---` lines may say `link:`.
pub fn pieces(markdown: &str) -> Vec<Piece> {
    let (link, body) = front_matter(markdown);
    let mut pieces = Vec::new();
    let mut headings: Vec<(usize, String)> = Vec::new();
    let mut section = String::new();
    for line in body.lines() {
        let level = line.bytes().take_while(|b| *b == b'#').count();
        if level == 0 || !line[level..].starts_with(' ') {
            section.push_str(line);
            section.push('\n');
            continue;
        }
        flush(&mut pieces, &headings, link.as_ref(), &mut section);
        headings.retain(|(above, _)| *above < level);
        headings.push((level, line[level..].trim().to_owned()));
    }
    flush(&mut pieces, &headings, link.as_ref(), &mut section);
    pieces
}

fn front_matter(markdown: &str) -> (Option<String>, &str) {
    let Some((block, body)) = markdown
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
    else {
        return (None, markdown);
    };
    let link = block.lines().find_map(|line| line.strip_prefix("link:"));
    (link.map(|l| l.trim().to_owned()), body)
}

fn flush(
    pieces: &mut Vec<Piece>,
    headings: &[(usize, String)],
    link: Option<&String>,
    section: &mut String,
) {
    let title = headings
        .iter()
        .map(|(_, text)| text.as_str())
        .collect::<Vec<_>>()
        .join(" › ");
    let mut text = String::new();
    for paragraph in section
        .split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
    {
        if !text.is_empty() && text.len() + paragraph.len() > LONGEST_PIECE {
            pieces.push(Piece {
                title: title.clone(),
                link: link.cloned(),
                text,
            });
            text = String::new();
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(paragraph);
    }
    if !text.is_empty() {
        pieces.push(Piece {
            title,
            link: link.cloned(),
            text,
        });
    }
    section.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_carries_the_headings_above_it() {
        let text = "---\nlink: https://help.bank.test/cards\n---\n# Cards\n\nIntro.\n\n## Fees\n\n5 EUR.\n\n## PIN\n\nChange it.\n";
        let titles: Vec<String> = pieces(text).into_iter().map(|p| p.title).collect();
        assert_eq!(titles, ["Cards", "Cards › Fees", "Cards › PIN"]);
        assert_eq!(
            pieces(text)[1].link.as_deref(),
            Some("https://help.bank.test/cards")
        );
    }

    #[test]
    fn a_long_section_is_cut_at_paragraphs() {
        let text = format!(
            "# Long\n\n{}",
            "A paragraph of some length.\n\n".repeat(120)
        );
        let all = pieces(&text);
        assert!(all.len() > 2);
        assert!(all.iter().all(|p| p.text.len() <= LONGEST_PIECE));
    }

    #[test]
    fn an_empty_document_has_no_pieces() {
        assert!(pieces("").is_empty() && pieces("# Title only\n").is_empty());
    }

    #[test]
    fn the_same_piece_gets_the_same_uuid() {
        let id = chunk_id("a.md", 0, "text");
        assert_eq!(id, chunk_id("a.md", 0, "text"));
        assert_ne!(id, chunk_id("a.md", 1, "text"));
        assert_eq!((id.len(), &id[14..15]), (36, "8"));
    }
}
